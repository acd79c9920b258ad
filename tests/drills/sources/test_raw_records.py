"""Raw records look as their products write them: facts in, the exact line out."""

from __future__ import annotations

import orjson

from ringfence.drills import company
from ringfence.drills.sources import cloud, database, identity, kubernetes, linux, network, sysmon, web, windows
from ringfence.drills.sources.sysmon import Process

TIME = 1_772_352_000_123_456
"""2026-03-01T08:00:00.123456Z."""
COMPANY = company(1)
PERSON = COMPANY.person("amara.okafor")
DESK = COMPANY.host("ws-fin-01")


def test_windows_security_as_nxlog_json() -> None:
    record = windows.logon_failed(TIME, DESK, "amara.okafor", kind=2, ip="127.0.0.1", workstation="WS-FIN-01")
    assert (record.source, record.sourcetype, record.time_us) == ("ws-fin-01", "nxlog", TIME)
    assert orjson.loads(record.raw) == {
        "EventTime": "2026-03-01T08:00:00.123456Z",
        "Hostname": "WS-FIN-01.corp.example.com",
        "Channel": "Security",
        "SourceName": "Microsoft-Windows-Security-Auditing",
        "ProviderGuid": "{54849625-5478-4994-A5BA-3E3B0328C30D}",
        "EventID": 4625,
        "EventType": "AUDIT_FAILURE",
        "Severity": "ERROR",
        "RecordNumber": 235200012,
        "Category": "Logon",
        "SubjectUserSid": "S-1-0-0",
        "SubjectUserName": "-",
        "SubjectDomainName": "-",
        "SubjectLogonId": "0x0",
        "TargetUserSid": "S-1-0-0",
        "TargetUserName": "amara.okafor",
        "TargetDomainName": "EXAMPLE",
        "Status": "0xc000006d",
        "FailureReason": "%%2313",
        "SubStatus": "0xc000006a",
        "LogonType": 2,
        "LogonProcessName": "User32 ",
        "AuthenticationPackageName": "Negotiate",
        "WorkstationName": "WS-FIN-01",
        "IpAddress": "127.0.0.1",
        "IpPort": "0",
        "ProcessName": "-",
        "SourceModuleName": "eventlog",
        "SourceModuleType": "im_msvistalog",
    }


def test_a_service_installation_is_of_the_system_channel() -> None:
    record = windows.service_installed(TIME, COMPANY.host("fs01"), name="PSEXESVC", path="%SystemRoot%\\PSEXESVC.exe")
    fields = orjson.loads(record.raw)
    assert [fields[name] for name in ("Channel", "SourceName", "EventID", "ServiceName", "ImagePath")] == [
        "System",
        "Service Control Manager",
        7045,
        "PSEXESVC",
        "%SystemRoot%\\PSEXESVC.exe",
    ]


def test_a_sysmon_process_keeps_its_guid_over_its_events() -> None:
    process = Process("C:\\Windows\\System32\\net.exe", "net start spooler", PERSON.account, 400, born=TIME)
    start = orjson.loads(sysmon.started(TIME, DESK, process).raw)
    end = orjson.loads(sysmon.ended(TIME + 5_000_000, DESK, process).raw)
    assert (start["EventID"], end["EventID"]) == (1, 5)
    assert start["ProcessGuid"] == end["ProcessGuid"] == "{6B29FC40-4BF1-DB62-6240-000000000190}"
    assert (start["UtcTime"], start["User"], start["ParentImage"]) == (
        "2026-03-01 08:00:00.123",
        "EXAMPLE\\amara.okafor",
        "C:\\Windows\\explorer.exe",
    )


def test_linux_lines_are_rfc_5424() -> None:
    host = COMPANY.host("bastion01")
    failed = linux.ssh_failed(TIME, host, user="oracle", ip="192.0.2.7", port=4022, pid=77, known=False)
    opened = linux.session(TIME, host, program="sshd", user="mia", pid=77, opened=True)
    assert [failed.raw, opened.raw] == [
        "<86>1 2026-03-01T08:00:00.123456Z bastion01 sshd 77 - - "
        "Failed password for invalid user oracle from 192.0.2.7 port 4022 ssh2",
        "<86>1 2026-03-01T08:00:00.123456Z bastion01 sshd 77 - - "
        "pam_unix(sshd:session): session opened for user mia(uid=1002) by (uid=0)",
    ]


def test_auditd_writes_arguments_with_blanks_in_hexadecimal() -> None:
    lines = [
        record.raw
        for record in linux.audit_exec(
            TIME,
            COMPANY.host("web02"),
            exe="/usr/bin/dash",
            argv=("sh", "-c", "cat /x"),
            pid=3,
            ppid=2,
            uid=33,
            auid=4294967295,
            key="exec",
        )
    ]
    assert lines[1:] == [
        'node=web02 type=EXECVE msg=audit(1772352000.123:123): argc=3 a0="sh" a1="-c" a2=636174202F78',
        "node=web02 type=PROCTITLE msg=audit(1772352000.123:123): proctitle=7368002D6300636174202F78",
    ]
    assert lines[0].startswith("node=web02 type=SYSCALL msg=audit(1772352000.123:123): arch=c000003e syscall=59 ")
    assert "auid=4294967295 uid=33 " in lines[0]
    assert 'comm="dash" exe="/usr/bin/dash"' in lines[0]


def test_nginx_firewall_and_postgresql_lines() -> None:
    request = web.access(
        TIME, COMPANY.host("web01"), ip="192.0.2.7", target="/a?b=1", status=200, size=5, agent="ExampleBot/1.0"
    )
    packet = network.firewall(
        TIME, COMPANY.host("fw01"), verdict="FW-DROP", src="192.0.2.7", dst="203.0.113.10", sport=4022, dport=22
    )
    query = database.statement(
        TIME, COMPANY.host("db01"), user="mia", client="10.0.0.1", text="SELECT 1", app="psql", pid=9, milliseconds=1.5
    )
    assert [request.raw, packet.raw, query.raw] == [
        "<190>Mar  1 08:00:00 web01 nginx: 192.0.2.7 - - [01/Mar/2026:08:00:00 +0000] "
        '"GET /a?b=1 HTTP/1.1" 200 5 "-" "ExampleBot/1.0"',
        "<4>Mar  1 08:00:00 fw01 kernel: [2352000.123456] FW-DROP IN=eth0 OUT=eth1 "
        "MAC=02:00:5e:10:00:01:02:00:5e:10:00:02:08:00 SRC=192.0.2.7 DST=203.0.113.10 LEN=60 TOS=0x00 PREC=0x00 "
        "TTL=52 ID=25152 DF PROTO=TCP SPT=4022 DPT=22 WINDOW=64240 RES=0x00 SYN URGP=0",
        "<134>1 2026-03-01T08:00:00.123456Z db01 postgres 9 - - [10-1] user=mia,db=core,app=psql,client=10.0.0.1 "
        "LOG:  duration: 1.500 ms  statement: SELECT 1",
    ]


def test_zeek_dns_without_an_answer_is_nxdomain() -> None:
    record = network.dns(
        TIME, COMPANY.host("sensor01"), src="10.20.10.20", server="10.20.1.10", name="no.example.com", answer=""
    )
    entry = orjson.loads(record.raw)
    assert [entry[name] for name in ("_path", "ts", "id.orig_h", "id.resp_p", "query", "rcode_name")] == [
        "dns",
        "2026-03-01T08:00:00.123456Z",
        "10.20.10.20",
        53,
        "no.example.com",
        "NXDOMAIN",
    ]
    assert "answers" not in entry


def test_a_refused_cloud_call_says_so() -> None:
    caller = cloud.Caller("svc-exporter", "AKIAEXAMPLE", "192.0.2.7", "aws-cli/2.15.30")
    entry = orjson.loads(
        cloud.trail(TIME, COMPANY, caller, service="iam", action="ListUsers", error="AccessDenied").raw
    )
    assert [entry[name] for name in ("eventSource", "eventName", "eventTime", "errorCode", "eventCategory")] == [
        "iam.amazonaws.com",
        "ListUsers",
        "2026-03-01T08:00:00Z",
        "AccessDenied",
        "Management",
    ]
    assert entry["userIdentity"]["arn"] == "arn:aws:iam::111122223333:user/svc-exporter"


def test_kubernetes_okta_and_microsoft_365_name_who_and_what() -> None:
    pod = orjson.loads(
        kubernetes.audit(
            TIME, COMPANY.host("k8s-prod"), user="mia", verb="create", resource="pods", namespace="portal",
            name="web-1", ip="10.0.0.1", subresource="exec",
        ).raw
    )  # fmt: skip
    login = orjson.loads(identity.okta(TIME, PERSON, action="user.session.start", ip="192.0.2.7", ok=False).raw)
    office = orjson.loads(
        identity.m365(
            TIME, PERSON, operation="UserLoggedIn", workload="AzureActiveDirectory", record_type=15, ip="192.0.2.7"
        ).raw
    )
    assert pod["objectRef"]["subresource"] == "exec"
    assert pod["requestURI"] == "/api/v1/namespaces/portal/pods/web-1/exec"
    assert (login["actor"]["alternateId"], login["outcome"]["result"]) == ("amara.okafor@example.com", "FAILURE")
    assert (office["CreationTime"], office["UserId"]) == ("2026-03-01T08:00:00", "amara.okafor@example.com")
