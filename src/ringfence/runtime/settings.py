"""Settings: environment variables `RINGFENCE_*` or options of `ringfence up`. Every one is in docs/reference."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from ringfence.runtime.paths import default_data_dir


class Settings(BaseSettings):
    """How one installation runs. Ports may be 0: that input is off."""

    model_config = SettingsConfigDict(env_prefix="RINGFENCE_", extra="ignore", frozen=True)

    data: Path = Field(default_factory=default_data_dir, description="Folder of all data; one process per folder.")
    host: str = Field(default="127.0.0.1", description="Address that console, API and HTTP inputs listen on.")
    port: int = Field(default=8080, ge=0, le=65535, description="Their port.")
    tls_cert: Path | None = Field(default=None, description="Certificate (PEM) to serve HTTPS and syslog over TLS.")
    tls_key: Path | None = Field(default=None, description="Its private key (PEM).")
    syslog_host: str = Field(default="127.0.0.1", description="Address that the syslog inputs listen on.")
    syslog_udp: int = Field(default=5514, ge=0, le=65535, description="UDP port for syslog.")
    syslog_tcp: int = Field(default=5514, ge=0, le=65535, description="TCP port for syslog.")
    syslog_tls: int = Field(default=6514, ge=0, le=65535, description="TCP port for syslog over TLS (RFC 5425).")
    syslog_tenant: str = Field(default="default", description="Tenant that syslog records belong to.")
    rules: list[Path] = Field(default=[], description="Folders of Sigma rules beside the ones that ship.")
    workers: int = Field(default=0, ge=0, le=64, description="Processes that parse and match; 0: in the main one.")
    queue_records: int = Field(default=200_000, ge=1000, description="Records that may wait before senders get 503.")
    retention_days: int = Field(default=90, ge=1, description="Days that events are kept.")
    log_level: str = Field(default="info", description="debug, info, warning or error.")
    demo: bool = Field(default=False, description="Stream the demo company's telemetry with its attacks.")

    @property
    def database_url(self) -> str:
        """URL of the state database."""
        return f"sqlite+aiosqlite:///{self.data / 'state.db'}"
