"""How syslog servers are bounded."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ringfence.collect.inputs.limits import Limits
from ringfence.core.actor import DEFAULT_TENANT


class Transport(StrEnum):
    """How a syslog message came."""

    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"


@dataclass(frozen=True, slots=True)
class SyslogOptions:
    """Bounds of a syslog server. Times in seconds, sizes in bytes."""

    tenant: str = DEFAULT_TENANT
    max_frame: int = 1 << 20
    batch_records: int = 1000
    batch_wait: float = 0.2
    max_connections: int = 1000
    idle: float = 3600.0
    receive_buffer: int = 16 << 20
    queue_records: int = 50_000
    grace: float = 5.0

    def limits(self) -> Limits:
        """The same bounds as the file inputs know them."""
        return Limits(max_record=self.max_frame)
