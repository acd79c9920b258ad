"""Search over all events."""
