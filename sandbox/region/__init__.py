"""A region: one killable process with front door, tables, load balancer, and the application beside it."""
