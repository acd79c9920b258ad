"""A leaked access key of the cloud account: looking round, a new administrator, the trail switched off, data taken."""

from __future__ import annotations

from typing import Any

from ringfence.drills.scenarios.stage import Stage
from ringfence.drills.sources import cloud
from ringfence.drills.sources.cloud import Caller

OWNER = "svc-exporter"
ATTACKER = "198.51.100.66"
KEY = "AKIAEXAMPLELEAKED001"
NEW_USER = "support-sync"
OBJECTS = 460
_AGENT = "aws-cli/2.15.30 Python/3.11.9 Linux/6.8.11-amd64 botocore/2.4.5"


def play(stage: Stage) -> None:
    """Play the whole attack on the AWS account."""
    account = stage.company.aws_account
    stage.step(
        "T1078.004", "initial-access", "The key is used from an address never seen", OWNER, KEY, ATTACKER, account
    )
    _call(stage, "sts", "GetCallerIdentity")
    _look(stage, account)
    _persist(stage, account)
    _blind(stage, account)
    _mine(stage, account)
    _steal(stage, account)


def _call(stage: Stage, service: str, action: str, request: dict[str, Any] | None = None, **more: Any) -> None:
    stage.emit(
        cloud.trail(
            stage.now,
            stage.company,
            Caller(OWNER, KEY, ATTACKER, _AGENT),
            service=service,
            action=action,
            request=request,
            **more,
        )
    )
    stage.wait(3 + 6 * stage.rng.random())


def _look(stage: Stage, account: str) -> None:
    stage.wait(20)
    stage.step("T1580", "discovery", "Buckets, users and policies are listed; some calls are refused", OWNER, account)
    _call(stage, "s3", "ListBuckets")
    _call(stage, "iam", "ListUsers")
    _call(stage, "iam", "ListAttachedUserPolicies", {"userName": OWNER})
    _call(stage, "organizations", "DescribeOrganization", error="AccessDenied")
    _call(stage, "secretsmanager", "ListSecrets", error="AccessDenied")
    _call(stage, "ec2", "DescribeInstances")


def _persist(stage: Stage, account: str) -> None:
    stage.wait(60)
    stage.step("T1136.003", "persistence", "A new user with a key of its own", OWNER, NEW_USER, account)
    _call(stage, "iam", "CreateUser", {"userName": NEW_USER}, read_only=False)
    _call(
        stage, "iam", "CreateAccessKey", {"userName": NEW_USER}, read_only=False,
        response={"accessKey": {"userName": NEW_USER, "accessKeyId": "AKIAEXAMPLENEWUSER01", "status": "Active"}},
    )  # fmt: skip
    stage.step("T1098.003", "privilege-escalation", "The new user becomes administrator", OWNER, NEW_USER, account)
    policy = "arn:aws:iam::aws:policy/AdministratorAccess"
    _call(stage, "iam", "AttachUserPolicy", {"userName": NEW_USER, "policyArn": policy}, read_only=False)


def _blind(stage: Stage, account: str) -> None:
    stage.wait(30)
    stage.step("T1562.008", "defense-evasion", "Logging of the trail is stopped", OWNER, account)
    trail = f"arn:aws:cloudtrail:eu-central-1:{stage.company.aws_account}:trail/main"
    _call(stage, "cloudtrail", "StopLogging", {"name": trail}, read_only=False)


def _mine(stage: Stage, account: str) -> None:
    stage.wait(60)
    stage.step("T1496.001", "impact", "Eight GPU machines are started in an unused region", OWNER, account)
    request = {
        "instancesSet": {"items": [{"imageId": "ami-0example", "minCount": 8, "maxCount": 8}]},
        "instanceType": "p4d.24xlarge",
    }
    _call(stage, "ec2", "RunInstances", request, read_only=False, region="ap-southeast-1")


def _steal(stage: Stage, account: str) -> None:
    stage.wait(30)
    stage.step("T1530", "collection", f"{OBJECTS} objects of customer exports are read", OWNER, account)
    for number in range(OBJECTS):
        stage.emit(
            cloud.trail(
                stage.wait(0.4),
                stage.company,
                Caller(OWNER, KEY, ATTACKER, _AGENT),
                service="s3",
                action="GetObject",
                request={"bucketName": "example-customer-exports", "key": f"2026/customers-{number:05d}.csv.gz"},
            )
        )
