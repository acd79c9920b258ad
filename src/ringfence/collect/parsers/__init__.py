"""One parser a file; `registry.py` is the explicit table of all."""
