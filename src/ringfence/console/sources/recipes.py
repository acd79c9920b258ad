"""Configurations that a reader can copy: every one is complete and fits this installation's addresses."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from ringfence.console.services import IngestInfo

TOKEN = "YOUR_TOKEN"  # noqa: S105 - a place for the reader's token


@dataclass(frozen=True, slots=True)
class Recipe:
    """One sender: its name, the file that the text belongs into ("" for a command), the text."""

    key: str
    name: str
    file: str
    text: str


def recipes(info: IngestInfo, token: str = TOKEN) -> list[Recipe]:
    """Return the recipes for this installation, with the token in its place; syslog only where that input is on."""
    return [replace(recipe, text=recipe.text.replace(TOKEN, token)) for recipe in _recipes(info)]


def reading_recipes(info: IngestInfo, token: str) -> list[Recipe]:
    """Return commands for a token that may read."""
    text = f"""\
# events of a search, newest first
curl -sSG {info.base_url}/api/v1/events -H "Authorization: Bearer {token}" \\
  --data-urlencode 'q=event.outcome:failure' -d limit=10

# the alert queue
curl -sS "{info.base_url}/api/v1/alerts?limit=10" -H "Authorization: Bearer {token}"
"""
    return [Recipe("curl", "curl", "", text)]


def _recipes(info: IngestInfo) -> list[Recipe]:
    return [*_syslog(info), _curl(info), _fluent_bit(info), _filebeat(info), _vector(info), _otel(info)]


def _syslog(info: IngestInfo) -> list[Recipe]:
    if not info.syslog_tcp:
        return []
    rsyslog = f"""\
*.* action(type="omfwd"
  target="{info.host}" port="{info.syslog_tcp}" protocol="tcp"
  template="RSYSLOG_SyslogProtocol23Format" TCP_Framing="octet-counted"
  queue.type="LinkedList" queue.filename="ringfence" queue.saveOnShutdown="on"
  action.resumeRetryCount="-1")
"""
    logger = f'logger -n {info.host} -P {info.syslog_tcp} -T --rfc5424 "sshd: test message"\n'
    return [
        Recipe("rsyslog", "rsyslog", "/etc/rsyslog.d/60-ringfence.conf", rsyslog),
        Recipe("logger", "logger", "", logger),
    ]


def _curl(info: IngestInfo) -> Recipe:
    base = info.base_url
    return Recipe(
        "curl",
        "curl",
        "",
        f"""\
# JSON lines
curl -sS {base}/api/v1/ingest -H "Authorization: Bearer {TOKEN}" \\
  --data-binary @events.ndjson

# plain lines of a log file
curl -sS "{base}/api/v1/ingest?host=web-01" -H "Authorization: Bearer {TOKEN}" \\
  -H "Content-Type: text/plain" --data-binary @/var/log/auth.log

# Splunk HTTP Event Collector
curl -sS {base}/services/collector/event -H "Authorization: Splunk {TOKEN}" \\
  -d '{{"event": "sshd[1]: Failed password for root from 192.0.2.7 port 4711 ssh2", "host": "web-01"}}'
""",
    )


def _fluent_bit(info: IngestInfo) -> Recipe:
    host, port, tls = _place(info)
    return Recipe(
        "fluent-bit",
        "Fluent Bit",
        "fluent-bit.conf",
        f"""\
[INPUT]
    Name              tail
    Path              /var/log/auth.log
    Tag               auth
    storage.type      filesystem

[OUTPUT]
    Name              splunk
    Match             *
    Host              {host}
    Port              {port}
    TLS               {"On" if tls else "Off"}
    Splunk_Token      {TOKEN}
    Splunk_Send_Raw   Off
    Retry_Limit       no_limits
""",
    )


def _filebeat(info: IngestInfo) -> Recipe:
    return Recipe(
        "filebeat",
        "Filebeat / Winlogbeat",
        "filebeat.yml",
        f"""\
filebeat.inputs:
  - type: filestream
    id: auth
    paths: ["/var/log/auth.log"]

setup.ilm.enabled: false
setup.template.enabled: false

output.elasticsearch:
  hosts: ["{info.base_url}/elastic"]
  headers:
    Authorization: "Bearer {TOKEN}"
""",
    )


def _vector(info: IngestInfo) -> Recipe:
    return Recipe(
        "vector",
        "Vector",
        "vector.yaml",
        f"""\
sources:
  auth:
    type: file
    include: ["/var/log/auth.log"]

sinks:
  ringfence:
    type: splunk_hec_logs
    inputs: [auth]
    endpoint: "{info.base_url}"
    default_token: "{TOKEN}"
    encoding:
      codec: text
    acknowledgements:
      enabled: true
      indexer_acknowledgements_enabled: false
""",
    )


def _otel(info: IngestInfo) -> Recipe:
    return Recipe(
        "otel",
        "OpenTelemetry Collector",
        "config.yaml",
        f"""\
receivers:
  filelog:
    include: [/var/log/auth.log]

exporters:
  otlphttp:
    logs_endpoint: {info.base_url}/v1/logs
    headers:
      Authorization: "Bearer {TOKEN}"

service:
  pipelines:
    logs:
      receivers: [filelog]
      exporters: [otlphttp]
""",
    )


def _place(info: IngestInfo) -> tuple[str, int, bool]:
    parts = urlsplit(info.base_url)
    tls = parts.scheme == "https"
    return parts.hostname or info.host, parts.port or (443 if tls else 80), tls
