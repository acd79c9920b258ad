"""Ids, clock, severities, actors and the error tree: no I/O, nothing but the standard library."""
