"""API tokens: make, show once, revoke."""
