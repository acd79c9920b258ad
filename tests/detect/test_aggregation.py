from dataclasses import replace

from tests.detect.signals import HOUR, MINUTE, NOON, RULES, signal

from ringfence.detect import AlertDelta, EntityType, aggregate
from ringfence.detect.aggregation import Known, alert_id, key_of
from ringfence.detect.model import MAX_ENTITIES_PER_RULE, Window

SUBJECT = ("default", "ps", EntityType.HOST, "ws1")


def spans(deltas: list[AlertDelta]) -> list[tuple[str, int, int, int]]:
    return [(d.entity, d.first - NOON, d.last - NOON, d.count) for d in deltas]


def test_signals_of_one_rule_and_host_are_one_alert():
    signals = [signal(n, NOON + n * MINUTE, "ps", host_name="WS1", user_name=f"u{n}") for n in range(15)]
    (delta,) = aggregate(signals, RULES)
    assert delta == AlertDelta(
        id=alert_id(SUBJECT, NOON),
        key=key_of(SUBJECT),
        tenant="default",
        rule_id="ps",
        entity_type=EntityType.HOST,
        entity="ws1",
        window_start=NOON,
        first=NOON,
        last=NOON + 14 * MINUTE,
        count=15,
        fresh=True,
        samples=[s.event_id for s in signals[:10]],
        entities={"host": {"WS1": None}, "user": {f"u{n}": None for n in range(15)}},
    )


def test_an_alert_runs_over_the_border_of_the_hour():
    times = (NOON + 55 * MINUTE, NOON + 65 * MINUTE, NOON + 120 * MINUTE)
    deltas = aggregate([signal(n, time, "ps", host_name="ws1") for n, time in enumerate(times)], RULES)
    assert spans(deltas) == [("ws1", 55 * MINUTE, 120 * MINUTE, 3)]
    assert deltas[0].window_start == NOON


def test_an_hour_of_silence_begins_a_new_alert():
    times = (NOON, NOON + HOUR + 1)
    deltas = aggregate([signal(n, time, "ps", host_name="ws1") for n, time in enumerate(times)], RULES)
    assert spans(deltas) == [("ws1", 0, 0, 1), ("ws1", HOUR + 1, HOUR + 1, 1)]
    assert [d.window_start - NOON for d in deltas] == [0, HOUR]


def test_a_rule_that_never_rests_gives_one_alert_a_day():
    signals = [signal(n, NOON + n * 30 * MINUTE, "ps", host_name="ws1") for n in range(3 * 48)]
    deltas = aggregate(signals, RULES)
    assert [d.count for d in deltas] == [49, 49, 46]


def test_late_signals_join_the_alert_they_are_next_to():
    times = (NOON + 2 * HOUR, NOON + 5 * HOUR, NOON + 90 * MINUTE)
    deltas = aggregate([signal(n, time, "ps", host_name="ws1") for n, time in enumerate(times)], RULES)
    assert spans(deltas) == [("ws1", 90 * MINUTE, 2 * HOUR, 2), ("ws1", 5 * HOUR, 5 * HOUR, 1)]


def test_a_signal_between_two_alerts_joins_the_later_one():
    times = (NOON, NOON + 105 * MINUTE, NOON + 50 * MINUTE)
    deltas = aggregate([signal(n, time, "ps", host_name="ws1") for n, time in enumerate(times)], RULES)
    assert spans(deltas) == [("ws1", 0, 0, 1), ("ws1", 50 * MINUTE, 105 * MINUTE, 2)]


def test_a_closed_alert_is_left_alone_but_keeps_its_hour():
    closed = Window(alert_id(SUBJECT, NOON), NOON, NOON, NOON, closed=True)
    known = Known({SUBJECT: [closed]})
    same_hour, next_hour = (NOON + 59 * MINUTE, NOON + 60 * MINUTE)
    (first,) = aggregate([signal(1, same_hour, "ps", host_name="ws1")], RULES, known)
    (second,) = aggregate([signal(1, next_hour, "ps", host_name="ws1")], RULES, known)
    assert (first.id, first.fresh) == (closed.id, False)
    assert (second.id, second.fresh) == (alert_id(SUBJECT, NOON + HOUR), True)
    both = aggregate(
        [signal(1, same_hour, "ps", host_name="ws1"), signal(2, next_hour, "ps", host_name="ws1")], RULES, known
    )
    assert [d.id for d in both] == [first.id, second.id]


def test_very_many_entities_collapse_into_one_alert():
    signals = [signal(n, NOON + n, "ps", host_name=f"ws{n}") for n in range(MAX_ENTITIES_PER_RULE + 40)]
    signals += [signal(9999, NOON + MINUTE, "ps", host_name="ws3")]
    deltas = aggregate(signals, RULES)
    assert len(deltas) == MAX_ENTITIES_PER_RULE + 1
    many = deltas[-1]
    assert (many.entity_type, many.entity, many.count) == (EntityType.MANY, "*", 40)
    assert len(many.entities["host"]) == 20
    assert next(d.count for d in deltas if d.entity == "ws3") == 2


def test_the_bound_counts_what_was_opened_before_and_is_per_tenant_and_rule():
    known = Known(opened={("default", "ps", NOON): MAX_ENTITIES_PER_RULE})
    signals = [
        signal(1, NOON, "ps", host_name="ws1"),
        signal(2, NOON, "ps", host_name="ws1", tenant="other"),
        signal(3, NOON, "ssh", source_ip="203.0.113.7"),
        signal(4, NOON + HOUR, "ps", host_name="ws1"),
    ]
    found = [(d.tenant, d.rule_id, d.entity_type, d.window_start - NOON) for d in aggregate(signals, RULES, known)]
    assert found == [
        ("default", "ps", EntityType.MANY, 0),
        ("other", "ps", EntityType.HOST, 0),
        ("default", "ssh", EntityType.SOURCE, 0),
        ("default", "ps", EntityType.HOST, HOUR),
    ]


def test_an_event_counts_for_every_rule_that_matched():
    deltas = aggregate([signal(1, NOON, "ps", "ssh", host_name="ws1", source_ip="203.0.113.7")], RULES)
    assert [(d.rule_id, d.entity) for d in deltas] == [("ps", "ws1"), ("ssh", "203.0.113.7")]


def test_long_and_many_values_are_bounded():
    signals = [signal(n, NOON, "ps", host_name="ws1", file_name=f"{n}" + "x" * 5000) for n in range(100)]
    (delta,) = aggregate(signals, RULES)
    assert [len(value) for value in delta.entities["file"]] == [200] * 20


def test_tenants_never_share_an_alert():
    one = signal(1, NOON, "ps", host_name="ws1")
    deltas = aggregate([one, replace(one, tenant="other")], RULES)
    assert len({d.id for d in deltas}) == 2
