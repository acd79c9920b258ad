"""The HTTP API: everything the console can do, for programs."""

from ringfence.api.app import create_api
from ringfence.api.context import ApiContext

__all__ = ["ApiContext", "create_api"]
