"""Weibo (微博): posts, their comments and a person's timeline, in the shapes of m.weibo.cn and of weibo.com/ajax.

Without a login most of it answers with the visitor system or ``ok: -100`` now (2026-10-02): that is reported and left. A
person's page gives no item, only where the timeline is; words of the hot search are no notes either: they lead to
searches.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from web_poet import HttpResponse

from travelcrawl.access.verdicts import Rule, Verdict
from travelcrawl.items import Item, Link, Note, SearchPage
from travelcrawl.pages.base import TravelPage, json_of
from travelcrawl.pages.fields import dicts, dig, query, text, whole, with_query
from travelcrawl.pages.social import ApiPage, count, hashtags, identifier, plain, unique
from travelcrawl.pages.weibo_parts import comments_in, notes_of, numbered, review_of, shown, timeline

MOBILE = "https://m.weibo.cn"
MOST_PAGES = 100
"""Pages of one list that are followed: a bound of ours."""
NONE = ("[]", None)

ENVELOPES = ("data", "data.list[]", "data.cards[]", "data[]")
"""Where its answers hold what a note may quote alone (pages/stored.py)."""

RULES = (
    Rule(verdict=Verdict.LOGIN_REQUIRED, json={"ok": {-100}}, why="login wanted (ok {value})"),
    Rule(verdict=Verdict.LOGIN_REQUIRED, status={432}, why="visitor system (HTTP 432)"),
    Rule(
        verdict=Verdict.LOGIN_REQUIRED,
        status={301, 302, 303, 307, 308},
        location=r"passport\.weibo|/visitor/|/sso/sign",
        why="redirected to the visitor system",
    ),
    Rule(verdict=Verdict.LOGIN_REQUIRED, url=r"passport\.weibo\.c\w+/", why="the visitor system or a login"),
    Rule(verdict=Verdict.LOGIN_REQUIRED, title=r"(?i)sina visitor system|新浪访客系统", why="the visitor system"),
    Rule(
        verdict=Verdict.LOGIN_REQUIRED,
        is_json=False,
        marker=r"visitor/genvisitor|genvisitor2|gen_callback",
        why="the visitor system",
    ),
    Rule(verdict=Verdict.FORBIDDEN, json={"error": {"Forbidden"}}, why="refused, as without a Referer"),
    Rule(verdict=Verdict.GONE, json={"error_code": {20101, 20112}}, why="the post is gone or private (code {value})"),
    Rule(verdict=Verdict.RATE_LIMITED, json={"ok": {0}}, marker="频繁|歇歇", why="too frequent"),
    Rule(
        verdict=Verdict.GONE, json={"ok": {0}}, marker="不存在|查看权限|已被删除|does not exist", why="gone or private"
    ),
    Rule(verdict=Verdict.GONE, is_json=False, marker="微博不存在或暂无查看权限", why="gone or private"),
    Rule(verdict=Verdict.EMPTY, json={"ok": {0}, "data.cards": NONE}, why="nothing here yet"),
    Rule(verdict=Verdict.EMPTY, json={"ok": {0}}, marker="还没有|暂无|没有更多|快来|已过滤", why="nothing here yet"),
    Rule(verdict=Verdict.SOFT_BLOCKED, json={"ok": {0}}, why="an answer without content (ok 0)"),
    Rule(verdict=Verdict.EMPTY, json={"ok": {1}, "data.real_hot": NONE, "data.users": NONE}, why="an empty search"),
    Rule(verdict=Verdict.EMPTY, json={"ok": {1}, "data.cards": NONE}, why="no posts"),
    Rule(verdict=Verdict.EMPTY, json={"ok": {1}, "data.list": NONE}, why="no posts"),
    Rule(verdict=Verdict.EMPTY, json={"ok": {1}, "data.data": NONE}, why="no comments"),
    Rule(verdict=Verdict.EMPTY, json={"ok": {1}, "data": NONE}, why="no comments"),
)


class StatusPage(TravelPage[SearchPage]):
    """One post: statuses/show of either site, or the phone's page with ``$render_data``."""

    patterns = (r"/statuses/show\b", r"m\.weibo\.c\w+/(?:status|detail|\d+)/\w")
    gives = frozenset({"notes", "reviews"})
    expects = ("note.text", "note.author", "note.published_at")

    @classmethod
    def fits(cls, response: HttpResponse) -> bool:
        """Fit what shows one post."""
        return shown(response.text, json_of(response)) is not None

    async def to_item(self) -> SearchPage:
        """Read the post; say where the rest of a long one and the comments are."""
        post = shown(self.response.text, self.data)
        notes = list(notes_of(post)) if post else []
        return SearchPage(items=list(notes), links=[link for note in notes for link in links_of(note)])


class LongTextPage(ApiPage):
    """Answer of statuses/extend (desktop: longtext): the whole text of the post that the address names."""

    patterns = (r"/statuses/(?:extend|longtext)\b",)
    expects = ("note.text",)

    @staticmethod
    def holds(data: Any) -> Any:
        """Return the text."""
        return text(dig(data, "data", "longTextContent"))

    async def to_item(self) -> SearchPage:
        """Read the text as a part of the post's note."""
        ref, words = about(self), plain(self.holds(self.data))
        if not ref or not words:
            return SearchPage()
        tags = unique(hashtags(words))
        return SearchPage(items=[Note(platform="weibo", ref=ref, kind="post", text=words, complete=True, tags=tags)])


class TimelinePage(ApiPage):
    """Lists of posts: getIndex with cards, mymblog, getWaterFallContent."""

    patterns = (r"/container/getIndex\?.*containerid=", r"/statuses/mymblog", r"/getWaterFallContent")
    gives = frozenset({"notes", "reviews"})
    expects = ("note.text", "note.author", "note.published_at")

    @staticmethod
    def holds(data: Any) -> Any:
        """Return the posts."""
        return timeline(data)

    async def to_item(self) -> SearchPage:
        """Read the posts."""
        posts = timeline(self.data) or []
        notes = {note.ref: note for post in posts for note in notes_of(post)}
        links = [link for note in notes.values() for link in links_of(note)]
        total = whole(dig(self.data, "data", "cardlistInfo", "total")) or whole(dig(self.data, "data", "total"))
        return SearchPage(items=list(notes.values()), links=[*links, *self._next(len(posts))], total=total)

    def _next(self, found: int) -> Iterator[Link]:
        """Yield the next page, by its number or by the mark that the answer gives."""
        address, info = str(self.response.url), dig(self.data, "data", "cardlistInfo")
        depth = whole(self.params.get("depth")) or 1
        since = identifier(dig(info, "since_id")) or identifier(dig(self.data, "data", "since_id"))
        cursor, page = identifier(dig(self.data, "data", "next_cursor")), identifier(dig(info, "page"))
        named = (("since_id", since), ("cursor", cursor), ("page", page))
        following = next(({name: value} for name, value in named if value), None)
        if following and found and depth < MOST_PAGES:
            yield Link(
                url=with_query(address, following),
                page="TimelinePage",
                params={**self.params, "depth": depth + 1},
            )


class CommentsPage(ApiPage):
    """Comments on a post: comments/hotflow, api/comments/show, the desktop's buildComments."""

    patterns = (r"/comments/(?:hotflow|hotFlowChild|show)\b", r"/statuses/buildComments")
    gives = frozenset({"reviews"})
    expects = ("review.text", "review.author", "review.published_at", "review.about_ref")

    @staticmethod
    def holds(data: Any) -> Any:
        """Return the comments."""
        return comments_in(data)

    async def to_item(self) -> SearchPage:
        """Read the comments and those to them."""
        ref = about(self)
        items: list[Item] = [review_of(comment, ref) for comment in comments_in(self.data) or []]
        total = whole(self._said("total_number"))
        return SearchPage(items=items, links=list(self._next(len(items), ref)), total=total)

    def _said(self, name: str) -> Any:
        return dig(self.data, "data", name) if isinstance(dig(self.data, "data"), dict) else dig(self.data, name)

    def _next(self, found: int, ref: str | None) -> Iterator[Link]:
        """Yield the next page: by ``max_id``, which is 0 at the end, or by its number up to ``max``."""
        address, depth = str(self.response.url), whole(self.params.get("depth")) or 1
        following, page = {}, whole(query(address, "page"))
        if (mark := whole(self._said("max_id"))) and "/comments/show" not in address:
            following = {"max_id": str(mark), "max_id_type": str(whole(self._said("max_id_type")) or 0)}
        elif page and page < (whole(self._said("max")) or 0):
            following = {"page": str(page + 1)}
        if following and found and depth < MOST_PAGES:
            params = {**self.params, "depth": depth + 1} | ({"ref": ref} if ref else {})
            yield Link(url=with_query(address, following), page="CommentsPage", params=params)


class UserPage(ApiPage):
    """A person's page: no item (people are not collected), only where the timeline is."""

    patterns = (r"/container/getIndex\?(?!.*containerid)", r"/ajax/profile/info")
    gives = frozenset({"notes", "reviews"})

    @staticmethod
    def holds(data: Any) -> Any:
        """Return the containers that the person's tabs name."""
        tabs = dicts(dig(data, "data", "tabsInfo", "tabs"))
        return [identifier(tab.get("containerid")) for tab in tabs if tab.get("tab_type") == "weibo"] if tabs else None

    async def to_item(self) -> SearchPage:
        """Say where the timeline is."""
        uid = identifier(dig(self.data, "data", "userInfo", "id"))
        address = f"{MOBILE}/api/container/getIndex?type=uid&value={uid}&containerid="
        tabs = [tab for tab in self.holds(self.data) or [] if tab and uid]
        return SearchPage(links=[Link(url=f"{address}{tab}", page="TimelinePage") for tab in tabs])


class HotSearchPage(ApiPage):
    """The hot search: what people look for now. Its words are no notes; those that hold the run's word lead to a search."""

    patterns = (r"/ajax/side/(?:hotSearch|search)", r"/ajax/statuses/hot_band")
    gives = frozenset({"notes", "reviews"})

    @staticmethod
    def holds(data: Any) -> Any:
        """Return the words."""
        lists = (dig(data, "data", name) for name in ("realtime", "band_list"))
        return next(([text(row.get("word")) for row in dicts(rows)] for rows in lists if isinstance(rows, list)), None)

    async def to_item(self) -> SearchPage:
        """Say where what is found under a word is."""
        words, word = self.holds(self.data) or [], text(self.params.get("keyword"))
        meant = unique(found for found in words if word and found and word in found) or []
        return SearchPage(links=[search_link(found) for found in meant], total=len(words))


def search_link(word: str) -> Link:
    """Return where the posts with a word are (100103type=1 is the search for all)."""
    container = quote(f"100103type=1&q={word}", safe="", errors="replace")
    address = f"{MOBILE}/api/container/getIndex?containerid={container}&page_type=searchall"
    return Link(url=address, page="TimelinePage")


def about(page: TravelPage[Any]) -> str | None:
    """Return the ref of the post that an answer is about, which only the request knows."""
    address = str(page.response.url)
    named = identifier(query(address, "id")) or identifier(query(address, "mid"))
    return text(page.params.get("ref")) or numbered(named)


def links_of(note: Note) -> Iterator[Link]:
    """Yield where the rest of a long post and the comments on it are."""
    if note.complete is False:
        yield Link(url=f"{MOBILE}/statuses/extend?id={note.ref}", page="LongTextPage", params={"ref": note.ref})
    if count(note.comments) != 0:
        address = f"{MOBILE}/comments/hotflow?id={note.ref}&mid={note.ref}&max_id_type=0"
        yield Link(url=address, page="CommentsPage", params={"ref": note.ref})
