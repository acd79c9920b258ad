"""Any other JSON object: flattened, time and entities found by their usual names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ringfence.collect.flatten import flatten
from ringfence.collect.parsers.field_table import apply, compile_table
from ringfence.collect.parsers.json_parser import Json, JsonParser, outcome_of
from ringfence.collect.record import Record
from ringfence.collect.timestamp import parse_time
from ringfence.ecs.event import EcsValue, Parsed
from ringfence.ecs.fields import FIELDS
from ringfence.ecs.logsource import logsource

_TIMES = (
    "@timestamp",
    "timestamp",
    "time",
    "eventtime",
    "event_time",
    "datetime",
    "date",
    "ts",
    "created_at",
    "createdat",
    "created",
    "timegenerated",
    "time_generated",
    "eventdatetime",
    "published",
    "occurred",
    "received",
    "start_time",
    "starttime",
    "isotimestamp",
    "logtime",
    "log_time",
    "@t",
    "t",
    "epoch",
    "unix_time",
    "asctime",
)
_TABLE = """
source.ip          srcip src_ip sourceip source_ip sourceaddress source_address sourceipaddress clientip client_ip
source.ip          clientaddress client_address ipaddress ip_address ip remoteip remote_ip remoteaddr remote_addr saddr
source.ip          srcaddr calleripaddress client src c_ip x_forwarded_for actor_ip origin_ip peer_ip rhost
source.port        srcport src_port sourceport source_port sport clientport client_port remoteport remote_port
destination.ip     dstip dst_ip destip dest_ip destinationip destination_ip destinationaddress destination_address daddr
destination.ip     dstaddr dst dest serverip server_ip s_ip
destination.port   dstport dst_port destport dest_port destinationport destination_port dport serverport server_port
source.domain      srchost src_host sourcehost clienthost client_host workstation
destination.domain dsthost dst_host desthost dest_host destinationhost destination_host
user.name          user username user_name userid_name account accountname account_name login actor principal subject
user.name          srcuser src_user requester caller userprincipalname upn loginname usr
user.target.name   targetuser target_user dstuser dst_user targetusername
user.email         email useremail user_email mail
user.id            userid user_id uid sid
host.name          host hostname host_name computer computername computer_name machine machinename
host.name          devicename device_name
host.name          server node instance dvc dvchost
process.name       process processname process_name program app_process procname
process.pid        pid processid process_id
process.command_line commandline command_line cmdline cmd command
@file              filepath file_path filename file_name file targetfilename
file.hash.sha256   sha256 filehash file_sha256
file.hash.md5      md5
file.hash.sha1     sha1
@url               url uri request_uri requesturi
http.request.method method httpmethod http_method request_method verb
http.response.status_code status_code statuscode http_status httpstatus sc_status
user_agent.original useragent user_agent http_user_agent
dns.question.name  query qname domain_query
event.action       action event eventname event_name event_type eventtype operation activity
event.code         eventid event_id code
event.reason       reason error error_message errormessage
log.level          level loglevel log_level severity lvl
message            message msg log text description short_message full_message @m
rule.name          rule rulename rule_name signature alert alertname alert_name
service.name       service servicename service_name app application appname
network.transport  protocol proto transport
cloud.account.id   accountid account_id subscriptionid
container.id       containerid container_id
"""
_ALIASES = [(alias, line.split()[0]) for line in _TABLE.strip().splitlines() for alias in line.split()[1:]]
_STEPS = compile_table({name.lower(): name for name in FIELDS} | dict(_ALIASES))
_NONE = logsource("", (), "")
_PREFER = ("event.outcome", "outcome", "result", "status", "success")


class GenericJson(JsonParser):
    """Takes every JSON object: fields flattened with dots, time, host, user and addresses guessed from usual names."""

    name: ClassVar[str] = "json"
    title: ClassVar[str] = "any JSON object"
    samples: ClassVar[Sequence[str]] = (
        '{"timestamp":"2026-03-01T08:00:00Z","level":"warn","msg":"door opened","hostname":"srv1","user":"mia",'
        '"client_ip":"192.0.2.7"}',
    )

    def fits(self, data: Json) -> bool:
        """Take anything."""
        del data
        return True

    def read(self, data: Json, record: Record) -> Parsed:
        """Return the event."""
        fields = flatten(data)
        lowered: Json = {}
        for name, value in fields.items():
            low = name.lower()
            lowered.setdefault(low, value)
            lowered.setdefault(low.rpartition(".")[2].replace("-", "_"), value)
        ecs: dict[str, EcsValue] = {"event.module": "json", "event.dataset": _dataset(record)}
        apply(_STEPS, lowered, ecs)
        for name in _PREFER:
            found = outcome_of(lowered.get(name, ""))
            if found and type(lowered[name]) is not int:
                ecs["event.outcome"] = found
                break
        return Parsed(self.name, _NONE, _time(lowered), ecs, fields)


def _time(lowered: Json) -> int | None:
    for name in _TIMES:
        value = lowered.get(name)
        if value is not None:
            time = parse_time(value)
            if time is not None:
                return time
    return None


def _dataset(record: Record) -> str:
    kind: Any = record.meta.get("sourcetype")
    return f"json.{kind[:64]}" if type(kind) is str and kind else "json.generic"
