"""The attacks of the demo, one file each, and the explicit table of all."""

from __future__ import annotations

from ringfence.drills.scenarios import (
    cloud_key_abuse,
    insider_download,
    phishing_ransomware,
    ssh_brute_force,
    web_exploit,
)
from ringfence.drills.scenarios.expected import rule_ids
from ringfence.drills.scenarios.stage import Performance, Scenario, Stage

_HOUR = 3600

SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        id="insider_download",
        title="Insider copies the core customer database at midnight",
        about=insider_download.__doc__ or "",
        at=0.35 * _HOUR,
        length=1100,
        category="data_security",
        expected_level="P0",
        reason="Data security: the core customer database is a special system and loses 9 million rows.",
        expected_rules=rule_ids(
            "postgresql_table_copied_by_person",
            "postgresql_catalogue_listed",
            "archive_with_password",
            "large_upload_to_internet",
            "rdp_logon_from_internet",
        ),
        script=insider_download.play,
    ),
    Scenario(
        id="ssh_brute_force",
        title="SSH password guessed on the bastion, account and cron job left behind",
        about=ssh_brute_force.__doc__ or "",
        at=5.1 * _HOUR,
        length=480,
        category="network_attack",
        expected_level="P1",
        reason="Network attack: the bastion is an important system, attacked many times and then entered.",
        expected_rules=rule_ids(
            "sshd_unknown_user",
            "sshd_wrong_password",
            "sshd_password_login",
            "sudo_shadow_or_shell",
            "sudo_account_tool",
            "linux_account_created",
            "linux_member_of_sudo",
            "linux_cron_file_written",
            "linux_cron_download_and_run",
        ),
        script=ssh_brute_force.play,
    ),
    Scenario(
        id="phishing_ransomware",
        title="Mailed macro, stolen credentials, ransomware on the file server",
        about=phishing_ransomware.__doc__ or "",
        at=9.75 * _HOUR,
        length=1100,
        category="malware",
        expected_level="P1",
        reason="Malware: the file server is an important system, infected badly, with harm to users and data.",
        expected_rules=rule_ids(
            "office_macro_document_saved",
            "office_starts_shell",
            "powershell_encoded_command",
            "powershell_download_cradle",
            "powershell_connects_outside",
            "run_key_with_script",
            "lsass_dump_comsvcs",
            "lsass_opened_for_reading",
            "defender_malware_found",
            "admin_share_over_network",
            "service_from_temporary_folder",
            "remote_thread_in_system_process",
            "shadow_copies_deleted",
            "boot_recovery_disabled",
            "ransom_note_written",
            "file_renamed_by_ransomware",
            "security_log_cleared",
        ),
        script=phishing_ransomware.play,
    ),
    Scenario(
        id="web_exploit",
        title="Marketing site exploited: SQL injection, web shell, reverse connection",
        about=web_exploit.__doc__ or "",
        at=13.4 * _HOUR,
        length=400,
        category="network_attack",
        expected_level="P2",
        reason="Network attack: the marketing site is a general system, attacked many times and entered.",
        expected_rules=rule_ids(
            "web_path_traversal_attempt",
            "web_sql_injection_attempt",
            "web_sql_injection_answered",
            "web_password_file_served",
            "web_shell_parameter",
            "web_server_starts_shell",
            "reverse_shell_command",
            "script_written_to_web_root",
            "outbound_to_shell_port",
        ),
        script=web_exploit.play,
    ),
    Scenario(
        id="cloud_key_abuse",
        title="Leaked AWS key: new administrator, logging stopped, customer exports read",
        about=cloud_key_abuse.__doc__ or "",
        at=17.2 * _HOUR,
        length=520,
        category="data_security",
        expected_level="P1",
        reason="Data security: the AWS account is an important system and loses 460 files of customer data.",
        expected_rules=rule_ids(
            "aws_caller_identity_asked",
            "aws_call_refused",
            "aws_user_created",
            "aws_access_key_created",
            "aws_administrator_policy_attached",
            "aws_trail_stopped",
            "aws_gpu_machines_started",
            "aws_object_read_by_user_key",
        ),
        script=cloud_key_abuse.play,
    ),
)
"""All scenarios, in the order of their hour in the day."""

ALL: tuple[str, ...] = tuple(scenario.id for scenario in SCENARIOS)
"""Ids of all scenarios."""

__all__ = ["ALL", "SCENARIOS", "Performance", "Scenario", "Stage", "scenario"]


def scenario(name: str) -> Scenario:
    """Return the scenario of this id; KeyError if there is none."""
    for candidate in SCENARIOS:
        if candidate.id == name:
            return candidate
    raise KeyError(name)
