"""AWS FIS: templates are kept by moto, experiments are run by ours, on the sandbox's own faults."""
