"""The AWS face: the front door of a region, the gateway on 4566, and the host of moto behind both."""
