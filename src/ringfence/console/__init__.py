"""The console: pages for people, on the same web application as the API.

`mount_console(app, services)` is all that a start needs. The toolkit keeps its pages per process, so there is one
console in a process; mounting again replaces the pages.
"""

from ringfence.console.mount import mount_console
from ringfence.console.services import IngestInfo, LiveStats, Services

__all__ = ["IngestInfo", "LiveStats", "Services", "mount_console"]
