"""A small shop that runs in every region: orders and baskets in DynamoDB, and which region served you."""
