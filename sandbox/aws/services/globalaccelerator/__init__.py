"""AWS Global Accelerator's control plane, which moto lacks: accelerators, listeners, endpoint groups, endpoints."""
