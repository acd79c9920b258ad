"""Ids of our Sigma rules that scenarios expect to fire, by the name of the rule's file under `content/rules`."""

from __future__ import annotations

RULES: dict[str, str] = {
    "admin_share_over_network": "83f11b2d-9bbc-4685-bcc3-323c673940a8",
    "archive_with_password": "bc4b3fce-ffa3-4da6-a48e-90b3abc78239",
    "aws_access_key_created": "e53bdd6a-5c74-4bfb-b4ca-eb1645fc9448",
    "aws_administrator_policy_attached": "0577d348-ffa5-4d61-87f9-79a15db606ec",
    "aws_call_refused": "f26dd23d-bbcc-44cb-b817-d46067f2ea6c",
    "aws_caller_identity_asked": "ce358446-31ed-4ac9-a3de-d197792ea85e",
    "aws_gpu_machines_started": "63718a94-93fb-4264-9675-eabe7f134005",
    "aws_object_read_by_user_key": "be4489c8-04c3-4313-a845-7f74a8a0f3a2",
    "aws_trail_stopped": "af75f5b2-01c1-4864-916d-e1ee5b928b78",
    "aws_user_created": "eefd16ac-c730-4506-b412-d93a37b783c4",
    "boot_recovery_disabled": "138b0edc-e012-4388-bda4-0df5317bbb14",
    "defender_malware_found": "7aa1caa0-66de-4e96-8867-119277832f1d",
    "file_renamed_by_ransomware": "7cefd5c5-6385-4768-ae5d-eaa1ef2cd05a",
    "large_upload_to_internet": "801ea395-f306-49b3-9a85-585462987f1a",
    "linux_account_created": "3f0c9931-918c-40bf-9670-c342c6cce996",
    "linux_cron_download_and_run": "73f80e52-a369-48b5-a441-4c46f147ecf9",
    "linux_cron_file_written": "0ecaf828-e2f7-4553-8fcc-69d79561a0d1",
    "linux_member_of_sudo": "004498f4-b987-47c1-8c9c-26a813678d7a",
    "lsass_dump_comsvcs": "06f3179f-ec43-4ae0-a6e1-44cf0b4152c8",
    "lsass_opened_for_reading": "c78165de-8458-420c-88ba-29b1f8223c08",
    "office_macro_document_saved": "135d63cf-1293-424c-802a-2e8f96fc5ce8",
    "office_starts_shell": "a4ea3938-d429-4c52-8109-15b0875b0b21",
    "outbound_to_shell_port": "16cb6ae4-9545-4468-936c-62aea2acfe1e",
    "postgresql_catalogue_listed": "673e8eb9-d8b9-479e-8336-0d8b08f2c429",
    "postgresql_table_copied_by_person": "52e200a0-aefd-4e41-8e4e-f56377c3d00d",
    "powershell_connects_outside": "23cc390c-9354-40e3-8e1f-39485d23d1f3",
    "powershell_download_cradle": "4260ce86-ca96-4d78-ba56-9ee452a5d423",
    "powershell_encoded_command": "bdfaef42-8c7d-4431-b331-dab129ea3a7b",
    "ransom_note_written": "98067601-e537-4aea-aaa6-0f386a9bb2c4",
    "rdp_logon_from_internet": "2a832340-7e9a-42dd-9d26-0d6e8e9a8013",
    "remote_thread_in_system_process": "d4e9fa63-3313-43f0-9fa0-57702e2677a6",
    "reverse_shell_command": "b459071a-fb8a-4f9e-bf72-c46dca8fbe35",
    "run_key_with_script": "4d1dd7de-07c1-437b-95d0-c57b811008b7",
    "script_written_to_web_root": "5a3c1fbd-f9da-4bf3-a816-96a68afe2312",
    "security_log_cleared": "7b9ea66e-083b-4317-b614-c6aa1bfc22ea",
    "service_from_temporary_folder": "d9a3ce9e-cbc1-4674-b12d-1e51dd71029e",
    "shadow_copies_deleted": "65ae2ffd-a436-41f3-bdcb-161ad81d3a39",
    "sshd_password_login": "e0a3a91f-2346-4c13-bc27-ed12b10877a9",
    "sshd_unknown_user": "cbf27734-ac10-4525-8b66-402800e03d2c",
    "sshd_wrong_password": "f3c95789-ace1-4954-ac5d-6baed2eac902",
    "sudo_account_tool": "6caf76a5-7035-48ae-8280-ad3729a6f2e7",
    "sudo_shadow_or_shell": "f1260ebc-7d56-4b56-b714-dc919b27dbdf",
    "web_password_file_served": "08c27691-343e-4436-937b-8ceff4c0b0a7",
    "web_path_traversal_attempt": "d757a0a7-238c-4822-96df-7dfa02238784",
    "web_server_starts_shell": "c1af4465-06f1-42fc-a101-0f154a9f2968",
    "web_shell_parameter": "01907a11-0ffb-4296-a316-7aa570961e16",
    "web_sql_injection_answered": "836939b1-8dd6-416d-af6f-3225c28ec595",
    "web_sql_injection_attempt": "aff0c3d0-3d4a-4dcf-8656-a1258c37e876",
}


def rule_ids(*names: str) -> tuple[str, ...]:
    """Return the ids of the rules with these file names."""
    return tuple(RULES[name] for name in names)
