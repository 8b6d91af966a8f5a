"""The program `control`: AWS's control planes. One moto for all regions and accounts, and the gateway on 4566."""
