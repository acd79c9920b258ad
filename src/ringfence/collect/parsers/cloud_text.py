"""Text logs of AWS: S3 server access, VPC flow records, load balancers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from ringfence.collect.parsers.text import TextParser, as_int, as_ip, header_time, put_address, put_port
from ringfence.collect.parsers.web_access import put_request, put_status
from ringfence.collect.record import Record
from ringfence.collect.text_time import clf_us, iso_us
from ringfence.core.errors import ParseError
from ringfence.ecs.event import EcsValue, FieldValue, Parsed
from ringfence.ecs.logsource import logsource

_S3 = re.compile(r"[\da-f]{64} \S{1,64} \[\d\d/[A-Za-z]{3}/\d{4}:[\d:]{8} [+-]\d{4}\] ")
_WORD = re.compile(r'\[([^\]]*)\]|"((?:[^"\\]|\\.)*+)"|(\S+)')
_S3_NAMES = [
    "bucket_owner",
    "bucket",
    "time",
    "remote_ip",
    "requester",
    "request_id",
    "operation",
    "key",
    "request_uri",
    "http_status",
    "error_code",
    "bytes_sent",
    "object_size",
    "total_time",
    "turn_around_time",
    "referer",
    "user_agent",
    "version_id",
    "host_id",
    "signature_version",
    "cipher_suite",
    "authentication_type",
    "host_header",
    "tls_version",
    "access_point_arn",
    "acl_required",
]
_FLOW = re.compile(r"\d{1,2} (?:\d{12}|unknown) eni-[\da-f]{6,20} ")
_FLOW_NAMES = [
    "version",
    "account_id",
    "interface_id",
    "srcaddr",
    "dstaddr",
    "srcport",
    "dstport",
    "protocol",
    "packets",
    "bytes",
    "start",
    "end",
    "action",
    "log_status",
]
_ELB = re.compile(
    r"(?:(?:http|https|h2|grpcs|ws|wss) )?\d{4}-\d\d-\d\dT[\d:.]{8,16}Z \S{1,128} [\da-fA-F.:]{3,45}:\d{1,5} "
)
_PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp", "58": "ipv6-icmp"}


def _words(text: str) -> list[str]:
    return [a or b or c for a, b, c in _WORD.findall(text[:32768])]


class AwsText(TextParser):
    """Parses AWS S3 access lines, VPC flow records (version 2) and load balancer lines."""

    name: ClassVar[str] = "aws-text"
    title: ClassVar[str] = "AWS S3 access, VPC flow, load balancer (text)"
    samples: ClassVar[Sequence[str]] = (
        "2 123456789012 eni-0a1b2c3d4e5f6a7b8 192.0.2.7 198.51.100.2 4022 23 6 1 60 1772352000 1772352060 REJECT OK",
        f"{'ab' * 32} bucket1 [01/Mar/2026:08:00:00 +0000] 192.0.2.7 "
        f"arn:aws:iam::123456789012:user/mia R1 REST.GET.OBJECT a.txt "
        '"GET /a.txt HTTP/1.1" 200 - 12 12 7 6 "-" "curl/8" -',
    )

    def accepts(self, record: Record) -> bool:
        """Tell whether the line begins like one of the three."""
        head = record.body[:400]
        return _S3.match(head) is not None or _FLOW.match(head) is not None or _ELB.match(head) is not None

    def parse(self, record: Record) -> Parsed:
        """Return the event."""
        if _FLOW.match(record.body):
            return self._flow(record)
        if _S3.match(record.body):
            return self._s3(record)
        return self._balancer(record)

    def _flow(self, record: Record) -> Parsed:
        words = record.body.split()
        fields: dict[str, FieldValue] = dict(zip(_FLOW_NAMES, words, strict=False))
        if len(words) < 14:
            raise ParseError("a VPC flow record has fourteen columns")
        ecs: dict[str, EcsValue] = {
            "cloud.provider": "aws",
            "cloud.account.id": words[1],
            "event.module": "aws",
            "event.dataset": "aws.vpcflow",
        }
        put_address(ecs, "source", words[3])
        put_address(ecs, "destination", words[4])
        put_port(ecs, "source", words[5])
        put_port(ecs, "destination", words[6])
        ecs["network.transport"] = _PROTOCOLS.get(words[7], words[7])
        size = as_int(words[9])
        if size is not None:
            ecs["network.bytes"] = size
        ecs["event.action"] = words[12].lower()
        ecs["event.outcome"] = "success" if words[12] == "ACCEPT" else "failure"
        fields |= {"src_ip": words[3], "dst_ip": words[4], "src_port": as_int(words[5]), "dst_port": as_int(words[6])}
        fields["blocked"] = "false" if words[12] == "ACCEPT" else "true"
        start = as_int(words[10])
        return Parsed(
            self.name, logsource("aws", ("firewall",), "vpcflow"), start * 1_000_000 if start else None, ecs, fields
        )

    def _s3(self, record: Record) -> Parsed:
        words = _words(record.body)
        if len(words) < 9:
            raise ParseError("an S3 access record has more columns")
        fields: dict[str, FieldValue] = dict(zip(_S3_NAMES, words, strict=False))
        ecs: dict[str, EcsValue] = {
            "cloud.provider": "aws",
            "cloud.service.name": "s3",
            "event.module": "aws",
            "event.dataset": "aws.s3access",
        }
        ecs["event.action"] = words[6]
        put_address(ecs, "source", words[3])
        if words[4] != "-":
            ecs["user.id"] = words[4]
            if ":user/" in words[4]:
                ecs["user.name"] = words[4].rsplit("/", 1)[-1]
        request = words[8].split(" ") if len(words) > 8 else []
        web: dict[str, FieldValue] = {}
        if len(request) >= 2:
            put_request(ecs, web, request[0], request[1])
        if len(words) > 9:
            put_status(ecs, web, words[9])
        if len(words) > 16 and words[16] != "-":
            ecs["user_agent.original"] = words[16]
        time = clf_us(words[2])
        return Parsed(self.name, logsource("aws", ("webserver",), "s3"), time, ecs, {**fields, **web})

    def _balancer(self, record: Record) -> Parsed:
        words = _words(record.body)
        if len(words) < 6:
            raise ParseError("a load balancer record has more columns")
        at = 0 if words[0][:1].isdigit() else 1
        ecs: dict[str, EcsValue] = {
            "cloud.provider": "aws",
            "event.module": "aws",
            "event.dataset": "aws.elb",
            "event.action": "request",
        }
        fields: dict[str, FieldValue] = {"elb": words[at + 1]}
        client, _, port = words[at + 2].rpartition(":")
        put_address(ecs, "source", client)
        put_port(ecs, "source", port)
        fields["c-ip"] = as_ip(client)
        request = next((w for w in words[at + 3 :] if " HTTP/" in w), "").split(" ")
        if len(request) >= 2:
            put_request(ecs, fields, request[0], request[1])
        status = next((w for w in words[at + 7 : at + 9] if len(w) == 3 and w.isdigit()), "")
        put_status(ecs, fields, status)
        time = iso_us(words[at]) or header_time(record)
        return Parsed(self.name, logsource("aws", ("webserver",), "elb"), time, ecs, fields)
