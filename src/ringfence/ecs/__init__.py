"""Event envelope, ECS fields, log sources and query expressions: pure, no I/O."""
