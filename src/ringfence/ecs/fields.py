"""The ECS fields that Ringfence normalises to: name, kind and meaning. Anything else stays in `fields`.

Names are those of the Elastic Common Schema 8. A store keeps one column per entry; a parser may set no other name.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How a column is typed: `keyword` is text with few values, `text` with many, `keywords` a list of them."""

    KEYWORD = "keyword"
    TEXT = "text"
    IP = "ip"
    LONG = "long"
    DOUBLE = "double"
    KEYWORDS = "keywords"


@dataclass(frozen=True, slots=True)
class Field:
    """One ECS field."""

    name: str
    kind: Kind
    about: str

    @property
    def column(self) -> str:
        """Name of the column in the event store: dots and `@` cannot stand there."""
        return self.name.replace("@", "").replace(".", "_")


_TABLE = """
event.code           keyword  id of the event at its source, e.g. 4625
event.action         keyword  what happened, e.g. logged-in
event.category       keywords ECS categories, e.g. authentication, process
event.type           keywords ECS types, e.g. start, denied
event.outcome        keyword  success, failure or unknown
event.provider       keyword  provider or program that wrote the event
event.dataset        keyword  data set, e.g. windows.security, zeek.conn
event.module         keyword  vendor or product, e.g. windows, zeek, aws
event.severity       long     severity at the source
event.reason         text     why, as the source says
event.id             text     unique id at the source
message              text     the message for people
log.level            keyword  level at the source, e.g. warning
host.name            keyword  host that the event speaks of
host.ip              ip       its address
host.os.type         keyword  windows, linux, macos
observer.name        keyword  device that saw it (firewall, sensor)
observer.vendor      keyword  its vendor
observer.product     keyword  its product
agent.name           keyword  agent that shipped it
user.name            keyword  acting user
user.domain          keyword  its domain
user.id              keyword  its id (SID, uid, ARN)
user.email           keyword  its mail address
user.target.name     keyword  user acted upon
user.effective.name  keyword  user acted as (sudo, su, assumed role)
source.ip            ip       client address
source.port          long     client port
source.domain        keyword  client name
source.mac           keyword  client hardware address
source.bytes         long     bytes sent by the client
source.geo.country_iso_code keyword country of the client
destination.ip       ip       server address
destination.port     long     server port
destination.domain   keyword  server name
destination.mac      keyword  server hardware address
destination.bytes    long     bytes sent by the server
network.transport    keyword  tcp, udp, icmp
network.protocol     keyword  http, dns, ssh
network.direction    keyword  inbound, outbound, internal
network.bytes        long     bytes in both directions
network.community_id keyword  community id of the flow
process.name         keyword  file name of the executable
process.executable   text     its path
process.command_line text     its command line
process.pid          long     its id
process.entity_id    text     its unique id (ProcessGuid)
process.working_directory text its working directory
process.parent.name  keyword  file name of the parent
process.parent.executable text path of the parent
process.parent.command_line text command line of the parent
process.parent.pid   long     id of the parent
process.parent.entity_id text unique id of the parent
process.hash.md5     text     hash of the executable
process.hash.sha1    text     hash of the executable
process.hash.sha256  text     hash of the executable
file.name            keyword  file acted upon
file.path            text     its path
file.extension       keyword  its extension
file.size            long     its size in bytes
file.hash.md5        text     its hash
file.hash.sha1       text     its hash
file.hash.sha256     text     its hash
registry.path        text     registry key and value
registry.data.strings text    registry data
service.name         keyword  service or application
service.type         keyword  kind of service
group.name           keyword  group acted upon
url.full             text     whole URL
url.domain           keyword  host of the URL
url.path             text     path of the URL
url.query            text     query of the URL
http.request.method  keyword  GET, POST
http.request.referrer text    referrer
http.request.bytes   long     size of the request
http.response.status_code long status code
http.response.bytes  long     size of the response
user_agent.original  text     user agent
dns.question.name    keyword  name asked for
dns.question.type    keyword  type asked for
dns.answers          keywords answers
dns.response_code    keyword  NOERROR, NXDOMAIN
tls.client.ja3       keyword  JA3 of the client
tls.server.name      keyword  server name indication
tls.version          keyword  TLS version
tls.cipher           keyword  cipher
email.from           keyword  sender
email.to             keywords recipients
email.subject        text     subject
cloud.provider       keyword  aws, azure, gcp
cloud.account.id     keyword  account, subscription or project
cloud.region         keyword  region
cloud.service.name   keyword  service
cloud.instance.id    keyword  instance
container.id         keyword  container
container.name       keyword  its name
container.image.name keyword  its image
orchestrator.namespace keyword Kubernetes name space
orchestrator.resource.type keyword Kubernetes resource type
orchestrator.resource.name keyword Kubernetes resource
orchestrator.cluster.name keyword Kubernetes cluster
rule.id              keyword  rule of the product that raised an alarm
rule.name            keyword  its name
rule.level           keyword  its level
threat.technique.id  keywords ATT&CK techniques that the source names
threat.indicator.name text    malware or indicator that the source names
organization.name    keyword  organisation
"""


def _read() -> dict[str, Field]:
    table: dict[str, Field] = {}
    for line in _TABLE.strip().splitlines():
        name, kind, about = line.split(None, 2)
        table[name] = Field(name, Kind(kind), about)
    return table


FIELDS: dict[str, Field] = _read()
"""All ECS fields by name, in column order."""

ENTITY_FIELDS: tuple[str, ...] = (
    "host.name",
    "host.ip",
    "user.name",
    "user.target.name",
    "user.effective.name",
    "user.email",
    "source.ip",
    "destination.ip",
    "source.domain",
    "destination.domain",
    "url.domain",
    "dns.question.name",
    "file.hash.sha256",
    "process.hash.sha256",
    "process.name",
    "file.name",
    "cloud.account.id",
    "cloud.instance.id",
    "container.id",
)
"""Fields that name an entity one can pivot on."""
