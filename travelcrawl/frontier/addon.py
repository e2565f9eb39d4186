"""The frontier alone, for any Scrapy project: ``ADDONS = {"travelcrawl.frontier.addon.FrontierAddon": 100}``."""

from __future__ import annotations

from scrapy.settings import BaseSettings

from travelcrawl.frontier.scheduler import Scheduler
from travelcrawl.frontier.start import StartMiddleware


class FrontierAddon:
    """Switch the scheduler on, in place of Scrapy's or scrapy-redis's.

    scrapy-redis's names stay: ``REDIS_URL``, ``SCHEDULER_QUEUE_KEY``, ``SCHEDULER_DUPEFILTER_KEY``, ``REDIS_START_URLS_KEY``. Without an
    address of Redis requests wait in a SQLite file in the folder ``JOBDIR``.
    """

    def update_settings(self, settings: BaseSettings) -> None:
        """Set scheduler and start middleware; a scheduler that the project sets for itself gives way."""
        settings.set("SCHEDULER", f"{Scheduler.__module__}.{Scheduler.__name__}", priority="spider")
        settings.setdefault_in_component_priority_dict("SPIDER_MIDDLEWARES", StartMiddleware, 50)
