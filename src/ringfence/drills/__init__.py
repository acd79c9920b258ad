"""Room: drills."""
