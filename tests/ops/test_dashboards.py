"""The dashboards: their form, their queries read by promtool, and what each shows of a real system.

``queries()`` is what test_system.py runs in a real Prometheus; what a crawl alone cannot feed is named here.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from tools.dashboards import GRAFANA, dashboards

register_default_plugins()
Thing = dict[str, Any]
DASHBOARDS = {path.stem: json.loads(path.read_text()) for path in sorted(GRAFANA.glob("dashboards/*.json"))}
UIDS = {f"travelcrawl-{name}" for name in ("overview", "crawl", "data", "api", "logs", "infrastructure")}
ONLY_A_CLUSTER = {"Pods: memory", "Pods: processor", "Pods: restarts"}
ONLY_THE_API = {"api"}
"""Dashboards that come to life with it."""
ONLY_PLACES = {"Match decisions", "Datum: median offset of matched pairs"}
"""Panels of what the stores will tell once listings are matched in them."""
SOURCES = {
    one["uid"]: one
    for one in yaml.safe_load((GRAFANA / "provisioning/datasources/travelcrawl.yml").read_text())["datasources"]
}
PANELS = [
    pytest.param(panel, id=f"{name}-{panel['title']}") for name, one in DASHBOARDS.items() for panel in one["panels"]
]


def queries() -> Iterator[tuple[str, str, str]]:
    """Yield dashboard, panel and PromQL as Grafana sends it, of all that a crawl with its exporters feeds."""
    for name, one in DASHBOARDS.items():
        for panel in one["panels"]:
            excused = panel["title"] in ONLY_A_CLUSTER | ONLY_PLACES or panel["type"] == "logs"
            if name not in ONLY_THE_API and not excused:
                yield from ((name, panel["title"], filled(target["expr"])) for target in panel["targets"])


def filled(expression: str) -> str:
    """Return a query with Grafana's variables as on a first look: all platforms, the last hours."""
    for variable, value in (("$platform", ".*"), ("$__rate_interval", "1m"), ("$__range", "6h")):
        expression = expression.replace(variable, value)
    assert "$" not in expression, expression
    return expression


def test_files_are_made_of_panels_yml() -> None:
    for path, text in dashboards().items():
        assert path.read_text() == text, "run make dashboards"
    assert {path.stem for path in dashboards()} == DASHBOARDS.keys()


def test_uids_are_those_that_links_and_habits_depend_on() -> None:
    assert {one["uid"] for one in DASHBOARDS.values()} == UIDS


@pytest.mark.parametrize("name", DASHBOARDS)
def test_form(name: str) -> None:
    one = DASHBOARDS[name]
    # Bare: provisioning does not read the envelope of the HTTP API.
    assert "dashboard" not in one
    assert "id" not in one
    assert (one["refresh"], one["time"]["from"]) == ("5s", "now-6h")
    variables = {variable["name"]: variable for variable in one["templating"]["list"]}
    used = set(re.findall(r"\$(?!__)(\w+)", json.dumps([panel["targets"] for panel in one["panels"]])))
    assert used == variables.keys()
    assert all(variable["multi"] and variable["includeAll"] for variable in variables.values())
    numbers = [panel["id"] for panel in one["panels"]]
    titles = [panel["title"] for panel in one["panels"]]
    assert len(set(numbers)) == len(set(titles)) == len(numbers)


@pytest.mark.parametrize("name", DASHBOARDS)
def test_grafana_knows_each_field(name: str) -> None:
    """Its own types drop what they do not know, such as a misspelt option."""
    read = json.loads(JSONEncoder().encode(Dashboard.from_json(DASHBOARDS[name])))
    assert list(lost(DASHBOARDS[name], read)) == []


def lost(written: Any, read: Any, where: str = "") -> Iterator[str]:
    """Yield the places at which something that was written is not read."""
    if isinstance(written, dict) and isinstance(read, dict):
        for key, value in written.items():
            yield from lost(value, read.get(key, "nothing"), f"{where}/{key}")
    elif isinstance(written, list) and isinstance(read, list) and len(written) == len(read):
        for number, (one, other) in enumerate(zip(written, read, strict=True)):
            yield from lost(one, other, f"{where}/{number}")
    elif written != read:
        yield where


@pytest.mark.parametrize("name", DASHBOARDS)
def test_panels_do_not_overlap(name: str) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARDS[name]["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert at["x"] + at["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells


@pytest.mark.parametrize("panel", PANELS)
def test_panel_is_of_a_kind_that_grafana_still_has_and_of_a_source_that_is_there(panel: Thing) -> None:
    assert panel["type"] in {"timeseries", "stat", "table", "status-history", "logs"}
    for target in panel["targets"]:
        assert SOURCES[target["datasource"]["uid"]]["type"] == target["datasource"]["type"]
    for share in (
        "crawler_queue_depth",
        "crawler_proxy_pool_size",
        "crawler_breaker_state",
        "crawler_datum_offset_meters",
    ):
        for target in panel["targets"]:
            for place in re.finditer(share, target["expr"]):
                assert re.search(r"max(?: by \([^)]*\) ?)?\($", target["expr"][: place.start()]), target["expr"]


def test_colours_change_where_alerts_do() -> None:
    colours = {
        panel["title"]: panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
        for panel in DASHBOARDS["overview"]["panels"]
    }
    assert [(step["value"], step["color"]) for step in colours["Success"]] == [
        (None, "red"),
        (0.8, "orange"),
        (0.95, "green"),
    ]
    assert [step["value"] for step in colours["Quality"]] == [None, 0.6, 0.8]
    assert [step["value"] for step in colours["Egresses"]] == [None, 10, 50]


def test_each_query_is_promql(tmp_path: Path) -> None:
    expressions = [
        filled(target["expr"])
        for one in DASHBOARDS.values()
        for panel in one["panels"]
        for target in panel["targets"]
        if target["datasource"]["type"] == "prometheus"
    ]
    # promtool reads expressions only in rules.
    rules = [{"record": f"query:{number}", "expr": expression} for number, expression in enumerate(expressions)]
    file = tmp_path / "rules.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboards", "rules": rules}]}))
    done = subprocess.run(
        [shutil.which("promtool") or "promtool", "check", "rules", file], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(expressions)} rules found" in done.stdout


def test_sources_can_take_long_queries_and_lead_to_traces() -> None:
    prometheus = SOURCES["prometheus"]["jsonData"]
    assert prometheus["httpMethod"] == "POST"
    assert prometheus["exemplarTraceIdDestinations"] == [{"name": "trace_id", "datasourceUid": "jaeger"}]
    assert SOURCES.keys() >= {"jaeger", "loki", "alertmanager"}


def test_provisioning_finds_the_files_where_compose_mounts_them() -> None:
    (provider,) = yaml.safe_load((GRAFANA / "provisioning/dashboards/travelcrawl.yml").read_text())["providers"]
    mounts = yaml.safe_load((GRAFANA.parents[1] / "compose.yaml").read_text())["services"]["grafana"]["volumes"]
    assert f"./ops/grafana/dashboards:{provider['options']['path']}:ro" in mounts


def test_what_is_excused_is_named() -> None:
    titles = {panel["title"] for one in DASHBOARDS.values() for panel in one["panels"]}
    assert titles >= ONLY_A_CLUSTER | ONLY_PLACES
    assert len(list(queries())) > 55
