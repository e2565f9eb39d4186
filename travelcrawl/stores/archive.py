"""Raw answers, kept as WARC files (ISO 28500), so that a crawl can be read again without a request.

Each answer is a ``response`` record and, beside it, a ``metadata`` record with what the request knew: platform, page,
params, method and body.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import attrs
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from travelcrawl.errors import StoreError

logger = logging.getLogger(__name__)

_CODINGS = {"content-encoding", "transfer-encoding", "content-length"}


@attrs.frozen(kw_only=True)
class Kept:
    """An answer as it is kept: the body without content coding."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    platform: str
    page: str | None = None
    """Name of the page class that read it."""
    params: Mapping[str, Any] = attrs.field(factory=dict)
    method: str = "GET"
    request_body: str | None = None
    kept_at: datetime | None = None
    """When it was kept, aware; set by reading."""


class ArchiveWriter:
    """Append answers to one WARC file from one thread of its own.

    Raises StoreError where the file cannot be made. A disk that fills later stops the archive, which is said once; the
    crawl goes on.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.broken: str | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("xb")
        except OSError as error:
            raise StoreError(f"cannot make the archive {str(path)!r}: {error.strerror}") from None
        self._writer = WARCWriter(self._file, gzip=True)
        self._thread = ThreadPoolExecutor(1, "archive")

    def put(self, kept: Kept) -> Future[None]:
        """Append an answer; the future is done when it is written."""
        return self._thread.submit(self._write, kept)

    def close(self) -> None:
        """Finish the file."""
        self._thread.shutdown()
        self._file.close()

    def _write(self, kept: Kept) -> None:
        if self.broken:
            return
        start = self._file.tell()
        try:
            self._records(kept)
            self._file.flush()
        except OSError as error:
            self.broken = f"the archive {str(self.path)!r} stops here: {error.strerror}"
            logger.error(self.broken)
            # Past the buffer, which would write what is left in it as it is closed.
            self._file.raw.truncate(start)
            self._file.raw.close()

    def _records(self, kept: Kept) -> None:
        headers = [(name, value) for name, value in kept.headers.items() if name.lower() not in _CODINGS]
        http = StatusAndHeaders(f"{kept.status} -", headers, protocol="HTTP/1.1")
        answer = self._writer.create_warc_record(kept.url, "response", payload=BytesIO(kept.body), http_headers=http)
        about = {
            "platform": kept.platform,
            "page": kept.page,
            "params": dict(kept.params),
            "method": kept.method,
            "body": kept.request_body,
            "length": len(kept.body),
        }
        beside = self._writer.create_warc_record(
            kept.url,
            "metadata",
            payload=BytesIO(json.dumps(about, ensure_ascii=False).encode()),
            warc_content_type="application/json",
            warc_headers_dict={"WARC-Refers-To": answer.rec_headers.get_header("WARC-Record-ID")},
        )
        # The metadata goes first, so that a reader who streams knows how to read the answer when it comes.
        for record in (beside, answer):
            self._writer.write_record(record)
            record.raw_stream.close()


def read_archive(path: Path) -> Iterator[Kept]:
    """Yield the answers of a WARC file in the order they were kept.

    A file cut off in the middle (the crawl was killed) ends with the last whole answer, which is logged. Raises StoreError
    where it is no WARC file or holds records of others.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise StoreError(f"cannot read the archive {str(path)!r}: {error.strerror}") from None
    with file:
        about: dict[str, Any] | None = None
        count = strange = 0
        try:
            for record in ArchiveIterator(file):
                body = record.content_stream().read()
                if record.rec_type == "metadata":
                    about = _about(body)
                elif record.rec_type == "response" and about is not None:
                    if len(body) != about.get("length"):
                        raise EOFError("an answer is shorter than it was")
                    count += 1
                    yield _kept(record, body, about)
                    about = None
                elif record.rec_type == "response":
                    strange += 1
            if strange and not count:
                raise ValueError("its answers are not described")
        # AttributeError: warcio's, of a record whose headers are damaged (fuzzed, 2026-11-22).
        except (ArchiveLoadFailed, AttributeError, EOFError, OSError, ValueError) as error:
            if not count:
                raise StoreError(f"{str(path)!r} is no WARC file of ours: {error}") from None
            logger.warning("%s is cut off after %d answers", path, count)


def _about(body: bytes) -> dict[str, Any] | None:
    try:
        about = json.loads(body)
    except ValueError:
        return None
    return about if isinstance(about, dict) and isinstance(about.get("platform"), str) else None


def _kept(record: Any, body: bytes, about: dict[str, Any]) -> Kept:
    return Kept(
        url=record.rec_headers.get_header("WARC-Target-URI"),
        status=int(record.http_headers.get_statuscode()),
        headers=dict(record.http_headers.headers),
        body=body,
        platform=about["platform"],
        page=about.get("page"),
        params=about.get("params") or {},
        method=about.get("method") or "GET",
        request_body=about.get("body"),
        kept_at=datetime.fromisoformat(record.rec_headers.get_header("WARC-Date") or ""),
    )
