from ringfence.core.message import Message, render


def test_a_message_renders_in_english_from_its_key():
    message = Message("Brute force from {source} against {host}", {"source": "203.0.113.7", "host": "bastion01"})
    assert message.english() == "Brute force from 203.0.113.7 against bastion01"


def test_a_missing_value_leaves_the_placeholder():
    assert Message("On {host}").english() == "On {host}"


def test_values_are_never_read_as_templates():
    assert render("user {user}, {count}", {"user": "{count}", "count": 3}) == "user {count}, 3"
    assert render("{user.__class__} {0}", {"user": "x"}) == "{user.__class__} {0}"


def test_json_round_trip():
    message = Message("{count} hosts", {"count": 3})
    assert message.to_json() == {"key": "{count} hosts", "params": {"count": 3}}
    assert Message.from_json(message.to_json()) == message
