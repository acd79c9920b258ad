"""The `ringfence` command."""

from ringfence.cli.app import main

__all__ = ["main"]
