from __future__ import annotations

import re
from pathlib import Path

import pytest

from travelcrawl.extensions.figures import FAMILIES, MOST, NAMED, STATS, Labels

ROOT = Path(__file__).parents[2]
DOCS = (ROOT / "docs/metrics.md").read_text(encoding="utf-8")


def test_the_docs_name_every_metric_with_its_type_and_labels() -> None:
    rows = re.findall(r"^\| (\w+) \| (counter|gauge|histogram) \| ([\w, ]*) \|", DOCS, re.MULTILINE)
    assert rows == [(family.name, family.kind, ", ".join(family.labels)) for family in FAMILIES]


def test_the_docs_name_every_stat_that_becomes_a_metric() -> None:
    rows = re.findall(r"^\| ([\w/{}]+) \| (\w+) \| ([\w=, .]*) \|$", DOCS, re.MULTILINE)
    told = [
        (stat.path, stat.metric, ", ".join(f"{name}={value}" for name, value in stat.fixed.items())) for stat in STATS
    ]
    assert rows == told


def test_what_a_stat_says_are_labels_of_its_metric() -> None:
    for stat in STATS:
        said = {*re.findall(r"{(\w+)}", stat.path), *stat.fixed, "platform"}
        assert {*NAMED[stat.metric].labels} <= said, stat


def test_every_metric_of_ours_that_a_rule_or_a_scaler_asks_for_is_there() -> None:
    asked = set()
    for file in (ROOT / "ops/prometheus/rules").glob("*.yml"):
        asked |= {*re.findall(r"(?<![:\w])crawler_\w+", file.read_text(encoding="utf-8"))}
    # The API's come with it; one is a recording rule.
    asked = {name for name in asked if not name.startswith(("crawler_api_", "crawler_requests_per_second"))}
    assert {re.sub(r"_(bucket|sum|count)$", "", name) for name in asked} <= NAMED.keys()


@pytest.mark.parametrize(
    ("stat", "name", "labels"),
    [
        ("verdict/{verdict}/{platform}", "verdict/ok/ctrip", {"verdict": "ok", "platform": "ctrip"}),
        ("verdict/{verdict}/{platform}", "verdict/ok", None),
        ("verdict/{verdict}/{platform}", "verdict/ok/a/b", None),
        ("frontier/acked", "frontier/acked", {"status": "success"}),
        ("frontier/acked", "frontier/acked2", None),
        ("relief/{action}/on", "relief/concurrency/on", {"action": "concurrency"}),
    ],
)
def test_labels_of_a_stat(stat: str, name: str, labels: dict[str, str] | None) -> None:
    (one,) = [one for one in STATS if one.path == stat]
    assert one.labels(name) == labels


@pytest.mark.parametrize(
    ("label", "value", "bounded"),
    [
        ("verdict", "ok", "ok"),
        ("verdict", "OK", "other"),
        ("cause", "crash", "crash"),
        ("cause", "x' OR 1=1", "other"),
        ("city", "成都市", "成都市"),
        ("city", 'x"} 1\nevil{a="', "other"),
        ("city", "", "other"),
        ("city", "a" * 65, "other"),
        ("city", "two words", "other"),
        ("reason", "\ud800", "other"),
    ],
)
def test_hostile_values(label: str, value: str, bounded: str) -> None:
    assert Labels().bounded("metric", label, value) == bounded


def test_no_more_values_than_a_label_may_have() -> None:
    labels = Labels()
    said = {labels.bounded("metric", "reason", f"r{number}") for number in range(1000)}
    assert len(said) == MOST + 1
    assert labels.bounded("metric", "reason", "r0") == "r0"
    # One that is flooded floods no other.
    assert labels.bounded("another", "reason", "r999") == "r999"
