"""Every page object reads its stored answers as it did when they were kept."""

from pathlib import Path

import pytest
from web_poet import HttpResponse
from web_poet.serialization import load_class
from web_poet.testing import Fixture

from travelcrawl.pages.base import page_for, pages_of

FIXTURES = sorted(path.parent for path in (Path(__file__).parents[1] / "fixtures").glob("travelcrawl.pages.*/*/inputs"))
PLATFORMS = sorted({path.parent.name.split(".")[2] for path in FIXTURES})


def label(path: Path) -> str:
    return f"{path.parent.name.removeprefix('travelcrawl.pages.')}/{path.name}"


@pytest.mark.parametrize("path", FIXTURES, ids=label)
def test_fixture(path: Path) -> None:
    Fixture(path).assert_full_item_correct(load_class(path.parent.name))


@pytest.mark.parametrize("path", FIXTURES, ids=label)
def test_its_page_is_found_by_structure_alone(path: Path) -> None:
    page = load_class(path.parent.name)
    stored = Fixture(path).get_page(page).response

    assert page_for(page.__module__.rpartition(".")[2], HttpResponse("", bytes(stored.body))) is page


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_page_class_has_a_fixture(platform: str) -> None:
    kept = {path.parent.name for path in FIXTURES}

    assert {f"travelcrawl.pages.{platform}.{name}" for name in pages_of(platform)} <= kept
