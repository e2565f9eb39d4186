"""Every setting once, by group. What differs by place comes from the environment; ``-s NAME=VALUE`` wins over it.

docs/settings.md lists them with default and meaning; a test holds the two together. A number that is none ends the process
(environment.py).
"""

from __future__ import annotations

from os import environ

from travelcrawl.environment import count, level, number, switch

# --- The project

BOT_NAME = "travelcrawl"
SPIDER_MODULES = ["travelcrawl.spiders"]
NEWSPIDER_MODULE = "travelcrawl.spiders"
COMMANDS_MODULE = "travelcrawl.commands"
# Where and how `scrapy savefixture` keeps what a page reads.
SCRAPY_POET_TESTS_DIR = "tests/fixtures"
SCRAPY_POET_TESTS_ADAPTER = "travelcrawl.pages.base.Said"

# --- The engine: one asyncio loop, nothing that runs code sent to it

TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
ASYNCIO_EVENT_LOOP = "uvloop.Loop"
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
# Scrapy starts CONCURRENT_ITEMS + 1 tasks for every response: 1 doubles the page rate (speed.md, 2026-11-22).
CONCURRENT_ITEMS = 1

# --- Access

USER_AGENT = "Mozilla/5.0 (compatible; travelcrawl/0.1)"
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8",
    "Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5",
}

TRAVELCRAWL_RATE = number("TRAVELCRAWL_RATE", 3)
"""Requests per second to one platform through one egress; 0: no more than it is found to bear."""
TRAVELCRAWL_BUDGETS = environ.get("TRAVELCRAWL_BUDGETS", "")
"""Budgets as JSON, by platform: ``{"amap": {"rate": 3, "daily": 100, "total": {"daily": 1000}, "quiet": "01:00-05:30"}}``."""
TRAVELCRAWL_SITE = "spider"
"""Whose budgets, sessions and breaker a request comes under: ``spider`` (its platform), or ``host``."""
TRAVELCRAWL_SCHEDULER = None
"""Where requests wait under middlewares/waiting.py, which the add-on puts in SCHEDULER's place; our own scheduler needs it not."""
TRAVELCRAWL_IDENTITIES = True
"""Each session wears a current browser's headers; False: USER_AGENT and DEFAULT_REQUEST_HEADERS alone."""
# Requests wait for their budget before the downloader, where they hold no place (middlewares/departures.py).
DOWNLOAD_DELAY = 0
CONCURRENT_REQUESTS = 32
CONCURRENT_REQUESTS_PER_DOMAIN = CONCURRENT_REQUESTS

HTTP_PROXY = environ.get("HTTP_PROXY", "")
"""The only egress, where TRAVELCRAWL_PROXIES names none."""
TRAVELCRAWL_PROXIES = environ.get("TRAVELCRAWL_PROXIES") or HTTP_PROXY
"""Egresses, separated by commas or blanks, or a file or the address of a list; ``direct`` is one too. Empty: direct only."""
TRAVELCRAWL_PROXIES_REFRESH = number("TRAVELCRAWL_PROXIES_REFRESH", 60, least=1)
"""Seconds after which a file or address of egresses is read again."""
PROXY_AUTO_SWITCH = switch("PROXY_AUTO_SWITCH", default=False)
"""True: leave directly, and through the proxies only once that has failed; ``direct`` has to be in the list."""
PROXY_FAILURE_THRESHOLD = count("PROXY_FAILURE_THRESHOLD", 10, least=1)
"""Failures of the direct way before the proxies are used."""
PROXY_COOLDOWN = number("PROXY_COOLDOWN", 600)
"""Seconds before the direct way is tried again; no egress rests longer."""
TRAVELCRAWL_PERMITTED_HOSTS = environ.get("TRAVELCRAWL_PERMITTED_HOSTS", "")
"""Hosts whose robots.txt need not be asked, each with the reason: ``host=reason;host=reason``."""
TRAVELCRAWL_CA_FILE = environ.get("TRAVELCRAWL_CA_FILE", "")
"""PEM file of certificate authorities trusted beside the system's."""
AMAP_KEY = environ.get("AMAP_KEY", "")
"""Key of Amap's Web Service API."""

DOWNLOAD_VERIFY_CERTIFICATES = True
DOWNLOAD_TIMEOUT = 30
DOWNLOAD_MAXSIZE = 32 * 1024 * 1024
DOWNLOAD_WARNSIZE = 8 * 1024 * 1024
REDIRECT_MAX_TIMES = 6
# robots.txt is obeyed by our own middleware: Scrapy 2.19's lets waiting requests through (facts.md, 2026-11-22).
ROBOTSTXT_OBEY = False
ROBOTSTXT_USER_AGENT = "travelcrawl"
TRAVELCRAWL_ROBOTS_WAITS = environ.get("TRAVELCRAWL_ROBOTS_WAITS", "2,10,30")
"""Seconds to wait before each further try where a robots.txt cannot be had; then the host is denied for ten minutes."""
# What an answer means is decided by VerdictMiddleware: statuses reach the spider as verdicts, and it retries.
HTTPERROR_ALLOW_ALL = True
RETRY_ENABLED = False
METAREFRESH_ENABLED = False
DOWNLOAD_HANDLERS = dict.fromkeys(("http", "https"), "travelcrawl.middlewares.handler.OnceHandler")

DOWNLOADER_MIDDLEWARES = {
    "travelcrawl.middlewares.robots.RobotsMiddleware": 100,
    "travelcrawl.middlewares.session.SessionMiddleware": 110,
    # Between redirects (600) and the wire, so that a redirect to a login or a challenge is judged, not followed; bodies
    # have to be decompressed by then.
    "travelcrawl.middlewares.verdict.VerdictMiddleware": 610,
    "travelcrawl.middlewares.watch.WatchMiddleware": 611,
    "travelcrawl.middlewares.archive.ArchiveMiddleware": 615,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": 620,
    # The last before the wire: it needs what HttpProxyMiddleware (750) makes of the proxy.
    "travelcrawl.middlewares.browser.BrowserMiddleware": 950,
    "scrapy.downloadermiddlewares.cookies.CookiesMiddleware": None,
    "travelcrawl.middlewares.cookies.CookiesMiddleware": 700,
}

# --- Decoys: pages are held until their egress is vouched for

TRAVELCRAWL_AUDIT = number("TRAVELCRAWL_AUDIT", 0.075)
"""Share of the pages fetched again through another egress for good, after more at the start; 0, or fewer than three egresses: none."""
TRAVELCRAWL_AUDIT_CHANGING = environ.get("TRAVELCRAWL_AUDIT_CHANGING", "")
"""Fields, separated by commas, that change from fetch to fetch and are not compared."""
SCRAPER_SLOT_MAX_ACTIVE_SIZE = 48 * 1024 * 1024
"""Bytes of answers in work: those that are held may be 70 % of it."""

# --- Browser: for pages that show nothing without one

TRAVELCRAWL_BROWSER = environ.get("TRAVELCRAWL_BROWSER", "auto")
"""``auto``: a page that needs a browser is fetched in one, where the extra ``browser`` is installed; ``off``: never."""
TRAVELCRAWL_CHROMIUM = environ.get("TRAVELCRAWL_CHROMIUM", "")
"""Chromium's program; empty: the system's, else Playwright's own."""
BROWSER_MAX_CONCURRENCY = environ.get("BROWSER_MAX_CONCURRENCY", "2")
"""Pages open at once."""
BROWSER_PAGE_TIMEOUT = environ.get("BROWSER_PAGE_TIMEOUT", "60")
"""Seconds that a page may take."""
BROWSER_TASK_TIMEOUT = environ.get("BROWSER_TASK_TIMEOUT", "720")
"""Seconds that a request for a page may take in all, its wait for a place and the launch of a browser included."""
BROWSER_MAX_FETCH_COUNT = environ.get("BROWSER_MAX_FETCH_COUNT", "120")
"""Items that are taken of one page at the most: a page that goes on for ever when scrolled would fill the store."""
BROWSER_BLOCK = environ.get("BROWSER_BLOCK", "image,font,media")
"""Kinds of resources that pages do not load, in Chromium's words."""
BROWSER_SANDBOX = switch("BROWSER_SANDBOX", default=True)
"""False: Chromium without its own sandbox, for containers whose engine allows no user namespaces."""
MAX_TASKS = environ.get("MAX_TASKS", "50")
"""Pages after which a browser makes way for a fresh one: their memory grows with every page."""

# --- Frontier

SCHEDULER = "travelcrawl.frontier.scheduler.Scheduler"
SPIDER_MIDDLEWARES = {
    "travelcrawl.frontier.start.StartMiddleware": 50,
    # The last before the engine: what it asks for again is no new depth.
    "travelcrawl.middlewares.agreement.AgreementMiddleware": 60,
}
TRAVELCRAWL_REDIS_URL = environ.get("TRAVELCRAWL_REDIS_URL", "")
"""``redis://…`` or ``rediss://…``: requests wait there, for all workers. Empty: in a SQLite file in the folder JOBDIR."""
JOBDIR = environ.get("JOBDIR") or None
TRAVELCRAWL_CRAWL_ID = environ.get("TRAVELCRAWL_CRAWL_ID", "")
"""Suffix of a crawl's keys in Redis, so that two crawls of one platform live side by side; a crawl with an id is crawled once."""
TRAVELCRAWL_REDIS_REPLICAS = count("TRAVELCRAWL_REDIS_REPLICAS", int("redis+sentinel" in TRAVELCRAWL_REDIS_URL))
"""Replicas that must have a request before it counts as durable; 1 behind a Sentinel, else 0."""
TRAVELCRAWL_LEASE = number("TRAVELCRAWL_LEASE", 60, least=1)
"""Seconds without a sign of life after which what a worker holds goes to others."""
TRAVELCRAWL_PREFETCH = count("TRAVELCRAWL_PREFETCH", 64, least=1)
"""Requests leased ahead of the engine."""
TRAVELCRAWL_IDLE = number("TRAVELCRAWL_IDLE", 0.5)
"""Seconds that queue, leases and seeds are empty everywhere before a spider closes."""

# --- Items

ITEM_PIPELINES = {
    "travelcrawl.pipelines.clean.CleanPipeline": 100,
    "travelcrawl.pipelines.enhance.EnhancePipeline": 200,
    "travelcrawl.pipelines.mentions.MentionsPipeline": 250,
    "travelcrawl.pipelines.validate.ValidatePipeline": 300,
    "travelcrawl.pipelines.dedupe.DedupePipeline": 400,
    "travelcrawl.pipelines.store.StorePipeline": 900,
    "travelcrawl.pipelines.match.MatchPipeline": 950,
}

SECRET_KEY = environ.get("SECRET_KEY", "")
"""Keys the hashes that stand for authors. Empty: made at the first run and kept in TRAVELCRAWL_SECRET_FILE."""
TRAVELCRAWL_SECRET_FILE = environ.get("TRAVELCRAWL_SECRET_FILE", ".travelcrawl/secret")
"""Where a secret made here is kept (mode 600)."""

TRAVELCRAWL_GAZETTEER = count("TRAVELCRAWL_GAZETTEER", 500000)
"""Names of stored listings that the text of notes is searched for, at most (about 1 kB each); 0: none."""

TRAVELCRAWL_DEDUPE_SIZE = 200_000
"""Contents that dedupe remembers in a run, about 75 bytes each."""

TRAVELCRAWL_MATCH_SHARE = environ.get("TRAVELCRAWL_MATCH_SHARE", "0.1")
"""Share of a core that matching may take while a crawl goes on; 0: all of it at the end; ``off``: never, only ``scrapy places match``."""

# --- Store

TRAVELCRAWL_STORE = environ.get("TRAVELCRAWL_STORE", "out/travel.gpkg")
"""The GeoPackage to write, where no database is named."""
TRAVELCRAWL_DATABASE_URL = environ.get("TRAVELCRAWL_DATABASE_URL", "")
"""``postgresql://…``: store in PostGIS instead."""

TRAVELCRAWL_EXPORT_MARK = environ.get("TRAVELCRAWL_EXPORT_MARK", ".travelcrawl/exported")
"""File that ``scrapy export`` touches, so that metrics say how old the last export is."""
TRAVELCRAWL_ARCHIVE = environ.get("TRAVELCRAWL_ARCHIVE", "")
"""Folder for raw answers, one WARC file a run; empty: none are kept."""

# --- What machines see

APP_ENV = environ.get("APP_ENV", "local")
"""Where this runs: ``local``, ``production``, …; a label of metrics, logs and errors."""
TRAVELCRAWL_GRACE = number("TRAVELCRAWL_GRACE", 110)
"""Seconds that a process has to end after SIGTERM; what starts it has to leave it 10 more."""
TRAVELCRAWL_RELIEF = switch("TRAVELCRAWL_RELIEF", default=True)
"""Take load off a machine that has too much: processor, memory, connections."""
TRAVELCRAWL_LOGS = environ.get("TRAVELCRAWL_LOGS", "text")
"""``text``, or ``json``: one object a line, on stdout."""
OTEL_EXPORTER_OTLP_ENDPOINT = environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", "")
"""Collector of traces, by OTLP over HTTP; empty: none are made."""
OTEL_TRACES_SAMPLER_ARG = number("OTEL_TRACES_SAMPLER_ARG", 0.1)
"""Share of requests that are traced."""
SENTRY_DSN = environ.get("SENTRY_DSN", "")
"""Where errors are reported; empty: nowhere."""
PROMETHEUS_ENABLED = switch("PROMETHEUS_ENABLED", default=True)
"""Metrics and health over HTTP."""
PROMETHEUS_HOST = environ.get("PROMETHEUS_HOST", "127.0.0.1")
"""Address that metrics are served on."""
PROMETHEUS_PORT = environ.get("PROMETHEUS_PORT", "9410")
"""Another name of TRAVELCRAWL_METRICS_PORT."""
TRAVELCRAWL_METRICS_PORT = environ.get("TRAVELCRAWL_METRICS_PORT") or PROMETHEUS_PORT
"""Port of the metrics, or several with commas: the first that is free, else the next free one after them."""
PROMETHEUS_PATH = environ.get("PROMETHEUS_PATH", "metrics")
"""Path of the metrics."""
PROMETHEUS_UPDATE_INTERVAL = number("PROMETHEUS_UPDATE_INTERVAL", 2, least=0.1)
"""Seconds after which the metrics are brought up to date."""

# --- What a person sees

TRAVELCRAWL_PROGRESS = environ.get("TRAVELCRAWL_PROGRESS", "auto")
"""Live progress display: ``auto`` (on a terminal), ``on``, ``off`` (plain lines)."""
LOG_LEVEL = level("LOG_LEVEL", "INFO")
LOG_FORMAT = "%(asctime)s %(levelname)s [%(name)s] %(message)s"

EXTENSIONS = {
    # SpiderState pickles into JOBDIR, which several processes share; the progress lines say what LogStats says.
    "scrapy.extensions.spiderstate.SpiderState": None,
    "scrapy.extensions.logstats.LogStats": None,
    "travelcrawl.extensions.trust.Trust": 10,
    "travelcrawl.extensions.progress.Progress": 500,
    "travelcrawl.extensions.metrics.Metrics": 510,
    "travelcrawl.extensions.lifecycle.Lifecycle": 520,
    "travelcrawl.extensions.relief.LoadRelief": 525,
    "travelcrawl.extensions.tracing.Tracing": 530,
    "travelcrawl.extensions.reporting.Reporting": 540,
}
