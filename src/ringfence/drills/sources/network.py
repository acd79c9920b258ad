"""The network's own view: iptables log lines of the firewall (RFC 3164) and Zeek's JSON logs of the sensor."""

from __future__ import annotations

from typing import Any

import orjson

from ringfence.drills import stamps
from ringfence.drills.model import DemoRecord, Host

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def firewall(
    time_us: int, host: Host, *, verdict: str, src: str, dst: str, sport: int, dport: int, protocol: str = "TCP"
) -> DemoRecord:
    """Return one logged packet; `verdict` is the log prefix of the rule, e.g. `FW-DROP` or `FW-ACCEPT`."""
    uptime = f"{time_us // stamps.SECOND % 10_000_000}.{time_us % stamps.SECOND:06d}"
    tail = "WINDOW=64240 RES=0x00 SYN URGP=0" if protocol == "TCP" else "LEN=48"
    raw = (
        f"<4>{stamps.rfc3164(time_us)} {host.name} kernel: [{uptime}] {verdict} IN=eth0 OUT=eth1 "
        f"MAC=02:00:5e:10:00:01:02:00:5e:10:00:02:08:00 SRC={src} DST={dst} LEN=60 TOS=0x00 PREC=0x00 TTL=52 "
        f"ID={time_us % 65536} DF PROTO={protocol} SPT={sport} DPT={dport} {tail}"
    )
    return DemoRecord(time_us, raw, host.name, "iptables")


def conn(
    time_us: int, sensor: Host, *, src: str, dst: str, sport: int, dport: int, service: str, sent: int, received: int
) -> DemoRecord:
    """Zeek conn.log: one finished TCP connection with payload bytes both ways."""
    entry = _entry("conn", time_us, src, dst, sport, dport)
    entry |= {
        "proto": "tcp",
        "service": service,
        "duration": round(0.05 + received % 9973 / 1000, 6),
        "orig_bytes": sent,
        "resp_bytes": received,
        "conn_state": "SF",
        "missed_bytes": 0,
        "history": "ShADadFf",
        "orig_pkts": sent // 1400 + 4,
        "orig_ip_bytes": sent + 240,
        "resp_pkts": received // 1400 + 4,
        "resp_ip_bytes": received + 240,
    }
    return _emit(time_us, sensor, entry)


def dns(time_us: int, sensor: Host, *, src: str, server: str, name: str, answer: str) -> DemoRecord:
    """Zeek dns.log: an A question; an empty answer means NXDOMAIN."""
    entry = _entry("dns", time_us, src, server, 49152 + time_us % 16000, 53)
    entry |= {
        "proto": "udp",
        "trans_id": time_us % 65536,
        "rtt": 0.004,
        "query": name,
        "qclass": 1,
        "qclass_name": "C_INTERNET",
        "qtype": 1,
        "qtype_name": "A",
        "rcode": 0 if answer else 3,
        "rcode_name": "NOERROR" if answer else "NXDOMAIN",
        "AA": False,
        "TC": False,
        "RD": True,
        "RA": True,
        "Z": 0,
        "rejected": False,
    }
    if answer:
        entry |= {"answers": [answer], "TTLs": [300.0]}
    return _emit(time_us, sensor, entry)


def http(
    time_us: int, sensor: Host, *, src: str, dst: str, name: str, uri: str, status: int, size: int, agent: str
) -> DemoRecord:
    """Zeek http.log: one plain HTTP request."""
    entry = _entry("http", time_us, src, dst, 49152 + time_us % 16000, 80)
    entry |= {
        "trans_depth": 1,
        "method": "GET",
        "host": name,
        "uri": uri,
        "version": "1.1",
        "user_agent": agent,
        "request_body_len": 0,
        "response_body_len": size,
        "status_code": status,
        "status_msg": "OK" if status == 200 else "Not Found",
        "tags": [],
    }
    return _emit(time_us, sensor, entry)


def tls(time_us: int, sensor: Host, *, src: str, dst: str, name: str) -> DemoRecord:
    """Zeek ssl.log: one TLS handshake."""
    entry = _entry("ssl", time_us, src, dst, 49152 + time_us % 16000, 443)
    entry |= {
        "version": "TLSv13",
        "cipher": "TLS_AES_128_GCM_SHA256",
        "curve": "x25519",
        "server_name": name,
        "resumed": False,
        "established": True,
        "ssl_history": "CsiI",
    }
    return _emit(time_us, sensor, entry)


def _entry(log: str, time_us: int, src: str, dst: str, sport: int, dport: int) -> dict[str, Any]:
    return {
        "_path": log,
        "_write_ts": stamps.iso_us(time_us),
        "ts": stamps.iso_us(time_us),
        "uid": "C" + _uid(time_us * 7919 + sport),
        "id.orig_h": src,
        "id.orig_p": sport,
        "id.resp_h": dst,
        "id.resp_p": dport,
    }


def _uid(number: int) -> str:
    text = ""
    for _ in range(12):
        number, digit = divmod(number, 62)
        text += _DIGITS[digit]
    return text


def _emit(time_us: int, sensor: Host, entry: dict[str, Any]) -> DemoRecord:
    return DemoRecord(time_us, orjson.dumps(entry).decode(), sensor.name, "zeek:json")
