"""Names that many products give to the same thing, and the ECS field of each: for key=value, CEF and LEEF records."""

from __future__ import annotations

from collections.abc import Mapping

from ringfence.collect.parsers.text import as_int, as_ip, put_address, put_user
from ringfence.collect.text_time import any_us
from ringfence.ecs.event import EcsValue, FieldValue
from ringfence.ecs.fields import FIELDS, Kind

_TABLE = """
source.ip            src srcip src_ip sourceaddress source_address source-address sourceip source-ip saddr
source.ip            c-ip clientip client_ip client-ip remoteip remip remote_ip srcaddr cip remote ipaddress
source.ip            ip sip peer_ip remote_addr client rhost
source.port          spt srcport src_port sport sourceport source-port source_port s_port client_port
source.domain        shost srcname client_name sourcehostname src_host identhostname
source.mac           smac srcmac src_mac source_mac mac
source.bytes         out sentbyte sent bytes_sent srcbytes sendbytes bytesout sent_bytes
destination.ip       dst dstip dst_ip destinationaddress destination_address destination-address
destination.ip       destinationip destination-ip daddr dip s-ip dest_ip dstaddr destip server_ip dest
destination.port     dpt dstport dst_port dport destinationport destination-port destination_port dest_port
destination.port     s-port service_port
destination.domain   dhost dsthost dstname destinationhostname dest_host
destination.mac      dmac dstmac dst_mac
destination.bytes    in rcvdbyte rcvd bytes_received dstbytes rcvbytes bytesin received_bytes
user.name            user usrname suser srcuser username user_name cs-username src_user accountname login
user.name            uid_name xauthuser
user.target.name     duser dstuser target_user dst_user
user.domain          sntdom domain_name ntdomain userdomain
user.id              suid userid user_id
network.transport    proto protocol transport ipproto ip_protocol
network.protocol     app service application appname app_proto
network.direction    devicedirection direction conn_direction
event.action         act action disposition device_action deviceaction
event.outcome        outcome status result
event.reason         reason
event.severity       severity sev
log.level            level pri priority
message              msg message
host.name            devname hostname dvchost host device_name devicename computername
host.ip              dvc device_ip
file.name            fname filename file_name
file.path            filepath file_path path
file.size            fsize filesize
file.hash.sha256     filehash sha256 file_sha256
file.hash.md5        md5 hash
process.name         sproc procname process_name processname deviceprocessname
process.pid          spid pid process_id
url.full             request url
url.domain           hostname_url
http.request.method  requestmethod method
user_agent.original  requestclientapplication agent useragent user_agent
rule.name            rule rulename policyname rule_name policy_name policy
rule.id              policyid rule_id rule_uid ruleid polid
threat.indicator.name virus virusname attack attackname malware signature threatname virus_name
email.from           from sender mailfrom
email.to             to recipient rcptto
email.subject        subject
event.code           logid log_id eventid event_id id deviceeventclassid
group.name           group
dns.question.name    qname query
cloud.account.id     account_id
""".strip()

ALIASES: dict[str, str] = {alias: line.split()[0] for line in _TABLE.splitlines() for alias in line.split()[1:]}
"""ECS field by lower-case native name."""

_KINDS: dict[str, Kind] = {field: FIELDS[field].kind for field in set(ALIASES.values())}
_TIMES = (
    "rt",
    "devtime",
    "eventtime",
    "datetime",
    "timestamp",
    "time",
    "start",
    "end",
    "event_time",
    "receive_time",
    "date_time",
    "ts",
)
_PROTOCOLS = {
    "1": "icmp",
    "6": "tcp",
    "17": "udp",
    "47": "gre",
    "50": "esp",
    "51": "ah",
    "58": "ipv6-icmp",
    "132": "sctp",
}
_EMPTY = frozenset(("", "-", "N/A", "n/a", "none", "None", "unknown", "?", "(null)", "undefined"))
_ADDRESSES = {"source.ip": "source", "destination.ip": "destination"}
_SPECIAL = frozenset(
    ("source.ip", "destination.ip", "user.name", "user.target.name", "event.outcome", "network.transport",
     "network.direction", "file.hash.sha256", "file.hash.md5")
)  # fmt: skip
_DIRECTIONS = {
    "outgoing": "outbound",
    "out": "outbound",
    "egress": "outbound",
    "incoming": "inbound",
    "in": "inbound",
    "1": "outbound",
    "0": "inbound",
    "ingress": "inbound",
    "2": "internal",
}
_SUCCESS = frozenset(
    ("success", "successful", "succeeded", "ok", "passed", "pass", "allowed", "accept", "accepted", "true", "1")
)
_FAILURE = frozenset(("failure", "failed", "fail", "error", "denied", "blocked", "false", "0"))


def apply_aliases(fields: Mapping[str, FieldValue], ecs: dict[str, EcsValue], zone: int = 0) -> int | None:
    """Set the ECS fields of well-known names (the first that has a value wins) and return the record's own time."""
    placed: set[str] = set()
    lowered: dict[str, str] = {}
    for key, value in fields.items():
        if not isinstance(value, str) or value in _EMPTY:
            continue
        name = key.lower()
        lowered.setdefault(name, value)
        field = ALIASES.get(name)
        if field is not None and field not in placed and put(ecs, field, value):
            placed.add(field)
    return own_time(lowered, zone)


def put(ecs: dict[str, EcsValue], field: str, value: str) -> bool:
    """Set one ECS field from text, by its kind; False where the value does not fit."""
    if field not in _SPECIAL:
        return _put_by_kind(ecs, field, value)
    side = _ADDRESSES.get(field)
    if side is not None:
        before = len(ecs)
        put_address(ecs, side, value)
        return len(ecs) > before
    if field in ("user.name", "user.target.name"):
        put_user(ecs, value, field)
        return True
    if field == "event.outcome":
        word = value.lower()
        if word in _SUCCESS or word in _FAILURE:
            ecs[field] = "success" if word in _SUCCESS else "failure"
        return word in _SUCCESS or word in _FAILURE
    if field == "network.transport":
        ecs[field] = _PROTOCOLS.get(value, value.lower())
        return not value.isdigit() or value in _PROTOCOLS
    if field == "network.direction":
        ecs[field] = _DIRECTIONS.get(value.lower(), value.lower())
        return True
    if field.startswith("file.hash") and len(value) not in (32, 40, 64):
        return False
    return _put_by_kind(ecs, field, value)


def _put_by_kind(ecs: dict[str, EcsValue], field: str, value: str) -> bool:
    kind = _KINDS[field]
    if kind is Kind.LONG:
        number = as_int(value)
        if number is None or (field.endswith(".port") and number > 65535):
            return False
        ecs[field] = number
    elif kind is Kind.IP:
        address = as_ip(value)
        if not address:
            return False
        ecs[field] = address
    elif kind is Kind.KEYWORDS:
        ecs[field] = [value]
    else:
        ecs[field] = value
    return True


def own_time(fields: Mapping[str, str], zone: int = 0) -> int | None:
    """The time that lower-case fields hold, µs: `date` and `time` apart, an epoch or any written form."""
    date, clock = fields.get("date"), fields.get("time")
    if date and clock:
        found = any_us(f"{date} {clock}", 0, _zone_field(fields, zone))
        if found is not None:
            return found[0]
    for name in _TIMES:
        value = fields.get(name)
        if value is None:
            continue
        time = epoch_us(value)
        if time is not None:
            return time
        found = any_us(value, 0, zone)
        if found is not None:
            return found[0]
    return None


def _zone_field(fields: Mapping[str, str], zone: int) -> int:
    text = fields.get("tz", "")
    if len(text) == 5 and text[0] in "+-" and text[1:].isdigit():
        minutes = int(text[1:3]) * 60 + int(text[3:5])
        return -minutes if text[0] == "-" else minutes
    return zone


def epoch_us(value: str) -> int | None:
    """Microseconds of an epoch in seconds (10 digits, with or without fraction), ms (13), µs (16) or ns (19)."""
    whole, _, part = value.partition(".")
    if not (whole.isascii() and whole.isdigit()) or (part and not (part.isascii() and part.isdigit())):
        return None
    scale = {10: 1_000_000, 13: 1_000, 16: 1}.get(len(whole))
    if scale is not None:
        return int(whole) * scale + (int(part[:6].ljust(6, "0")) * scale // 1_000_000 if part else 0)
    return int(whole) // 1000 if len(whole) == 19 else None
