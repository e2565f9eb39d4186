"""Douyin (抖音): videos and picture notes out of the state of share pages, or of stored answers of its API.

Search, comments, lists and details want a signature: they are read only where somebody has stored them. The pages give
no position. ``play_count`` is always 0: not told. Addresses of covers are signed and expire, and are left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any
from urllib.parse import unquote

from web_poet import HttpResponse

from travelcrawl.access.verdicts import Rule, Verdict
from travelcrawl.items import Mention, Note, Review, SearchPage
from travelcrawl.pages.base import TravelPage
from travelcrawl.pages.fields import dicts, dig, from_json, holding, html, number, state, text, whole
from travelcrawl.pages.social import (
    MOST_ROWS,
    PLACE_TAG,
    ApiPage,
    count,
    first,
    identifier,
    moment,
    picture,
    rows,
    seconds,
    unique,
    unnamed,
)
from travelcrawl.pages.state import LONGEST, assigned

_STATE = "_ROUTER_DATA"
_HAS_ITEM = r'"item_list":\s*\[\s*\{'

ENVELOPES = ("aweme_list[]", "comments[]", "data[]")
"""Where its answers hold what a note may quote alone (pages/stored.py)."""

RULES = (
    Rule(verdict=Verdict.CHALLENGED, title="验证码", why="a captcha (title 验证码中间页)"),
    Rule(verdict=Verdict.SOFT_BLOCKED, marker=r"\A\s*\Z", status={200}, why="an empty body"),
    Rule(verdict=Verdict.FORBIDDEN, marker=r"\A\s*blocked\s*\Z", why="refused (body blocked)"),
    Rule(verdict=Verdict.LOGIN_REQUIRED, json={"status_code": {8, 2483}}, why="login wanted (status_code {value})"),
    Rule(
        verdict=Verdict.CHALLENGED,
        is_json=True,
        marker="verify_check",
        why="a captcha",
    ),
    Rule(verdict=Verdict.GONE, json={"aweme_detail": {None}}, why="gone or private"),
    Rule(verdict=Verdict.EMPTY, json={"status_code": {0}, "aweme_list": ("[]", None)}, why="no videos"),
    Rule(verdict=Verdict.EMPTY, json={"status_code": {0}, "comments": ("[]", None)}, why="no comments"),
    Rule(
        verdict=Verdict.GONE,
        marker=rf'(?s)\A(?!.*{_HAS_ITEM}).*"filter_list":\s*\[\s*\{{',
        why="gone or private (filter_list)",
    ),
    Rule(
        verdict=Verdict.SOFT_BLOCKED,
        is_json=False,
        marker=rf"(?s)\A(?!.*{_HAS_ITEM}).*_ROUTER_DATA",
        why="a share page without the video",
    ),
    Rule(
        verdict=Verdict.CHALLENGED,
        is_json=False,
        lacks="RENDER_DATA",
        marker=rf"(?s)\A(?!.*{_HAS_ITEM}).*__ac_(?:nonce|signature)",
        why="a challenge by script",
    ),
)


class SharePage(TravelPage[SearchPage]):
    """A share page of a video or of pictures, the page of one, or the state stored out of one."""

    patterns = (
        r"(?:iesdouyin|douyin)\.com/share/(?:video|note|slides)/\d",
        r"douyin\.com/(?:video|note)/\d",
        r"//v\.douyin\.com/\w",
    )
    gives = frozenset({"notes", "reviews"})
    expects = ("note.text", "note.author", "note.published_at")

    @classmethod
    def fits(cls, response: HttpResponse) -> bool:
        """Fit a page that has a video in its state."""
        return bool(shown(response.text))

    async def to_item(self) -> SearchPage:
        """Read the video, and comments where the page has some."""
        notes: list[Note] = []
        reviews: list[Review] = []
        for item in shown(self.response.text):
            note = note_of(item)
            if note is not None:
                notes.append(note)
                reviews += reviews_of(item.get("comment_list"), note.ref)
        return SearchPage(items=[*notes, *reviews])


class PostsPage(ApiPage):
    """Stored answers of aweme/post, aweme/detail, iteminfo, search: videos, one or many."""

    patterns = (r"/aweme/v\d/(?:web/)?(?:aweme|general/search|search|feed|tab)", r"/web/api/v2/(?:aweme|search)")
    expects = ("note.text", "note.author", "note.published_at")

    @staticmethod
    def holds(data: Any) -> Any:
        """Return the videos."""
        for name in ("aweme_list", "item_list", "aweme_details"):
            if isinstance(dig(data, name), list):
                return rows(dig(data, name))
        found = [dig(data, "aweme_detail")]
        for row in rows(dig(data, "data")):
            found += [row.get("aweme_info"), *rows(dig(row, "aweme_mix_info", "mix_items"))]
        return [item for item in found if isinstance(item, dict)] or None

    async def to_item(self) -> SearchPage:
        """Read the videos."""
        return SearchPage(items=[note for note in map(note_of, self.holds(self.data) or []) if note])


class CommentsPage(ApiPage):
    """Stored answers of comment/list: comments and those to them."""

    patterns = (r"/comment/list",)
    gives = frozenset({"reviews"})
    expects = ("review.text", "review.author", "review.published_at", "review.about_ref")

    @staticmethod
    def holds(data: Any) -> Any:
        """Return the comments."""
        found = dig(data, "comments")
        return rows(found) if isinstance(found, list) else None

    async def to_item(self) -> SearchPage:
        """Read the comments."""
        return SearchPage(items=list(reviews_of(self.holds(self.data), None)), total=whole(dig(self.data, "total")))


def shown(body: str) -> list[dict[str, Any]]:
    """Return the videos of a page's state: ``_ROUTER_DATA`` of a share page, else ``RENDER_DATA`` of the desktop's page."""
    routed = assigned(body, _STATE) or stored(body, _STATE)
    loaded = dig(routed, "loaderData")
    pages = [value for key, value in loaded.items() if key.endswith("/page")] if isinstance(loaded, dict) else []
    apps = dicts(pages) or dicts(stored(body, "RENDER_DATA")) or dicts(routed)
    results = [result for app in apps for result in dicts(app)]
    listed = [item for result in results for item in dicts(result.get("item_list"))]
    details = [dig(app, *path) for app in apps for path in (("aweme", "detail"), ("videoDetail",), ("noteDetail",))]
    return listed[:MOST_ROWS] or dicts(details) or streamed(body)


def streamed(body: str) -> list[dict[str, Any]]:
    """Return the video of a page that is sent in pieces (since 2023): ``self.__pace_f.push([1,"7:[…]"])``."""
    found: list[dict[str, Any]] = []
    for start in islice(_PIECE.finditer(body[:LONGEST]), PIECES):
        piece = dig(state(body, start.end()), 1)
        if isinstance(piece, str) and '"detail"' in piece:
            value = from_json(piece.partition(":")[2])
            found += [dig(holder, "aweme", "detail") for holder in holding(value, "aweme")]
    return list({first(one, "awemeId", "aweme_id"): one for one in found if isinstance(one, dict)}.values())


PIECES = 60
"""Pieces of a page that are looked at; a whole one has 20 to 40."""
_PIECE = re.compile(r"__pace_f\.push\(\s*(?=\[)")


def stored(body: str, name: str) -> Any:
    """Return what ``<script id=…>`` holds: JSON, plain or in the coding of addresses; None where there is none."""
    if name not in body or len(body) > LONGEST:
        return None
    coded = html(body).xpath("//script[@id=$name]/text()", name=name).get("")
    try:
        return json.loads(unquote(coded) if coded.lstrip().startswith("%") else coded)
    except (ValueError, RecursionError):
        return None


def note_of(item: dict[str, Any]) -> Note | None:
    """Return a video or a set of pictures as a note, None where it has no id."""
    ref = identifier(first(item, "aweme_id", "awemeId", "group_id"))
    if ref is None:
        return None
    author, stat = first(item, "author", "authorInfo"), first(item, "statistics", "stats")
    extra = dicts(first(item, "text_extra", "textExtra"))
    images = dicts(first(item, "images", "image_infos"))
    plays = count(first(stat, "play_count", "playCount"))
    topics = [first(part, "hashtag_name", "hashtagName") for part in extra]
    return Note(
        platform="douyin",
        ref=ref,
        url=f"https://www.douyin.com/{'note' if images else 'video'}/{ref}",
        kind="note" if images else "video",
        text=unnamed(item.get("desc"), people_in(item, extra)),
        author=identifier(first(author, "sec_uid", "secUid", "uid", "unique_id", "uniqueId", "short_id")),
        published_at=moment(first(item, "create_time", "createTime")),
        views=plays if plays not in (0, "0") else None,
        likes=count(first(stat, "digg_count", "diggCount")),
        comments=count(first(stat, "comment_count", "commentCount")),
        favourites=count(first(stat, "collect_count", "collectCount")),
        shares=count(first(stat, "share_count", "shareCount")),
        duration=None if images else duration_of(item),
        tags=unique([*topics, *(tag.get("cha_name") for tag in dicts(item.get("cha_list")))]),
        photos=photos_of(images or [video_cover(item)]),
        mentions=mentions_of(item) or None,
    )


def people_in(item: dict[str, Any], extra: list[dict[str, Any]]) -> Iterator[str]:
    """Yield the names in the text, which the parts without a topic mark by start and end."""
    words = text(item.get("desc")) or ""
    for part in extra:
        start, end = whole(part.get("start")), whole(part.get("end"))
        if first(part, "user_id", "userId", "sec_uid", "secUid") and start is not None and end is not None:
            yield words[max(start, 0) : max(end, 0)].removeprefix("@").strip()


def duration_of(item: dict[str, Any]) -> float | int | None:
    """Return the length of a video in seconds; the source has milliseconds."""
    found = number(dig(item, "video", "duration")) or number(item.get("duration"))
    return seconds(found / 1000) if found else None


def video_cover(item: dict[str, Any]) -> dict[str, Any]:
    """Return the picture that a video shows before it plays."""
    video = item.get("video")
    return next((cover for cover in dicts([first(video, "cover", "origin_cover")])), {})


def photos_of(images: list[dict[str, Any]]) -> list[str] | None:
    """Return an address for each picture that has one which does not expire."""
    lists = [first(image, "url_list", "urlList") for image in images]
    found = [map(picture, addresses) for addresses in lists if isinstance(addresses, list)]
    return unique(next((address for address in addresses if address), None) for addresses in found)


def mentions_of(item: dict[str, Any]) -> list[Mention]:
    """Return the place that the author has set; share pages have none, stored lists may."""
    place = first(item, "poi_info", "poiInfo")
    name = text(first(place, "poi_name", "poiName"))
    ref = identifier(first(place, "poi_id", "poiId"))
    return [Mention(name=name, ref=ref, evidence="tag", score=PLACE_TAG)] if name else []


def reviews_of(comments: Any, about: str | None) -> Iterator[Review]:
    """Yield each comment and those to it as reviews of the video."""
    for head in rows(comments):
        for comment in (head, *rows(head.get("reply_comment"))):
            ref = identifier(comment.get("cid"))
            if ref is None:
                continue
            images = dicts([image.get("origin_url") for image in dicts(comment.get("image_list"))])
            yield Review(
                platform="douyin",
                ref=ref,
                about="note",
                about_ref=identifier(comment.get("aweme_id")) or about,
                author=identifier(first(comment.get("user"), "sec_uid", "uid")),
                text=unnamed(comment.get("text")),
                published_at=moment(comment.get("create_time")),
                likes=count(comment.get("digg_count")),
                replies=count(comment.get("reply_comment_total")),
                photos=photos_of(images),
            )
