import re
from pathlib import Path

import attrs
import pytest

from travelcrawl.items import TYPES
from travelcrawl.pipelines.categories import classes
from travelcrawl.pipelines.clean import CleanPipeline
from travelcrawl.pipelines.dedupe import DedupePipeline
from travelcrawl.pipelines.enhance import EnhancePipeline
from travelcrawl.pipelines.validate import PENALTY, RULES, WEIGHTS, ValidatePipeline

TEXT = (Path(__file__).parents[2] / "docs/data.md").read_text(encoding="utf-8")
SECTIONS = {part.partition("\n")[0]: part for part in TEXT.split("\n## ")}


def test_every_reason_is_explained() -> None:
    steps = (CleanPipeline, EnhancePipeline, ValidatePipeline, DedupePipeline)
    reasons = {rule.reason for rule in RULES} | {f"{step.name}_failed" for step in steps}
    rows = re.findall(r"^\| ([a-z_, ]+) \|", SECTIONS["Quarantine"], re.MULTILINE)
    assert {reason for row in rows for reason in row.split(", ")} - {"reason"} == reasons


def test_every_class_is_named() -> None:
    assert set(SECTIONS["Enhance"].partition("The classes:")[2].split()) == classes()


@pytest.mark.parametrize("kind", TYPES)
def test_weights_are_those_of_the_code(kind: str) -> None:
    (row,) = re.findall(rf"^\| {kind} \| (.*) \|$", SECTIONS["Quality"], re.MULTILINE)
    assert [int(number) for number in re.findall(r" (\d+)", row)] == [weight for _, weight in WEIGHTS[kind]]
    assert f"- {PENALTY} ×" in SECTIONS["Quality"]
    fields = {field.name for field in attrs.fields(TYPES[kind])}
    assert {name for names, _ in WEIGHTS[kind] for name in names} <= fields
