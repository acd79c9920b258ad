from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ringfence.collect.inputs.tls_certificate import ensure_certificate
from ringfence.core.errors import UsageError
from ringfence.runtime.settings import check_tls, read_settings


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("PORT", "abc", "RINGFENCE_PORT is 'abc', expected is a whole number from 0 to 65535"),
        ("PORT", "70000", "RINGFENCE_PORT is '70000', expected is a whole number from 0 to 65535"),
        ("SYSLOG_TCP", "-1", "RINGFENCE_SYSLOG_TCP is '-1', expected is a whole number from 0 to 65535"),
        ("RETENTION_DAYS", "0", "RINGFENCE_RETENTION_DAYS is '0', expected is a whole number from 1 up"),
        ("DEMO", "perhaps", "RINGFENCE_DEMO is 'perhaps', expected is true or false"),
        ("LOG_LEVEL", "loud", "RINGFENCE_LOG_LEVEL is 'loud', expected is debug, info, warning or error"),
        ("RULES", '["a"', "RINGFENCE_RULES is '[\"a\"', expected is a list of paths with : between, or a JSON list"),
        ("RULES", "[1]", "RINGFENCE_RULES is '1', expected is a list of paths with : between, or a JSON list"),
    ],
)
def test_a_wrong_variable_is_named(monkeypatch: pytest.MonkeyPatch, variable: str, value: str, words: str) -> None:
    monkeypatch.setenv(f"RINGFENCE_{variable}", value)
    with pytest.raises(UsageError) as caught:
        read_settings()
    assert str(caught.value) == words


def test_a_wrong_option_is_named_as_an_option() -> None:
    with pytest.raises(UsageError) as caught:
        read_settings(port=70000)
    assert str(caught.value) == "--port is '70000', expected is a whole number from 0 to 65535"


@pytest.mark.parametrize(
    ("value", "paths"),
    [
        ("/etc/rules", ["/etc/rules"]),
        ("/etc/rules:more rules:", ["/etc/rules", "more rules"]),
        ('["/etc/rules", "c:/rules"]', ["/etc/rules", "c:/rules"]),
        (' ["a"]', ["a"]),
        ("", []),
    ],
)
def test_rules_are_a_list_of_paths(monkeypatch: pytest.MonkeyPatch, value: str, paths: list[str]) -> None:
    monkeypatch.setenv("RINGFENCE_RULES", value)
    assert read_settings().rules == [Path(path) for path in paths]


def test_log_level_in_any_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGFENCE_LOG_LEVEL", "WARNING")
    assert read_settings().log_level == "warning"


def test_tls_files_must_be_there_readable_and_a_pair(tmp_path: Path) -> None:
    certificate, key = ensure_certificate(tmp_path / "a", ["localhost"], datetime(2026, 1, 1, tzinfo=UTC))
    _, other = ensure_certificate(tmp_path / "b", ["localhost"], datetime(2026, 1, 1, tzinfo=UTC))
    gone = tmp_path / "gone.pem"
    rubbish = tmp_path / "rubbish.pem"
    rubbish.write_text("no certificate\n")
    check_tls(read_settings())
    check_tls(read_settings(tls_cert=certificate, tls_key=key))
    wrong: list[tuple[Path | None, Path | None, str]] = [
        (certificate, None, "RINGFENCE_TLS_CERT is set and RINGFENCE_TLS_KEY is not (set both or none)"),
        (None, key, "RINGFENCE_TLS_KEY is set and RINGFENCE_TLS_CERT is not (set both or none)"),
        (gone, key, f"RINGFENCE_TLS_CERT: cannot read {gone}: No such file or directory"),
        (certificate, gone, f"RINGFENCE_TLS_KEY: cannot read {gone}: No such file or directory"),
        (certificate, tmp_path, f"RINGFENCE_TLS_KEY: cannot read {tmp_path}: Is a directory"),
        (certificate, other, f"{certificate} and {other} are no certificate and its key in PEM (KEY_VALUES_MISMATCH)"),
    ]
    for cert, secret, words in wrong:
        with pytest.raises(UsageError) as caught:
            check_tls(read_settings(tls_cert=cert, tls_key=secret))
        assert str(caught.value) == words
    with pytest.raises(UsageError, match="are no certificate and its key in PEM"):
        check_tls(read_settings(tls_cert=rubbish, tls_key=key))


def test_an_encrypted_key_is_refused_instead_of_asked_for(tmp_path: Path) -> None:
    certificate, key = ensure_certificate(tmp_path, ["localhost"])
    made = serialization.load_pem_private_key(key.read_bytes(), None)
    assert isinstance(made, ec.EllipticCurvePrivateKey)
    key.write_bytes(
        made.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"sesame"),
        )
    )
    with pytest.raises(UsageError, match="the TLS key is encrypted"):
        check_tls(read_settings(tls_cert=certificate, tls_key=key))
