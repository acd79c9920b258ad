"""Settings: environment variables `RINGFENCE_*` or options of `ringfence up`. Every one is in docs/reference."""

from __future__ import annotations

import ssl
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, get_args

import orjson
from annotated_types import Ge, Le
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from ringfence.core.errors import UsageError
from ringfence.runtime.paths import default_data_dir

PREFIX = "RINGFENCE_"
LogLevel = Literal["debug", "info", "warning", "error"]


class Settings(BaseSettings):
    """How one installation runs. Ports may be 0: that input is off."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

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
    rules: Annotated[list[Path], NoDecode] = Field(
        default=[], description="Folders of Sigma rules beside the ones that ship, with : between."
    )
    workers: int = Field(default=0, ge=0, le=64, description="Processes that parse and match; 0: in the main one.")
    queue_records: int = Field(default=200_000, ge=1000, description="Records that may wait before senders get 503.")
    retention_days: int = Field(default=90, ge=1, description="Days that events are kept.")
    log_level: LogLevel = Field(default="info", description="debug, info, warning or error.")
    demo: bool = Field(default=False, description="Stream the demo company's telemetry with its attacks.")

    @field_validator("rules", mode="before")
    @classmethod
    def _paths(cls, value: Any) -> Any:
        """A list as `PATH` has it, or as JSON for paths that have a colon."""
        if not isinstance(value, str):
            return value
        if not value.lstrip().startswith("["):
            return [part for part in value.split(":") if part]
        try:
            return orjson.loads(value)
        except ValueError as error:
            raise ValueError("broken JSON") from error

    @field_validator("log_level", mode="before")
    @classmethod
    def _lower(cls, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value

    @property
    def database_url(self) -> str:
        """URL of the state database."""
        return f"sqlite+aiosqlite:///{self.data / 'state.db'}"


def read_settings(**given: Any) -> Settings:
    """Return the settings: those given, then the environment, then the defaults.

    Raises: UsageError that names the variable and says what is expected in it.
    """
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        where = f"--{name.replace('_', '-')}" if name in given else PREFIX + name.upper()
        raise UsageError(f"{where} is {str(first['input'])[:80]!r}, expected is {expected(name)}") from error


def check_tls(settings: Settings) -> None:
    """Raise `UsageError` unless certificate and key are both unset, or both readable and a pair."""
    certificate, key = settings.tls_cert, settings.tls_key
    if certificate is None and key is None:
        return
    if certificate is None or key is None:
        there, missing = ("TLS_KEY", "TLS_CERT") if certificate is None else ("TLS_CERT", "TLS_KEY")
        raise UsageError(f"{PREFIX}{there} is set and {PREFIX}{missing} is not", remedy="set both or none")
    for name, path in (("TLS_CERT", certificate), ("TLS_KEY", key)):
        try:
            with path.open("rb"):
                pass
        except OSError as error:
            raise UsageError(f"{PREFIX}{name}: cannot read {path}: {error.strerror}") from error
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password=_no_password)
    except ssl.SSLError as error:
        raise UsageError(f"{certificate} and {key} are no certificate and its key in PEM ({error.reason})") from error


def _no_password() -> str:
    raise UsageError("the TLS key is encrypted", remedy="give one without a passphrase, readable by the server alone")


def expected(name: str) -> str:
    """Return in words what belongs into a setting: "a whole number from 0 to 65535"."""
    field = Settings.model_fields[name]
    kind = field.annotation
    if isinstance(kind, UnionType):
        kind = get_args(kind)[0]
    if kind is int:
        low = next((str(one.ge) for one in field.metadata if isinstance(one, Ge)), "")
        high = next((str(one.le) for one in field.metadata if isinstance(one, Le)), "")
        return f"a whole number from {low} {f'to {high}' if high else 'up'}".rstrip()
    if kind is bool:
        return "true or false"
    if kind is LogLevel:
        *others, last = get_args(LogLevel)
        return f"{', '.join(others)} or {last}"
    return "a list of paths with : between, or a JSON list" if name == "rules" else "a text"
