"""DynamoDB's resources in stacks: their tables live in the regions and are made by calls through the front doors."""
