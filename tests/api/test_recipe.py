"""What the console tells people to try must do what they expect."""

from __future__ import annotations

import re

from ringfence.collect.inputs.http_hec import decode_hec
from ringfence.collect.normalise import Normaliser
from ringfence.console.services import IngestInfo
from ringfence.console.sources.recipes import recipes
from ringfence.ecs.event import Parsed


def test_the_curl_recipe_for_hec_ends_as_an_event_of_sshd() -> None:
    info = IngestInfo("http://127.0.0.1:8080", "127.0.0.1", syslog_udp=0, syslog_tcp=0, syslog_tls=0)
    text = next(recipe.text for recipe in recipes(info) if recipe.key == "curl")
    body = re.search(r"-d '(\{.*\})'", text)
    assert body is not None
    (record,) = decode_hec(body[1].encode(), {}).records
    event = Normaliser().parse(record)
    assert isinstance(event, Parsed)
    assert (event.parser, event.ecs["host.name"], event.ecs["source.ip"]) == ("sshd", "web-01", "192.0.2.7")
