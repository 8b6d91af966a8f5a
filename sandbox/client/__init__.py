"""The sandbox from outside: the Python API `Sandbox`, a client that measures, the pytest plugin."""
