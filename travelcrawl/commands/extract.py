"""``scrapy extract``: read a stored answer of a platform, or a whole archive, without asking anybody."""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import sys
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
from scrapy.commands import ScrapyCommand

from travelcrawl.errors import TravelcrawlError, UsageError

if TYPE_CHECKING:
    from web_poet import HttpResponse

    from travelcrawl.access.verdicts import Judgement
    from travelcrawl.items import Item, Link
    from travelcrawl.pages.base import TravelPage
    from travelcrawl.stores.reread import Reread

LONGEST = 64 * 1024 * 1024
"""Bytes that a stored answer may have, decompressed; twice what the crawler takes from the network."""


@attrs.frozen(kw_only=True)
class Reading:
    """What a stored answer was read to."""

    judgement: Judgement
    page: type[TravelPage[Any]] | None = None
    items: list[Item] = attrs.field(factory=list)
    links: list[Link] = attrs.field(factory=list)


class Command(ScrapyCommand):
    """Read a stored answer: clean items as JSON lines on stdout; verdict and what was missing on stderr.

    With ``--archive`` all answers of a crawl: each thing once, its parts merged as a store merges them. What the crawl left out
    (``-a what=``, ``-a limit=``) is in the answers, so it is here too.
    """

    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012 (Scrapy's own way)

    def syntax(self) -> str:
        """Return how the command is called."""
        return "PLATFORM FILE [--url URL] [--status N] [--fixture NAME] | --archive FILE.warc.gz [--platform PLATFORM]"

    def short_desc(self) -> str:
        """Return what it does, in a line."""
        return "Read the items in a stored answer (HTML or JSON, also gzipped), without network"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add ``--url``, ``--status`` and ``--fixture``; ``--archive`` and ``--platform``."""
        super().add_options(parser)
        parser.add_argument("--url", default="", metavar="URL", help="where the answer came from")
        parser.add_argument("--status", type=int, default=200, metavar="N", help="its HTTP status (default: 200)")
        parser.add_argument("--fixture", metavar="NAME", help="also keep it as a fixture of its page, under this name")
        parser.add_argument(
            "--archive", action="append", metavar="FILE", help="read all answers of a WARC file; may be repeated"
        )
        parser.add_argument("--platform", metavar="PLATFORM", help="with --archive: only this platform's answers")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Read one file. Exit status 2, with one sentence, where the file or the platform is none."""
        try:
            if opts.archive and not args:
                self._reread(opts.archive, opts.platform)
                return
            if len(args) != 2 or opts.archive:
                raise UsageError(
                    f"scrapy extract needs a platform and a file, or an archive: scrapy extract {self.syntax()}"
                )
            self._extract(args[0], args[1], opts)
        except TravelcrawlError as error:
            print(error, file=sys.stderr)
            self.exitcode = 2

    def _extract(self, platform: str, path: str, opts: argparse.Namespace) -> None:
        from web_poet import HttpResponse  # noqa: PLC0415 (every scrapy command imports this module)

        from travelcrawl.pages.base import pages_of  # noqa: PLC0415

        pages_of(platform)
        response = HttpResponse(opts.url, stored(path), status=opts.status)
        reading = read(platform, response)
        assert self.settings is not None
        sys.stdout.flush()
        for line in lines(reading.items, self.settings):
            sys.stdout.buffer.write(line + b"\n")
        sys.stdout.buffer.flush()
        for sentence in report(reading):
            print(sentence, file=sys.stderr)
        if opts.fixture:
            print(f"fixture: {save(reading, response, opts.fixture, self.settings)}", file=sys.stderr)

    def _reread(self, paths: list[str], platform: str | None) -> None:
        from travelcrawl.pipelines.authors import author_key  # noqa: PLC0415
        from travelcrawl.stores.merge import Refusal  # noqa: PLC0415
        from travelcrawl.stores.reread import merged, reread  # noqa: PLC0415

        assert self.settings is not None
        tally, refused = Tally(), list[Refusal]()
        for record in merged(tally.count(reread(map(Path, paths), author_key(self.settings), platform)), refused):
            tally.records[record["platform"], record["type"]] += 1
            sys.stdout.buffer.write(_line(record) + b"\n")
        sys.stdout.buffer.flush()
        for sentence in (*tally.report(), *(f"refused: {refusal.cause}" for refusal in refused)):
            print(sentence, file=sys.stderr)


@attrs.frozen(kw_only=True)
class Tally:
    """What was found in an archive."""

    verdicts: Counter[str] = attrs.field(factory=Counter)
    missing: Counter[str] = attrs.field(factory=Counter)
    records: Counter[tuple[str, str]] = attrs.field(factory=Counter)
    """(platform, type) → things."""

    def count(self, answers: Iterable[Reread]) -> Iterable[Item]:
        """Pass on the items of answers, and count."""
        from travelcrawl.pages.base import missing  # noqa: PLC0415

        for answer in answers:
            self.verdicts[answer.judgement.verdict] += 1
            if answer.page is not None:
                self.missing.update(missing(answer.page, answer.items))
            yield from answer.items

    def report(self) -> list[str]:
        """Return what there is to say, one sentence a line."""
        verdicts = ", ".join(f"{count} {verdict}" for verdict, count in sorted(self.verdicts.items()))
        records = [f"{platform}: {_counted(count, kind)}" for (platform, kind), count in sorted(self.records.items())]
        lacking = [f"missing: {key} in {count}" for key, count in sorted(self.missing.items())]
        return [f"answers: {self.verdicts.total()} ({verdicts})", *records, *lacking]


def stored(path: str) -> bytes:
    """Return a stored body, decompressed. Raises UsageError where it cannot be read or is longer than LONGEST."""
    try:
        with Path(path).open("rb") as file:
            is_gzip = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            body = (gzip.GzipFile(fileobj=file) if is_gzip else file).read(LONGEST + 1)
    except (OSError, EOFError, zlib.error, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"cannot read {path!r}: {reason}") from None
    if len(body) > LONGEST:
        raise UsageError(f"{path!r} is longer than {LONGEST // 1024**2} MiB; no answer of a platform is")
    return body


def read(platform: str, response: HttpResponse) -> Reading:
    """Judge a stored answer and read it as the crawler does. Raises UsageError where there is no such platform.

    One that gives nothing as it stands is read again without what was put around it when it was kept, and with the
    envelope that was left off.
    """
    from web_poet import HttpResponse  # noqa: PLC0415

    from travelcrawl.access.verdicts import Verdict  # noqa: PLC0415
    from travelcrawl.pages.base import envelopes_of  # noqa: PLC0415
    from travelcrawl.pages.stored import forms  # noqa: PLC0415

    reading = _read(platform, response)
    unsaid = {Verdict.EMPTY, Verdict.MALFORMED, Verdict.SOFT_BLOCKED}
    if reading.items or reading.judgement.verdict not in unsaid:
        return reading
    for body, is_bare in forms(bytes(response.body), envelopes_of(platform)):
        other = _read(platform, HttpResponse(response.url, body, status=response.status))
        if other.items or (is_bare and other.judgement.verdict is not Verdict.MALFORMED):
            reading = other
        if reading.items or reading.judgement.verdict not in unsaid:
            return reading
    return reading


def _read(platform: str, response: HttpResponse) -> Reading:
    from travelcrawl.access.verdicts import Answer, Judgement, Verdict, VerdictPolicy  # noqa: PLC0415
    from travelcrawl.pages.base import judge, page_for, parts_of, rules_of  # noqa: PLC0415

    answer = Answer(str(response.url), response.status or 200, {}, bytes(response.body))
    judgement = VerdictPolicy(rules_of(platform)).judge(answer)
    if judgement.verdict not in (Verdict.OK, Verdict.SOFT_BLOCKED):
        return Reading(judgement=judgement)
    page = page_for(platform, response)
    items, links = parts_of(asyncio.run(_item(page, response))) if page is not None else ([], [])
    if judgement.verdict is Verdict.SOFT_BLOCKED:
        if not items:
            return Reading(judgement=judgement)
        # A part of a page lacks what a page never lacks; what it holds was not held back.
        judgement = Judgement(Verdict.OK, f"{page.__name__} has read it, though {judgement.why}" if page else "")
    elif not items and not links:
        judgement = judge(platform, answer, page, response)
    return Reading(judgement=judgement, page=page, items=items, links=links)


async def _item(page: type[TravelPage[Any]], response: HttpResponse) -> Any:
    return await page(response=response).to_item()


def lines(items: list[Item], settings: Mapping[str, Any]) -> list[bytes]:
    """Return the clean items as lines of JSON, UTF-8, ``type`` first; authors as keyed hashes."""
    from travelcrawl.items import TYPES  # noqa: PLC0415
    from travelcrawl.pipelines.authors import author_key  # noqa: PLC0415
    from travelcrawl.pipelines.clean import clean  # noqa: PLC0415

    if not items:
        return []
    names = {cls: name for name, cls in TYPES.items()}
    now, key = datetime.now(UTC), author_key(settings)
    rows = ({"type": names[type(item)], **attrs.asdict(clean(item, now, key))} for item in items)
    return [_line(row) for row in rows]


def _line(row: Mapping[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False, default=_plain).encode("utf-8", "replace")


def _counted(count: int, kind: str) -> str:
    return f"{count} {kind}{'s' if count > 1 else ''}"


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if attrs.has(type(value)):
        return attrs.asdict(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def report(reading: Reading) -> list[str]:
    """Return what there is to say: the verdict and why, what was read by which page, what was missing."""
    from travelcrawl.pages.base import missing  # noqa: PLC0415

    said = [f"verdict: {reading.judgement.verdict} ({reading.judgement.why})"]
    if reading.page is not None:
        counts = Counter(type(item).__name__.lower() for item in reading.items)
        found = ", ".join(_counted(count, kind) for kind, count in counts.items()) or "no items"
        said.append(f"read by {reading.page.__name__}: {found}; {len(reading.links)} links lead on")
        for key, count in missing(reading.page, reading.items).items():
            said.append(f"missing: {key} in {count} of {counts[key.partition('.')[0]]}")
    return said


def save(reading: Reading, response: HttpResponse, name: str, settings: Mapping[str, Any]) -> Path:
    """Keep an answer and what its page reads in it as a web-poet fixture. Raises UsageError where that cannot be."""
    from web_poet.testing import Fixture  # noqa: PLC0415

    from travelcrawl.pages.base import Said  # noqa: PLC0415

    if reading.page is None:
        raise UsageError("no page object reads this answer; a fixture belongs to one")
    folder = Path(settings.get("SCRAPY_POET_TESTS_DIR") or "tests/fixtures")
    base = folder / f"{reading.page.__module__}.{reading.page.__qualname__}"
    if not name.replace("-", "").isalnum() or (base / name).exists():
        raise UsageError(f"the fixture {name!r} is there already, or is no name: letters, digits and hyphens")
    item = asyncio.run(_item(reading.page, response))
    return Fixture.save(base, inputs=[response], item=item, meta={"adapter": Said}, fixture_name=name).path
