"""Route 53's control plane: moto's, with refusals for what moto would drop and records kept as AWS keeps them."""
