"""The acts of the demo, one file each: `steps` (what AWS is told, as data) and `play` (what then happens)."""
