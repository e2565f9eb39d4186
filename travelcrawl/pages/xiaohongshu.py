"""Xiaohongshu (小红书): notes and the comments on them, out of the state of shared pages or of stored answers of its API.

robots.txt closes the whole site (2026-08-26) and the API wants a signature: nothing is fetched but what a person shares.
State and API say the same, one with camelCase names, the other with snake_case. A note has no position; a place is at
most a tag.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from web_poet import HttpResponse

from travelcrawl.access.verdicts import Rule, Verdict
from travelcrawl.items import Mention, Note, Review, SearchPage
from travelcrawl.pages.base import TravelPage
from travelcrawl.pages.fields import dicts, dig, query, text
from travelcrawl.pages.social import (
    MOST_ROWS,
    PLACE_TAG,
    ApiPage,
    count,
    first,
    identifier,
    moment,
    pictures,
    rows,
    seconds,
    unique,
    unnamed,
)
from travelcrawl.pages.state import assigned

_STATE = "__INITIAL_STATE__"
_TOPIC = re.compile(r"#([^#\[\]\n]{1,60})\[话题\]# ?")
_NOTE_URL = r"(?:xiaohongshu|rednote)\.com/(?:explore|discovery/item|search_result)/[0-9a-f]"

ENVELOPES = ("data", "data.items[]", "data.comments[]")
"""Where its answers hold what a note may quote alone (pages/stored.py)."""

RULES = (
    Rule(verdict=Verdict.CHALLENGED, status={461, 471}, why="a captcha is wanted (HTTP {status})"),
    Rule(verdict=Verdict.FORBIDDEN, status={406}, why="refused unsigned (HTTP 406)"),
    Rule(verdict=Verdict.CHALLENGED, location=r"/website-login/captcha|verifyUuid=", why="redirected to a captcha"),
    Rule(verdict=Verdict.CHALLENGED, url=r"/website-login/captcha", why="a captcha"),
    Rule(verdict=Verdict.LOGIN_REQUIRED, location=r"/login\?|/website-login(?:$|\?)", why="redirected to a login"),
    Rule(verdict=Verdict.LOGIN_REQUIRED, url=r"xiaohongshu\.com/(?:website-)?login\b", why="a login"),
    Rule(verdict=Verdict.RATE_LIMITED, url=r"error_code=300013", why="too fast (300013)"),
    Rule(verdict=Verdict.FORBIDDEN, url=r"error_code=30001[12]", why="account or address refused"),
    Rule(verdict=Verdict.RATE_LIMITED, location=r"error_code=300013", why="too fast (300013)"),
    Rule(verdict=Verdict.FORBIDDEN, location=r"error_code=30001[12]", why="account or address refused"),
    Rule(verdict=Verdict.GONE, location=r"/404(?:[/?]|$)", why="gone, or shared without its token"),
    Rule(verdict=Verdict.GONE, url=r"xiaohongshu\.com/404\b", why="gone, or shared without its token"),
    Rule(verdict=Verdict.GONE, location="undertake_note_error=", why="the note cannot be shown"),
    Rule(verdict=Verdict.GONE, url="undertake_note_error=", why="the note cannot be shown"),
    Rule(verdict=Verdict.CHALLENGED, title="安全验证", why="a captcha"),
    Rule(verdict=Verdict.FORBIDDEN, title="安全限制", why="refused (title 安全限制)"),
    Rule(verdict=Verdict.GONE, title="页面不见了", why="gone, or shared without its token"),
    Rule(verdict=Verdict.FORBIDDEN, json={"code": {300011, 300012}}, why="account or address refused (code {value})"),
    Rule(verdict=Verdict.RATE_LIMITED, json={"code": {300013}}, why="too fast (code {value})"),
    Rule(verdict=Verdict.GONE, json={"code": {-510000, -510001, 300031}}, why="the note is gone (code {value})"),
    Rule(verdict=Verdict.LOGIN_REQUIRED, json={"code": {-100, -101, -104}}, why="login wanted (code {value})"),
    Rule(verdict=Verdict.FORBIDDEN, json={"code": {300015}}, why="taken for no browser (code {value})"),
    Rule(
        verdict=Verdict.SOFT_BLOCKED,
        json={"success": (False,)},
        json_not={"code": ("0",)},
        why="refused without a reason",
    ),
    Rule(verdict=Verdict.EMPTY, json={"code": {0}, "data.comments": ("[]", None)}, why="no comments"),
    Rule(verdict=Verdict.EMPTY, json={"code": {0}, "data.items": ("[]", None)}, why="no notes"),
    Rule(verdict=Verdict.EMPTY, json={"code": {0}, "data.notes": ("[]", None)}, why="no notes"),
    Rule(
        verdict=Verdict.GONE,
        is_json=False,
        marker=r'"errorCode":\s*(?:-51000[01]|300031)\b|你访问的页面不见了|当前笔记暂时无法浏览',
        why="the note is gone",
    ),
    Rule(
        verdict=Verdict.SOFT_BLOCKED,
        status={200},
        is_json=False,
        url=_NOTE_URL,
        marker=r"(?s)\A(?!.*note(?:DetailMap|Data))",
        why="a page without a note",
    ),
)


class NotePage(TravelPage[SearchPage]):
    """A shared note's page, or the state stored out of one: the note, and the comments that came with it."""

    patterns = (
        _NOTE_URL,
        r"//(?:www\.)?xhslink\.com/\w",
        r"(?:xiaohongshu|rednote)\.com/user/profile/\w+/[0-9a-f]{24}",
    )
    gives = frozenset({"notes", "reviews"})
    expects = ("note.author", "note.published_at", "note.text")

    @classmethod
    def fits(cls, response: HttpResponse) -> bool:
        """Fit a page that has a note in its state, or the place for one."""
        state = assigned(response.text, _STATE)
        return isinstance(dig(state, "note", "noteDetailMap"), dict) or bool(details(state))

    async def to_item(self) -> SearchPage:
        """Read the notes of the state: it is one, as a rule."""
        notes: list[Note] = []
        reviews: list[Review] = []
        for note, comments in details(assigned(self.response.text, _STATE)):
            found = note_of(note)
            if found is not None:
                notes.append(found)
                reviews += reviews_of(comments, found.ref)
        return SearchPage(items=[*notes, *reviews])


class FeedPage(ApiPage):
    """Stored answers of v1/feed, search/notes, user_posted, homefeed: notes, whole or as the cards of a list."""

    patterns = (r"/api/sns/web/v\d/(?:feed|search/notes|user_posted|homefeed|note/)",)
    expects = ("note.author",)

    @staticmethod
    def holds(data: Any) -> Any:
        """Return the notes, each with its id."""
        found = next(
            (dig(data, "data", name) for name in ("items", "notes") if dig(data, "data", name) is not None), None
        )
        found = dig(data, "items") if found is None else found
        if not isinstance(found, list):
            return None
        cards = ((row, first(row, "note_card", "noteCard")) for row in rows(found))
        notes = ((row, card if isinstance(card, dict) else row) for row, card in cards)
        return [
            {"note_id": row.get("id"), **note} for row, note in notes if first(first(note, "user"), "user_id", "userId")
        ]

    async def to_item(self) -> SearchPage:
        """Read the notes."""
        return SearchPage(items=[note for note in map(note_of, self.holds(self.data) or []) if note])


class CommentsPage(ApiPage):
    """Stored answers of v2/comment/page and comment/sub/page: comments and those to them."""

    patterns = (r"/api/sns/web/v\d/comment/(?:sub/)?page",)
    gives = frozenset({"reviews"})
    expects = ("review.text", "review.author", "review.published_at", "review.about_ref")

    @staticmethod
    def holds(data: Any) -> Any:
        """Return the comments."""
        found = dig(data, "data", "comments")
        return rows(found) if isinstance(found, list) else None

    async def to_item(self) -> SearchPage:
        """Read the comments."""
        about = identifier(query(str(self.response.url), "note_id"))
        return SearchPage(items=list(reviews_of(self.holds(self.data), about)))


def details(state: Any) -> list[tuple[dict[str, Any], Any]]:
    """Return the notes of a page's state, each with its comments: of the desktop's page, or of the phone's."""
    named = dig(state, "note", "noteDetailMap")
    found: list[tuple[Any, Any]] = [
        (with_id(dig(detail, "note"), key), dig(detail, "comments", "list"))
        for key, detail in (named.items() if isinstance(named, dict) else ())
    ]
    data = dig(state, "noteData", "data")
    found.append((dig(data, "noteData"), dig(data, "commentData", "comments")))
    found.append((dig(state, "note", "note"), None))
    shown = [(note, comments) for note, comments in found if isinstance(note, dict) and note]
    # Behind an opened note lies the list it was opened from.
    return (shown or [(card, None) for card in cards_in(state)])[:MOST_ROWS]


def cards_in(state: Any) -> Iterator[Any]:
    """Yield the cards of notes that a page lists: a person's, what is recommended, what a search found."""
    lists = (*dicts_in(dig(state, "user", "notes")), dig(state, "feed", "feeds"), dig(state, "search", "feeds"))
    for row in (row for one in lists for row in rows(one)):
        card = first(row, "noteCard", "note_card")
        if isinstance(card, dict) and first(card, "user"):
            yield with_id(card, text(row.get("id")) or "")


def dicts_in(lists: Any) -> list[Any]:
    """Return the lists of a list of lists (the tabs of a page)."""
    return [one for one in lists if isinstance(one, list)] if isinstance(lists, list) else []


def with_id(note: Any, key: str) -> Any:
    """Return a note with the id it is kept under, where it does not say its own."""
    return {"note_id": key, **note} if isinstance(note, dict) and note else None


def note_of(note: dict[str, Any]) -> Note | None:
    """Return a note, None where it has no id."""
    ref = identifier(first(note, "noteId", "note_id", "id"))
    if ref is None:
        return None
    info = first(note, "interactInfo", "interact_info")
    tags = dicts(first(note, "tagList", "tag_list"))
    people = dicts(first(note, "atUserList", "at_user_list"))
    words = text(note.get("desc"))
    return Note(
        platform="xiaohongshu",
        ref=ref,
        url=f"https://www.xiaohongshu.com/explore/{ref}",
        kind="video" if note.get("type") == "video" else "note",
        title=unnamed(first(note, "title", "displayTitle", "display_title")),
        text=unnamed(_TOPIC.sub(r"#\1 ", words), names_of(people)) if words else None,
        complete=True if words else None,
        author=identifier(first(first(note, "user"), "userId", "user_id")),
        published_at=moment(note.get("time")) or shown_day(note),
        likes=count(first(info, "likedCount", "liked_count")),
        comments=count(first(info, "commentCount", "comment_count")),
        favourites=count(first(info, "collectedCount", "collected_count")),
        shares=count(first(info, "shareCount", "share_count", "sharedCount", "shared_count")),
        duration=seconds(dig(note, "video", "capa", "duration")) or seconds(dig(note, "video", "duration")),
        tags=unique([*(tag.get("name") for tag in tags if not is_place(tag)), *_TOPIC.findall(words or "")]),
        photos=pictures(map(picture_of, [*dicts(first(note, "imageList", "image_list")), *dicts([note.get("cover")])])),
        mentions=[mention for mention in map(mention_of, tags) if mention] or None,
    )


def shown_day(note: dict[str, Any]) -> str | None:
    """Return the day that the corner of a card shows (``2024-06-12``, ``06-12``, ``3天前``)."""
    corners = dicts(first(note, "cornerTagInfo", "corner_tag_info"))
    return next((text(one.get("text")) for one in corners if one.get("type") == "publish_time"), None)


def names_of(people: list[dict[str, Any]]) -> list[Any]:
    """Return the names of people that a text speaks to."""
    return [first(person, "nickname", "nickName", "nick_name") for person in people]


def picture_of(image: dict[str, Any]) -> Any:
    """Return the address of an image: as it is shown, else before it is, else the first of any."""
    found = first(image, "urlDefault", "url_default", "url", "urlPre", "url_pre")
    return found or next((info.get("url") for info in dicts(first(image, "infoList", "info_list"))), None)


def is_place(tag: dict[str, Any]) -> bool:
    """Say whether a tag is of a place (types ``poi``, ``location``; inferred, platforms.md)."""
    return bool(re.match(r"(?:location|poi)", str(tag.get("type")), re.IGNORECASE))


def mention_of(tag: dict[str, Any]) -> Mention | None:
    """Return the place that a tag names, None where it is a topic."""
    name = text(tag.get("name"))
    if not name or not is_place(tag):
        return None
    return Mention(name=name, ref=identifier(tag.get("id")), evidence="tag", score=PLACE_TAG)


def reviews_of(comments: Any, about: str | None) -> Iterator[Review]:
    """Yield each comment and those to it as reviews of the note."""
    for head in rows(comments):
        for comment in (head, *rows(first(head, "subComments", "sub_comments"))):
            ref = identifier(comment.get("id"))
            if ref is None or "content" not in comment:
                continue
            people = [*dicts(first(comment, "atUsers", "at_users"))]
            yield Review(
                platform="xiaohongshu",
                ref=ref,
                about="note",
                about_ref=identifier(first(comment, "noteId", "note_id")) or about,
                author=identifier(first(first(comment, "userInfo", "user_info", "user"), "userId", "user_id")),
                text=unnamed(comment.get("content"), names_of(people)),
                published_at=moment(first(comment, "createTime", "create_time", "time")),
                likes=count(first(comment, "likeCount", "like_count", "likeViewCount")),
                replies=count(first(comment, "subCommentCount", "sub_comment_count")),
                photos=pictures(map(picture_of, dicts(comment.get("pictures")))),
            )
