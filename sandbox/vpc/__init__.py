"""Private networks: who reaches a private address of another region, and what is missing when nobody does."""
