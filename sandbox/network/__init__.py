"""The ocean: every byte between two places crosses this room, which delays, drops, shapes or cuts it."""
