"""Walkthroughs whose steps are lines to type and whose checkpoints look at the running sandbox."""
