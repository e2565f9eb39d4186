"""The spider all platforms share: from ``-a`` arguments to seeds, from answers to items and further requests."""

from __future__ import annotations

import json
import logging
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from typing import Any, ClassVar, Self

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure
from web_poet import HttpResponse, PageParams

from travelcrawl.access.browser import Limits
from travelcrawl.access.followup import FOLLOW_UPS, wait_before
from travelcrawl.access.secrets import with_secrets, without
from travelcrawl.access.verdicts import Answer, Judgement, Verdict
from travelcrawl.errors import PutOff, UnknownCity, UsageError
from travelcrawl.frontier.scheduler import sample_of, scheduler_of
from travelcrawl.frontier.server import redis_url
from travelcrawl.geo.cities import City, find_city
from travelcrawl.items import Area, Item, Link, SearchPage
from travelcrawl.middlewares.browser import shows_more_in_browser
from travelcrawl.middlewares.verdict import avoiding
from travelcrawl.pages.base import TravelPage, judge, missing, pages_of, parts_of
from travelcrawl.spiders.query import Query
from travelcrawl.spiders.wanted import Wanted

logger = logging.getLogger(__name__)

_CAUSES = {"IgnoreRequest": Verdict.MALFORMED.value}
"""What Scrapy raises → cause: it ignores redirects without end and bodies that unpack to more than DOWNLOAD_MAXSIZE."""
_SHARED = re.compile(
    r"(?P<scheme>https?://)?(?:[\w-]{1,63}\.){1,5}[a-z]{2,24}/[^\s<>\"'，。；：！？、（）【】《》「」]+", re.ASCII
)
"""A share link in the text that apps copy around it (``看看这个 http://xhslink.com/abc 复制打开``)."""


class TravelSpider(Spider):
    """Base of the platforms' spiders, which are data: ``name``, ``cities``, ``categories`` and ``seeds``.

    Arguments (``scrapy crawl NAME -a …``): ``city`` (Chinese, pinyin or adcode), ``category``, ``keyword``, ``what``
    (comma list of listings, reviews, notes), ``limit``, ``urls`` (a file, one address per line).
    """

    cities: ClassVar[Mapping[str, str]] = {}
    """adcode → the platform's own city id. Empty: the platform takes any city, by adcode."""
    categories: ClassVar[Mapping[str, str]] = {}
    """Word for ``-a category=`` → the platform's own code."""
    addresses: ClassVar[Mapping[str, str]] = {}
    """Pattern of what a line of ``urls`` may hold (an id, an app's address) → what is fetched for it; ``\\1`` is its group."""
    mobile: ClassVar[bool] = False
    """True: sessions are phones', as the pages that are read are made for those."""
    looks_up_cities: ClassVar[bool] = False
    """True: a city that ``cities`` does not have is looked up on the site, by name."""
    secrets: Mapping[str, str] = {}
    """Query parameters that each request carries and no queue, log or archive may."""
    offers_seeds: ClassVar[frozenset[str]] = frozenset({"city", "urls"})
    """Which of city, keyword and urls a run of this platform may start from."""

    def __init__(self, name: str | None = None, **arguments: Any) -> None:
        super().__init__(name)
        self.pages = pages_of(self.name)
        self.arguments = {key: str(value) for key, value in arguments.items() if not key.startswith("_")}
        self.query = self._query(self.arguments)
        self.wanted = Wanted.of(self.query, self.pages)
        self._addresses = [self.seed_url(line) for line in self.query.urls]
        self._kept = Counter[str]()

    @property
    def asks_for(self) -> dict[str, Any]:
        """What makes this crawl the same as another: the arguments, the addresses themselves in place of their file."""
        return {**self.arguments, **({"urls": self.query.urls} if self.query.urls else {})}

    # What a platform says

    def seeds(self, query: Query) -> Iterable[Link]:
        """Yield where the crawl begins. Called for a city or keyword; addresses of ``urls`` are taken as they are."""
        raise NotImplementedError(f"{self.name} needs seeds()")

    def seed_url(self, line: str) -> Link:
        """Turn a line of the ``urls`` file into a link: an address, an id, or the text that apps put around a share link.

        Raises UsageError where no page of the platform reads it.
        """
        address = self._address(line)
        for name, page in self.pages.items():
            if any(re.search(pattern, address) for pattern in page.patterns):
                return Link(url=address, page=name)
        raise UsageError(f"{self.name} has no page for {line!r}; give addresses of things it knows")

    def city_id(self, city: City) -> str:
        """Return the platform's own id of a city. Raises UnknownCity where it has none."""
        if not self.cities:
            return city.adcode
        if city.adcode not in self.cities:
            known = "、".join(find_city(adcode).name for adcode in self.cities)
            raise UnknownCity(f"{self.name} is not known to cover {city.name}; it covers {known}")
        return self.cities[city.adcode]

    # The work

    async def start(self) -> AsyncIterator[Any]:
        """Yield the requests of the seeds."""
        links = list(self._addresses)
        if self.query.city or self.query.keyword:
            links += self.seeds(self.query)
        for link in self._followed(links):
            yield self.request(link)

    def requests_from_seed(self, seed: str) -> list[Request]:
        """Return the requests of a start entry: an address, or a JSON object of city, category or keyword.

        Raises UsageError where it is neither.
        """
        if not seed.lstrip().startswith("{"):
            return [self.request(self.seed_url(seed))]
        try:
            said = json.loads(seed)
        except ValueError as error:
            raise UsageError(f"a start entry of {self.name} is no JSON: {error}") from None
        if "urls" in said:
            # A file of whoever pushed it; the worker's own files are not for strangers to name.
            raise UsageError(f"a start entry of {self.name} names no file: push the addresses themselves")
        query = self._query({str(name): str(value) for name, value in said.items()})
        self._check_beginning(query)
        return [self.request(link, query.group) for link in self._followed(self.seeds(query))]

    def request(self, link: Link, group: str | None = None) -> Request:
        """Turn a link into a request of a group, which shares fairly with others: that of the page it was found on, or the run's."""
        group = self.query.group if group is None else group
        return Request(
            with_secrets(link.url, self.secrets),
            method=link.method,
            body=link.body,
            headers=link.headers or None,
            priority=link.priority,
            dont_filter=bool(link.again),
            callback=self.parse,
            errback=self.failed,
            cb_kwargs={"page": link.page, "params": link.params},
            meta={"group": group} if group else None,
        )

    async def parse(self, response: Response, page: str, params: dict[str, Any]) -> AsyncIterator[Any]:
        """Pass on what the page object reads in the answer."""
        verdict = response.meta.get("verdict", Verdict.OK)
        if verdict not in (Verdict.OK, Verdict.EMPTY):
            return
        page_class = self.pages[page]
        read = build(page_class, response, params)
        if verdict == Verdict.EMPTY:
            for area in self._covered(read):
                yield area
            return
        result = await read.to_item()
        items, links = parts_of(result)
        self._count(result, response)
        if not items and not links and (fault := self._nothing(page_class, read.response)):
            if again := self._once_more(response, fault):
                yield again
            return
        self._count_missing(page_class, items)
        if response.meta.get("browser"):
            items = self._first(items, response)
        for item in self.wanted.items(items, self._kept):
            yield item
        for link in self._followed(links):
            yield self.request(link, response.meta.get("group", ""))
        for area in self._covered(read):
            yield area

    def failed(self, failure: Failure) -> None:
        """Keep a request given up as a dead letter, with its cause, so that nothing is lost in silence; one put off waits on."""
        request: Request = failure.request  # type: ignore[attr-defined]
        cause = getattr(failure.value, "cause", _CAUSES.get(type(failure.value).__name__, type(failure.value).__name__))
        if isinstance(failure.value, PutOff):
            self._stat(f"put_off/{cause}")
            scheduler = scheduler_of(self.crawler)
            return scheduler.put_off(request) if scheduler else None
        return self._give_up(request, cause, failure.getErrorMessage(), getattr(failure.value, "sample", None))

    # Details

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Build the spider; wrong arguments raise UsageError. Only the worker of a fleet may have nothing to begin with."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        if not redis_url(crawler.settings):
            spider._check_beginning(spider.query)
        return spider

    def _check_beginning(self, query: Query) -> None:
        given = {name for name in ("city", "keyword", "urls") if getattr(query, name)}
        ways = " or ".join(f"-a {name}=…" for name in sorted(self.offers_seeds))
        if not given & self.offers_seeds:
            raise UsageError(f"{self.name} needs {ways} to begin with")

    def _query(self, arguments: Mapping[str, str]) -> Query:
        query = Query.of(self.name, arguments, self.categories)
        if (query.city or query.keyword) and self.offers_seeds == {"urls"}:
            raise UsageError(f"{self.name} cannot look for a city or a keyword; it needs -a urls=…")
        if query.city is not None and "city" in self.offers_seeds and not self.looks_up_cities:
            self.city_id(query.city)
        return query

    def _address(self, line: str) -> str:
        """Return the address that a line of the ``urls`` file stands for; the line where there is none in it."""
        for pattern, address in self.addresses.items():
            if found := re.search(pattern, line):
                return found.expand(address)
        if re.fullmatch(r"https?://\S+", line) or not (found := _SHARED.search(line)):
            return line
        return found.group() if found.group("scheme") else f"https://{found.group()}"

    def _first(self, items: list[Item], response: Response) -> list[Item]:
        """Leave out what a page in a browser holds beyond BROWSER_MAX_FETCH_COUNT: some go on for ever."""
        most = Limits.of(self.crawler.settings).items
        if len(items) > most:
            self._stat("browser/items_left", len(items) - most)
            logger.warning("%s holds %d items in a browser: %d are taken", response.url, len(items), most)
        return items[:most]

    def take_back(self, items: Iterable[Item]) -> None:
        """Give back the places of the limit that items have taken: what their page said was not true."""
        self.wanted.give_back(items, self._kept)

    def _covered(self, read: TravelPage[Any]) -> Iterator[Area]:
        """Yield the area that an answer completes, unless this run leaves out a part of what is there."""
        if self.wanted.is_all and (area := read.covered()):
            yield area

    def _followed(self, links: Iterable[Link]) -> Iterator[Link]:
        """Leave out links to what the run did not ask for or has no room for."""
        return self.wanted.links(links, self._kept)

    def _count(self, result: Item | SearchPage, response: Response) -> None:
        if isinstance(result, SearchPage) and result.count:
            self._stat(result.count)
            if not result.links:
                logger.warning(
                    "%s is cut off and leads no further: %s", without(response.url, self.secrets), result.count
                )

    def _count_missing(self, page: type[TravelPage[Any]], items: list[Item]) -> None:
        self._stat("pages/read")
        for key, count in missing(page, items).items():
            self._stat(f"missing/{key}", count)

    def _nothing(self, page: type[TravelPage[Any]], answer: HttpResponse) -> Judgement | None:
        """Judge an answer that read to nothing; None where it rightly holds nothing."""
        judgement = judge(
            self.name, Answer(str(answer.url), answer.status or 200, {}, bytes(answer.body)), page, answer
        )
        self._stat(f"read_nothing/{judgement.verdict}")
        return None if judgement.verdict.is_answer else judgement

    def _once_more(self, response: Response, judgement: Judgement) -> Request | None:
        """Return the request again, to leave elsewhere, for an answer that should have held something; or give it up."""
        request = response.request
        assert request
        tries = request.meta.get("tries", 0) + 1
        if FOLLOW_UPS[judgement.verdict].escalates and shows_more_in_browser(self.crawler, response):
            return request.replace(dont_filter=True, meta={**_kept(request), "tries": tries, "browser": True})
        if wait_before(judgement.verdict, tries) is None:
            self._give_up(request, judgement.verdict, f"it reads to nothing: {judgement.why}", sample_of(response))
            return None
        avoid = avoiding(request, request.meta.get("egress"))
        return request.replace(dont_filter=True, meta={**_kept(request), "tries": tries, "avoid": avoid})

    def _give_up(self, request: Request, cause: str, why: str, sample: str | None = None) -> None:
        self._stat(f"given_up/{cause}")
        logger.info("gave up %s: %s (%s)", without(request.url, self.secrets), why, cause)
        if scheduler := scheduler_of(self.crawler):
            scheduler.bury(request, cause, why, sample=sample)

    def _stat(self, key: str, count: int = 1) -> None:
        self.crawler.stats.inc_value(key, count)


def build(page: type[TravelPage[Any]], response: Response, params: Mapping[str, Any] | None = None) -> TravelPage[Any]:
    """Build a page object over a Scrapy response."""
    answer = HttpResponse(
        url=response.url,
        body=response.body,
        status=response.status,
        headers={
            name.decode("latin-1"): value[-1].decode("latin-1") for name, value in response.headers.items() if value
        },
    )
    return page(response=answer, params=PageParams(params or {}))


def _kept(request: Request) -> dict[str, Any]:
    return {key: value for key, value in request.meta.items() if key in ("group", "depth", "browser")}
