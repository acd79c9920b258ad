"""The first page: how bad it is right now."""
