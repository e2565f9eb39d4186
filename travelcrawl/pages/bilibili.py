"""Bilibili (B站): videos, their tags and replies, articles and posts (动态).

Video pages carry ``window.__INITIAL_STATE__`` and are open to robots; api.bilibili.com is closed by its robots.txt
(2026-08-16), so its answers are read where an operator has permission or has stored them. There are no places in it: a
video speaks of one by words and tags only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from web_poet import HttpResponse

from travelcrawl.access.verdicts import Rule, Verdict
from travelcrawl.items import Item, Link, Note, SearchPage
from travelcrawl.pages.base import TravelPage
from travelcrawl.pages.bilibili_parts import (
    article_in,
    article_of,
    articles_in,
    bvid,
    listed,
    modules_of,
    note_of,
    post_of,
    posts_in,
    replied,
    reviews_of,
    tagged,
    video_in,
    video_url,
)
from travelcrawl.pages.fields import dicts, dig, found, query, text, whole, with_query
from travelcrawl.pages.social import (
    ApiPage,
    first,
    identifier,
    unique,
)
from travelcrawl.pages.state import assigned

API = "https://api.bilibili.com"
MOST_PAGES = 100
"""Pages of one list that are followed: a bound of ours, 2,000 replies of a video. Search itself ends at 50 (2025-05)."""
NONE = (None, "[]", "{}")
_STATE = "__INITIAL_STATE__"
ARTICLE = re.compile(r"/read/(?:mobile/|cv)(\d+)")

ENVELOPES = ("data", "data.item", "data.list[]", "data.replies[]", "data.items[]", "data.result[]")
"""Where its answers hold what a note may quote alone (pages/stored.py)."""

RULES = (
    Rule(verdict=Verdict.CHALLENGED, json={"code": {-352}}, why="risk control (code {value})"),
    Rule(verdict=Verdict.CHALLENGED, json_not={"data.v_voucher": ("",)}, why="risk control (a voucher)"),
    Rule(verdict=Verdict.FORBIDDEN, json={"code": {-412}}, why="request was banned (code {value})"),
    Rule(verdict=Verdict.FORBIDDEN, json={"code": {-403}}, why="no right to see it unsigned (code {value})"),
    Rule(verdict=Verdict.LOGIN_REQUIRED, json={"code": {-101}}, why="login wanted (code {value})"),
    Rule(verdict=Verdict.GONE, json={"code": {-404, 62002, 62004, 62012}}, why="gone or hidden (code {value})"),
    Rule(verdict=Verdict.RATE_LIMITED, json={"code": {-509, -799, -503}}, why="too frequent (code {value})"),
    Rule(verdict=Verdict.EMPTY, json={"code": {12002, 12061}}, why="comments are closed (code {value})"),
    Rule(verdict=Verdict.MALFORMED, json={"code": {-400}}, why="our request was wrong (code {value})"),
    Rule(verdict=Verdict.SITE_DOWN, json={"code": {-500, -502, -504}}, why="the site fails (code {value})"),
    Rule(verdict=Verdict.EMPTY, json={"code": {0}, "data.replies": NONE, "data.hots": NONE}, why="no replies"),
    Rule(verdict=Verdict.EMPTY, json={"code": {0}, "data.list": NONE}, why="no videos"),
    Rule(verdict=Verdict.FORBIDDEN, marker="由于触发哔哩哔哩安全风控策略", why="refused by risk control"),
    Rule(verdict=Verdict.GONE, marker=r'"trueCode":\s*-404\b', why="the video is gone"),
    Rule(verdict=Verdict.LOGIN_REQUIRED, marker=r'"trueCode":\s*-403\b', why="the video wants a login"),
    Rule(verdict=Verdict.FORBIDDEN, status={200, 412}, title=r"^出错啦", why="refused (title 出错啦)"),
    Rule(verdict=Verdict.FORBIDDEN, status={412}, why="request was banned (HTTP 412)"),
)


class VideoPage(TravelPage[SearchPage]):
    """A video: its page or the state stored out of it, or an answer of x/web-interface/view and view/detail."""

    patterns = (
        r"bilibili\.com/(?:s/)?video/",
        r"//(?:www\.)?b23\.tv/\w",
        r"/x/web-interface/(?:wbi/)?view(?!/detail/tag)",
    )
    gives = frozenset({"notes", "reviews"})
    expects = ("note.title", "note.author", "note.published_at", "note.duration")

    @classmethod
    def fits(cls, response: HttpResponse) -> bool:
        """Fit what holds one video."""
        return note_of(video_in(assigned(response.text, _STATE))) is not None

    async def to_item(self) -> SearchPage:
        """Read the video, the tags and first replies beside it, and say where the other replies are."""
        state = assigned(self.response.text, _STATE)
        video = video_in(state)
        tags = [*dicts(dig(state, "tags")), *dicts(dig(state, "data", "Tags"))]
        note = note_of(video, tags=[first(tag, "tag_name", "name") for tag in tags])
        if note is None:
            return SearchPage()
        reviews = reviews_of(dig(state, "data", "Reply"), note.ref)
        links: list[Link] = []
        if (aid := identifier(video.get("aid"))) and note.comments != 0:
            address = f"{API}/x/v2/reply?type=1&oid={aid}&sort=1&ps=20&pn=1"
            links.append(Link(url=address, page="RepliesPage", params={"ref": note.ref}))
        if note.tags is None:
            address = f"{API}/x/tag/archive/tags?bvid={note.ref}"
            links.append(Link(url=address, page="TagsPage", params={"ref": note.ref}))
        return SearchPage(items=[note, *reviews], links=links)


class TagsPage(ApiPage):
    """Answer of x/tag/archive/tags: the tags of the video that the address names."""

    patterns = (r"/x/tag/archive/tags", r"/x/web-interface/view/detail/tag")
    gives = frozenset({"notes"})
    expects = ("note.tags",)
    holds = staticmethod(tagged)

    async def to_item(self) -> SearchPage:
        """Read the tags as a part of the video's note."""
        address = str(self.response.url)
        ref = text(self.params.get("ref")) or bvid(query(address, "bvid"), query(address, "aid"))
        tags = unique(tag["tag_name"] for tag in tagged(self.data) or ())
        return SearchPage(items=[Note(platform="bilibili", ref=ref, kind="video", tags=tags)] if ref and tags else [])


class VideosPage(ApiPage):
    """Lists of videos: popular, ranking, region, search (with articles), uploads; each video is followed to its page."""

    patterns = (
        r"/x/web-interface/(?:popular|ranking|dynamic|newlist|archive|(?:wbi/)?search)",
        r"/x/space/.*arc/search",
    )
    gives = frozenset({"notes", "reviews"})
    expects = ("note.title", "note.author")
    holds = staticmethod(listed)

    async def to_item(self) -> SearchPage:
        """Read the videos; where the run has a word, those that have it in title, description or tags."""
        numbered = ((one, identifier(one.get("id"))) for one in articles_in(self.data))
        articles = [article_of(one, number) for one, number in numbered if number]
        found = [*(note for note in map(note_of, listed(self.data) or []) if note), *articles]
        word = text(self.params.get("keyword"))
        meant = (note for note in found if word is None or word in f"{note.title} {note.text} {note.tags}")
        notes = list({note.ref: note for note in meant}.values())
        videos = (note for note in notes if note.kind == "video")
        links = [Link(url=str(note.url), page="VideoPage", params={"ref": note.ref}) for note in videos]
        total = whole(dig(self.data, "data", "numResults")) or whole(dig(self.data, "data", "page", "count"))
        return SearchPage(items=list(notes), links=[*links, *self._next(len(found))], total=total)

    def _next(self, found: int) -> Iterator[Link]:
        address = str(self.response.url)
        name = "pn" if query(address, "pn") else "page"
        page, last = whole(query(address, name)), whole(dig(self.data, "data", "numPages")) or MOST_PAGES
        size, total = (whole(dig(self.data, "data", "page", name)) for name in ("ps", "count"))
        if size and total:
            last = -(-total // size)
        if found and page and page < min(last, MOST_PAGES) and dig(self.data, "data", "no_more") is not True:
            following = with_query(address, {name: str(page + 1)})
            yield Link(url=following, page="VideosPage", params=dict(self.params))


class RepliesPage(ApiPage):
    """Answer of x/v2/reply, reply/main and reply/reply: what people say about a video, article or post."""

    patterns = (r"/x/v2/reply",)
    gives = frozenset({"reviews"})
    expects = ("review.text", "review.author", "review.published_at", "review.about_ref")
    holds = staticmethod(replied)

    async def to_item(self) -> SearchPage:
        """Read the replies and the replies to them."""
        data = dig(self.data, "data")
        items: list[Item] = list(reviews_of(data, text(self.params.get("ref"))))
        total = whole(dig(data, "page", "count")) or whole(dig(data, "cursor", "all_count"))
        return SearchPage(items=items, links=[*self._next(data), *self._threads(data)], total=total)

    def _next(self, data: Any) -> Iterator[Link]:
        page, size, total = (whole(dig(data, "page", name)) for name in ("num", "size", "count"))
        following, offset = {}, whole(dig(data, "cursor", "next"))
        if page and size and total and page * size < min(total, MOST_PAGES * size) and dig(data, "replies"):
            following = {"pn": str(page + 1)}
        elif offset and offset <= MOST_PAGES and dig(data, "cursor", "is_end") is False:
            following = {"next": str(offset)}
        if following:
            address = with_query(str(self.response.url), following)
            yield Link(url=address, page="RepliesPage", params=dict(self.params))

    def _threads(self, data: Any) -> Iterator[Link]:
        """Yield where the replies to a reply are that the answer does not hold."""
        for reply in dicts(dig(data, "replies")):
            ids = [identifier(reply.get(name)) for name in ("type", "oid", "rpid")]
            missing = (whole(reply.get("rcount")) or 0) > len(dicts(reply.get("replies")))
            if missing and all(ids) and not whole(reply.get("root")):
                address = "{}/x/v2/reply/reply?type={}&oid={}&root={}&ps=20&pn=1".format(API, *ids)
                yield Link(url=address, page="RepliesPage", params=dict(self.params))


class ArticlePage(ApiPage):
    """An article: its page, answers of x/article/view and viewinfo (whose number is in the address), or lists of them."""

    patterns = (r"/x/article/", r"/x/space/(?:wbi/)?article", r"bilibili\.com/read/(?:mobile/|cv)")
    expects = ("note.title", "note.author")

    @staticmethod
    def holds(data: Any) -> Any:
        """Return the articles."""
        one = article_in(data)
        return [one] if one else articles_in(data) or None

    @classmethod
    def fits(cls, response: HttpResponse) -> bool:
        """Fit an answer, or a page whose state has an article."""
        return bool(cls.holds(assigned(response.text, _STATE)))

    async def to_item(self) -> SearchPage:
        """Read the articles."""
        address = str(self.response.url)
        asked = identifier(query(address, "id")) or found(ARTICLE, address)
        articles = self.holds(assigned(self.response.text, _STATE)) or []
        numbered = [(one, identifier(first(one, "id", "cvid")) or asked) for one in articles]
        return SearchPage(items=list({number: article_of(one, number) for one, number in numbered if number}.values()))


class DynamicPage(ApiPage):
    """Answer of x/polymer/web-dynamic: posts with words, pictures or a video, which is followed to its page."""

    patterns = (r"/x/polymer/web-dynamic/", r"bilibili\.com/opus/\d", r"//t\.bilibili\.com/\d")
    gives = frozenset({"notes", "reviews"})
    expects = ("note.author", "note.published_at")

    @classmethod
    def fits(cls, response: HttpResponse) -> bool:
        """Fit an answer with posts, or a page whose state has one."""
        return posts_in(assigned(response.text, _STATE)) is not None

    async def to_item(self) -> SearchPage:
        """Read the posts."""
        posts = posts_in(assigned(self.response.text, _STATE)) or []
        notes = list({note.ref: note for note in map(post_of, posts) if note}.values())
        archives = (dig(modules_of(post), "module_dynamic", "major", "archive") for post in posts)
        refs = unique(bvid(dig(archive, "bvid"), dig(archive, "aid")) for archive in archives)
        links = [Link(url=video_url(ref), page="VideoPage", params={"ref": ref}) for ref in refs or ()]
        return SearchPage(items=list(notes), links=links)
