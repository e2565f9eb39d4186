"""settings.py, the components that read it and docs/settings.md name the same settings."""

import ast
import os
import re
from pathlib import Path

import pytest

from tests import programs

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "travelcrawl"
SOURCE = (PACKAGE / "settings.py").read_text(encoding="utf-8")


def from_environment() -> set[str]:
    return set(re.findall(r'(?:environ\.get|number|count|switch|level)\("(\w+)"', SOURCE))


def documented() -> set[str]:
    return set(re.findall(r"^\| ([A-Z_]+) \|", (ROOT / "docs/settings.md").read_text(encoding="utf-8"), re.MULTILINE))


def defined() -> set[str]:
    return {
        target.id
        for node in ast.parse(SOURCE).body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def test_every_setting_of_the_environment_is_documented_and_nothing_else() -> None:
    assert documented() == from_environment()


def test_each_is_set_under_its_own_name() -> None:
    assert from_environment() <= defined()


def test_what_the_package_reads_is_defined() -> None:
    read = {
        name
        for path in PACKAGE.rglob("*.py")
        for name in re.findall(r'settings(?:\.get\w*\(|\[)"(TRAVELCRAWL_\w+)"', path.read_text(encoding="utf-8"))
    }
    assert read <= defined()


def test_nothing_listens_or_runs_code_sent_to_it() -> None:
    from travelcrawl import settings

    assert settings.TELNETCONSOLE_ENABLED is False
    assert settings.REMOTE_CONTROL_ENABLED is False
    assert settings.DOWNLOAD_VERIFY_CERTIFICATES is True


@pytest.mark.parametrize("name", ["DOWNLOADER_MIDDLEWARES", "ITEM_PIPELINES", "EXTENSIONS"])
def test_every_component_exists(name: str) -> None:
    from scrapy.utils.misc import load_object

    from travelcrawl import settings

    for path, order in getattr(settings, name).items():
        assert load_object(path)
        assert order is None or order >= 0


@pytest.mark.parametrize(("listed", "found"), [("", "http://one:1"), ("http://two:2", "http://two:2")])
def test_http_proxy_is_the_egress_where_none_is_listed(listed: str, found: str) -> None:
    env = {**os.environ, "HTTP_PROXY": "http://one:1", "TRAVELCRAWL_PROXIES": listed}
    done = programs.run("-m", "scrapy", "settings", "--get", "TRAVELCRAWL_PROXIES", env=env)
    assert done.stdout.strip() == found, done.stderr
