"""docs/operations.md and docs/security.md: every alert has its section, and what they name is there."""

import re
from pathlib import Path

import pytest
import yaml

from tests.ops.test_prometheus import ALERTS
from travelcrawl.extensions.figures import NAMED

ROOT = Path(__file__).parents[2]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
SECURITY = (ROOT / "docs" / "security.md").read_text()
RUNBOOK = dict(re.findall(r"^### (\w+)\n\n(.*?)(?=\n##)", OPERATIONS, re.M | re.S))


@pytest.mark.parametrize("alert", sorted({rule["alert"] for rule in ALERTS}))
def test_alert_has_a_section_that_says_what_to_do(alert: str) -> None:
    words = re.findall(r"^\*\*(\w+)\*\* \S", RUNBOOK[alert], re.M)
    assert words == ["Means", "Look", "Do"]


def test_no_section_is_of_an_alert_that_is_gone() -> None:
    assert RUNBOOK.keys() == {rule["alert"] for rule in ALERTS}
    assert OPERATIONS.count("\n### ") == len(RUNBOOK)


def test_panels_that_are_named_are_there() -> None:
    panels = yaml.safe_load((ROOT / "ops" / "grafana" / "panels.yml").read_text())["dashboards"]
    named = re.findall(r"\*(overview|crawl|data|api|infrastructure)\*(?:, (?:panel )?([A-Z][^;.,()?]*))?", OPERATIONS)
    assert len(named) > 15
    for dashboard, panel in named:
        titles = {one["title"] for one in panels[dashboard]}
        wanted = re.split(r" and (?=[A-Z])", " ".join(panel.split()))[0]
        assert not wanted or any(
            wanted.startswith(title.split(":")[0]) or title.startswith(wanted) for title in titles
        ), (dashboard, panel)


def test_commands_that_are_named_are_there() -> None:
    commands = {path.stem for path in (ROOT / "travelcrawl" / "commands").glob("*.py")} | {"list"}
    named = set(re.findall(r"`(?:\.venv/bin/)?scrapy ([a-z]+)", OPERATIONS + SECURITY))
    assert named <= commands
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    assert {
        word for line in re.findall(r"(?:`|^    )make ([a-z -]+)", OPERATIONS + SECURITY, re.M) for word in line.split()
    } <= targets


@pytest.mark.parametrize("text", [OPERATIONS, SECURITY], ids=["operations", "security"])
def test_files_that_are_named_are_there(text: str) -> None:
    named = set(re.findall(r"\b(?:tests|ops|k8s|docs)/[\w./-]*\w", text)) | set(
        re.findall(r"\]\(([\w.-]+\.md)\)", text)
    )
    missing = {name for name in named if not (ROOT / name).exists() and not (ROOT / "docs" / name).exists()}
    assert missing - {"ops/prometheus/targets/crawler-NAME.json"} == set()


def test_each_component_has_a_metric_that_is_there() -> None:
    table = re.findall(r"^\| ([^|]+) \| ((?:`\w+`(?:, )?)+) \| ([\w, ]+) \|$", OPERATIONS, re.M)
    assert len(table) == 9
    jobs = {
        job["job_name"]
        for job in yaml.safe_load((ROOT / "ops/prometheus/prometheus.yml").read_text())["scrape_configs"]
    }
    assert {job for _, _, names in table for job in names.split(", ")} == jobs - {"api"}
    metrics = {name for _, names, _ in table for name in re.findall(r"\w+", names)}
    assert {name for name in metrics if name.startswith("crawler_")} <= NAMED.keys()


def test_the_seven_points_are_seven() -> None:
    assert re.findall(r"^\| (\d) \|", OPERATIONS, re.M) == [str(number) for number in range(1, 8)]
