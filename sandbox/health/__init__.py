"""Health checks: probes from eight Regions through the ocean, one streak per checker, one verdict per check."""
