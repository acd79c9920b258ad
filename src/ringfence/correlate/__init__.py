"""Room: correlate."""
