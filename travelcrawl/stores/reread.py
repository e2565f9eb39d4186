"""Read the answers of an archive again with the page objects of today, without a request."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
from web_poet import HttpResponse, PageParams

from travelcrawl.access.verdicts import Answer, Judgement, Verdict, VerdictPolicy
from travelcrawl.errors import UsageError
from travelcrawl.items import Item
from travelcrawl.pages.base import TravelPage, judge, page_for, pages_of, parts_of, rules_of
from travelcrawl.pipelines.clean import clean
from travelcrawl.stores.archive import Kept, read_archive
from travelcrawl.stores.base import Record, Run, record_of
from travelcrawl.stores.layers import LAYER_OF
from travelcrawl.stores.merge import Changes, Refusal, fold
from travelcrawl.stores.merge import parts_of as records_of
from travelcrawl.stores.offers import differing, offers_of
from travelcrawl.stores.values import codec


@attrs.frozen(kw_only=True)
class Reread:
    """A kept answer and what it reads to."""

    kept: Kept
    judgement: Judgement
    page: type[TravelPage[Any]] | None = None
    items: list[Item] = attrs.field(factory=list)
    """Clean; seen when the answer was kept."""


def reread(paths: Iterable[Path], author_key: bytes, platform: str | None = None) -> Iterator[Reread]:
    """Yield what each answer of some archives reads to, in the order they were kept; of one platform, where it is named.

    The page class is the one that read the answer in the crawl; where it has gone since, the one whose structure and address fit.
    Raises StoreError where a file is no archive, UsageError where it holds answers of a platform that there is not, or none of the
    platform named.
    """
    others: set[str] = set()
    found = False
    with asyncio.Runner() as runner:
        for path in paths:
            for kept in read_archive(path):
                if platform not in (None, kept.platform):
                    others.add(kept.platform)
                    continue
                found = True
                yield runner.run(_read(kept, author_key))
    if platform and not found:
        raise UsageError(f"the archive holds no answers of {platform}; it holds {', '.join(sorted(others)) or 'none'}")


async def _read(kept: Kept, author_key: bytes) -> Reread:
    answer = Answer(kept.url, kept.status, {name.lower(): value for name, value in kept.headers.items()}, kept.body)
    judgement = VerdictPolicy(rules_of(kept.platform)).judge(answer)
    if judgement.verdict is not Verdict.OK:
        return Reread(kept=kept, judgement=judgement)
    response = HttpResponse(url=kept.url, body=kept.body, status=kept.status, headers=dict(kept.headers))
    page = pages_of(kept.platform).get(kept.page or "") or page_for(kept.platform, response)
    if page is None:
        return Reread(kept=kept, judgement=judge(kept.platform, answer, None, response))
    items, links = parts_of(await page(response=response, params=PageParams(kept.params)).to_item())
    if not items and not links:
        judgement = judge(kept.platform, answer, page, response)
    seen = kept.kept_at or datetime.now(UTC)
    return Reread(kept=kept, judgement=judgement, page=page, items=[clean(item, seen, author_key) for item in items])


def merged(items: Iterable[Item], refused: list[Refusal]) -> Iterator[Record]:
    """Yield the records that a store would hold of clean items: parts of the same thing merged, of prices only what differs.

    What a store would not take is appended to ``refused``. Records have the fields of their type, ``type`` and ``seen_at``.
    """
    batches: dict[str, list[Record]] = {}
    for record in map(record_of, items):
        batches.setdefault(record["type"], []).append(record)
    now = datetime.now(UTC)
    run = Run(id="", platform="", arguments={}, started_at=now)
    for kind, batch in batches.items():
        form = codec(LAYER_OF[kind])
        parts = records_of(form, batch, now, refused)
        if kind == "offer":
            offers = offers_of(form, parts, refused)
            changes = differing(form, offers, [None] * len(offers), run)
        else:
            changes = Changes()
            fold(form, parts, {}, changes, run)
            refused += changes.refused
        seen = "seen_at" if kind == "offer" else "last_seen"
        for row in changes.new:
            yield {"type": kind, **{name: row[name] for name in form.names}, "seen_at": row[seen]}
