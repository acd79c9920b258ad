"""Room: console."""
