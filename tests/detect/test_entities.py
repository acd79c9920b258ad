import pytest

from ringfence.detect import EntityType, RuleInfo, aliases_of, entity_of, order_of, user_key

EVERYTHING = {
    "host.name": "WS-17.example.com",
    "user.name": "EXAMPLE\\M.Chen",
    "source.ip": "203.0.113.7",
    "destination.ip": "192.0.2.9",
}


@pytest.mark.parametrize(
    ("product", "category", "service", "expected"),
    [
        ("windows", "process_creation", "", (EntityType.HOST, "ws-17.example.com")),
        ("windows", "", "security", (EntityType.HOST, "ws-17.example.com")),
        ("linux", "", "sshd", (EntityType.SOURCE, "203.0.113.7")),
        ("", "webserver", "", (EntityType.SOURCE, "203.0.113.7")),
        ("zeek", "", "conn", (EntityType.SOURCE, "203.0.113.7")),
        ("aws", "", "cloudtrail", (EntityType.USER, "example\\m.chen")),
        ("okta", "", "okta", (EntityType.USER, "example\\m.chen")),
        ("", "database", "", (EntityType.USER, "example\\m.chen")),
        ("", "", "", (EntityType.HOST, "ws-17.example.com")),
    ],
)
def test_the_log_source_chooses_the_entity(product, category, service, expected):
    rule = RuleInfo("r", "t", product=product, category=category, service=service)
    assert entity_of(EVERYTHING, order_of(rule)) == expected


def test_a_failed_login_is_about_the_client_address():
    order = order_of(RuleInfo("r", "t", product="windows", service="security"))
    assert entity_of({**EVERYTHING, "event.outcome": "failure"}, order) == (EntityType.SOURCE, "203.0.113.7")
    local = {**EVERYTHING, "event.outcome": "failure", "source.ip": "127.0.0.1"}
    assert entity_of(local, order) == (EntityType.HOST, "ws-17.example.com")


def test_what_is_missing_falls_through_and_nothing_is_other():
    order = order_of(RuleInfo("r", "t", product="aws"))
    assert entity_of({"user.name": "-", "source.ip": "198.51.100.4"}, order) == (EntityType.SOURCE, "198.51.100.4")
    assert entity_of({"host.ip": ["192.0.2.1", "192.0.2.2"]}, order) == (EntityType.HOST, "192.0.2.1")
    assert entity_of({}, order) == (EntityType.OTHER, "")


def test_users_have_one_key_in_all_spellings():
    assert [user_key(name) for name in ("EXAMPLE\\M.Chen", "m.chen@example.com", "m.chen", "@odd")] == [
        "m.chen",
        "m.chen",
        "m.chen",
        "@odd",
    ]


def test_aliases_are_the_short_forms():
    assert aliases_of("host", "FS01.example.com") == ["fs01"]
    assert aliases_of("host", "fs01") == []
    assert aliases_of("host", "192.0.2.1") == []
    assert aliases_of("user", "EXAMPLE\\M.Chen") == ["m.chen"]
    assert aliases_of("source", "192.0.2.1") == []
