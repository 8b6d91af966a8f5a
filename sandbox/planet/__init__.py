"""The planet: the data plane between places, in one process. DNS, proxy, health checks and the network meet here."""
