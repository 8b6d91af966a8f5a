"""Resources of stacks that stand in a region's engine: made by calls through its front door."""
