"""The access layer alone, for any Scrapy project: ``ADDONS = {"travelcrawl.middlewares.addon.AccessAddon": 200}``."""

from __future__ import annotations

from typing import Any

from scrapy.downloadermiddlewares.cookies import CookiesMiddleware as ScrapysCookies
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.settings import BaseSettings
from scrapy.utils.misc import load_object

from travelcrawl.frontier.scheduler import is_ours
from travelcrawl.middlewares.agreement import AgreementMiddleware
from travelcrawl.middlewares.cookies import CookiesMiddleware
from travelcrawl.middlewares.handler import OnceHandler
from travelcrawl.middlewares.robots import RobotsMiddleware
from travelcrawl.middlewares.session import SessionMiddleware
from travelcrawl.middlewares.verdict import VerdictMiddleware
from travelcrawl.middlewares.waiting import WaitingScheduler

HELD = 48 * 1024 * 1024
"""Bytes of answers in work, where the project does not say."""


class AccessAddon:
    """Switch on budgets, egresses, identities, sessions, verdicts, robots.txt and agreement, over the project's own scheduler.

    What the project says stays: ``ROBOTSTXT_OBEY`` decides whether robots.txt is asked, ``DOWNLOAD_DELAY`` becomes the rate, a
    ``USER_AGENT`` of its own is worn in place of a browser's, ``COOKIES_ENABLED`` and ``CONCURRENT_REQUESTS_PER_DOMAIN`` hold. A request
    is sent again by its verdict and waits for its budget, so Scrapy's retry middleware and AutoThrottle are off.
    """

    def update_settings(self, settings: BaseSettings) -> None:
        """Put ours in the place of Scrapy's."""
        name = "DOWNLOADER_MIDDLEWARES"
        ours: list[tuple[type, int]] = [(SessionMiddleware, 110), (VerdictMiddleware, 610), (CookiesMiddleware, 700)]
        theirs: list[type] = [RetryMiddleware, ScrapysCookies]
        if settings.getbool("ROBOTSTXT_OBEY"):
            ours.append((RobotsMiddleware, 100))
            theirs.append(RobotsTxtMiddleware)
        for middleware in theirs:
            settings.set_in_component_priority_dict(name, middleware, None)
        for middleware, order in ours:
            settings.setdefault_in_component_priority_dict(name, middleware, order)
        # Nearer to the engine than Scrapy's HttpErrorMiddleware (50), which keeps a 404 from the spider: it may be a lie as well.
        settings.setdefault_in_component_priority_dict("SPIDER_MIDDLEWARES", AgreementMiddleware, 40)
        for scheme in ("http", "https"):
            if scheme not in settings.getdict("DOWNLOAD_HANDLERS"):
                settings["DOWNLOAD_HANDLERS"].set(scheme, OnceHandler, priority="addon")
        # What is held counts.
        settings.set("SCRAPER_SLOT_MAX_ACTIVE_SIZE", HELD, priority="addon")
        # Bodies have to be decompressed when they are judged.
        settings.set_in_component_priority_dict(name, HttpCompressionMiddleware, 620)
        settings.set("TRAVELCRAWL_IDENTITIES", not settings.getpriority("USER_AGENT"), priority="addon")
        if delay := settings.getfloat("DOWNLOAD_DELAY"):
            settings.set("TRAVELCRAWL_RATE", 1 / delay, priority="addon")
        _replace(settings, "DOWNLOAD_DELAY", 0)
        _replace(settings, "AUTOTHROTTLE_ENABLED", False)
        # Ours hands out requests as they may leave by itself.
        if not is_ours(load_object(settings["SCHEDULER"])):
            settings.set("TRAVELCRAWL_SCHEDULER", settings["SCHEDULER"], priority="addon")
            _replace(settings, "SCHEDULER", WaitingScheduler)


def _replace(settings: BaseSettings, name: str, value: Any) -> None:
    """Set what the project has set for itself."""
    settings.set(name, value, priority=settings.getpriority(name) or 0)
