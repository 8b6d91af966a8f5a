"""The demo: six acts that run the main job on a live sandbox, measure it, and say which claims held."""
