"""What ``-s NAME=VALUE`` and schedule.json say is looked at before a crawl begins; Scrapy would end it with a traceback, midway."""

from __future__ import annotations

from scrapy.settings import BaseSettings

from travelcrawl import settings as ours
from travelcrawl.environment import LEVELS, SWITCHES, is_level, number_of
from travelcrawl.errors import UsageError

DEFAULTS = {name: value for name, value in vars(ours).items() if name.isupper()}


def check_settings(settings: BaseSettings) -> None:
    """Raise UsageError where a setting of settings.py that is a number, a switch or a level is set to none."""
    for name, default in DEFAULTS.items():
        said = settings.get(name, default)
        if isinstance(default, bool):
            if str(said).lower() not in SWITCHES:
                raise UsageError(f"{name} is {said!r}; it must be true or false")
        elif isinstance(default, int | float) and number_of(said) is None:
            raise UsageError(f"{name} is {said!r}; it must be a number")
    if not is_level(said := settings.get("LOG_LEVEL", "INFO")):
        raise UsageError(f"LOG_LEVEL is {said!r}; it must be {LEVELS}")
