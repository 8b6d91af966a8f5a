"""CloudWatch: moto's, with the metrics of replication, which moto cannot have."""
