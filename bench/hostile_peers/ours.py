"""A foreign Scrapy project with our add-on and nothing else for access."""

from __future__ import annotations

from typing import Any

from scrapy.crawler import AsyncCrawlerProcess

from bench.hostile_peers.job import Job, read_job
from bench.hostile_peers.spider import COMMON, Places


def settings(job: Job) -> dict[str, Any]:
    """Return the project's settings."""
    addons = {"travelcrawl.middlewares.addon.AccessAddon": 200}
    if job.redis:
        addons["travelcrawl.frontier.addon.FrontierAddon"] = 100
    return COMMON | {
        "ADDONS": addons,
        "TRAVELCRAWL_PROXIES": ",".join(job.proxies),
        "TRAVELCRAWL_CA_FILE": job.ca_file,
        "CLOSESPIDER_TIMEOUT": job.seconds,
        **({"TRAVELCRAWL_RATE": job.rate} if job.rate else {}),
        # A worker that takes much ahead leaves nothing of a small job to the others.
        **({"REDIS_URL": job.redis, "TRAVELCRAWL_PREFETCH": 2} if job.redis else {}),
    }


def main() -> None:
    """Crawl."""
    job = read_job()
    process = AsyncCrawlerProcess(settings(job))
    process.crawl(Places, job=job)
    process.start()


if __name__ == "__main__":
    main()
