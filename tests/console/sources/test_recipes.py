from __future__ import annotations

import yaml

from ringfence.console.services import IngestInfo
from ringfence.console.sources.recipes import recipes


def test_every_recipe_names_this_installation() -> None:
    info = IngestInfo("https://siem.example.com", "192.0.2.10", syslog_tcp=5514)
    texts = {recipe.key: recipe.text for recipe in recipes(info)}
    assert list(texts) == ["rsyslog", "logger", "curl", "fluent-bit", "filebeat", "vector", "otel"]
    assert 'target="192.0.2.10" port="5514"' in texts["rsyslog"]
    assert "Port              443\n    TLS               On" in texts["fluent-bit"]
    assert yaml.safe_load(texts["filebeat"])["output.elasticsearch"]["hosts"] == ["https://siem.example.com/elastic"]
    assert yaml.safe_load(texts["vector"])["sinks"]["ringfence"]["endpoint"] == "https://siem.example.com"
    exporter = yaml.safe_load(texts["otel"])["exporters"]["otlphttp"]
    assert exporter["logs_endpoint"] == "https://siem.example.com/v1/logs"


def test_without_syslog_there_is_no_syslog_recipe() -> None:
    assert recipes(IngestInfo("http://127.0.0.1:8080", "127.0.0.1"))[0].key == "curl"
