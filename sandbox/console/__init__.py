"""The web console and the HTTP API: what one sees of a running sandbox, and what one can do to it, on port 4500."""
