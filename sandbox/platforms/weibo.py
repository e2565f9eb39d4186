"""Weibo: single posts and their comments by the phone's site, the hot search, and the visitor system (platforms.md 7)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, timezone
from html import escape
from typing import Any, ClassVar

from sandbox.dialect import Dialect, Route, reviews_by_subject
from sandbox.http import Reply, Request, html_reply, json_reply, redirect
from sandbox.model import Author, Note, Review, World
from sandbox.names import CITIES

DESKTOP, MOBILE, SEARCH = "weibo.com", "m.weibo.cn", "s.weibo.com"
PASSPORT, VISITOR = "passport.weibo.com", "visitor.passport.weibo.cn"
COMMENTS_A_PAGE = 20
LONG = 140
"""Characters from which a post is shown in part."""
_CHINA = timezone(timedelta(hours=8))
_IMAGES = "https://wx1.sinaimg.cn/large"
_BASE62 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_GONE = {"ok": 0, "msg": "微博不存在或暂无查看权限!"}


class Weibo(Dialect):
    """What is open without a login; search and timelines are not."""

    platform: ClassVar[str] = "weibo"
    robots: ClassVar[dict[str, str]] = {
        DESKTOP: "User-agent: Baiduspider\nAllow: /2/detail/\nAllow: /ttarticle/p/show\nCrawl-delay: 1\n\n"
        "User-agent: *\nDisallow: /\n"
    }
    varies: ClassVar[tuple[str, ...]] = ("referer",)

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.comments = reviews_by_subject(self.shelf)
        self.by_bid = {bid_of(note.ref): note for note in self.shelf.notes}

    def routes(self) -> Iterable[Route]:
        """Return the platform's addresses."""
        return (
            Route(MOBILE, r"/statuses/show", self.show),
            Route(MOBILE, r"/statuses/extend", self.extend),
            Route(MOBILE, r"/(?:detail|status)/(\w+)", self.detail_page),
            Route(MOBILE, r"/comments/hotflow", self.hotflow),
            Route(MOBILE, r"/api/container/getIndex", self.index),
            Route(MOBILE, r"/.*", self.visitor_of_phones),
            Route(DESKTOP, r"/ajax/side/hotSearch", self.hot_search),
            Route(DESKTOP, r"/ajax/side/search", self.side_search),
            Route(DESKTOP, r"/.*", self.visitor),
            Route(SEARCH, r"/.*", self.visitor),
            Route(PASSPORT, r"/.*", self.visitor_page),
            Route(VISITOR, r"/.*", self.visitor_page),
        )

    def shared(self) -> Iterator[str]:
        """Yield what people share: addresses of the phone's site and of the desktop's, and bids."""
        for number, note in enumerate(self.shelf.notes):
            forms = (
                f"https://{MOBILE}/detail/{note.ref}",
                f"https://{DESKTOP}/{note.author.id}/{bid_of(note.ref)}",
                f"https://{MOBILE}/status/{bid_of(note.ref)}",
                note.ref,
            )
            yield forms[number % len(forms)]

    def show(self, request: Request, _: re.Match[str]) -> Reply:
        """Return one post as JSON."""
        note = self._note(request.query.get("id", ""))
        return json_reply(_GONE) if note is None else json_reply({"ok": 1, "data": self._post(note)})

    def extend(self, request: Request, _: re.Match[str]) -> Reply:
        """Return the whole text of a long post."""
        note = self._note(request.query.get("id", ""))
        if note is None:
            return json_reply(_GONE)
        counts = {"reposts_count": note.shares, "comments_count": note.comments, "attitudes_count": note.likes}
        return json_reply({"ok": 1, "data": {"ok": 1, "longTextContent": _markup(note), **counts}})

    def detail_page(self, _: Request, found: re.Match[str]) -> Reply:
        """Return the phone's page of a post."""
        note = self._note(found[1])
        if note is None:
            return html_reply(
                "<html><head><title>微博</title></head><body><p>微博不存在或暂无查看权限!</p></body></html>"
            )
        state = json.dumps([{"status": self._post(note), "call": 1}], ensure_ascii=False, indent=1).replace(
            "</", "<\\/"
        )
        return html_reply(
            "<!DOCTYPE html><html><head><title>微博正文 - 微博HTML5版</title></head><body>"
            f'<div id="app"></div><script>\nvar $render_data = {state}[0] || {{}};\n</script></body></html>'
        )

    def hotflow(self, request: Request, _: re.Match[str]) -> Reply:
        """Return a page of comments; ``max_id`` is where the next begins, 0 at the end."""
        note = self._note(request.query.get("id", ""))
        reviews = self.comments.get(note.ref, []) if note else []
        if not reviews:
            return json_reply({"ok": 0, "msg": "快来发表你的评论吧"})
        mark = request.query.get("max_id", "0")
        start = next((index for index, review in enumerate(reviews) if review.ref == mark), 0)
        page = reviews[start : start + COMMENTS_A_PAGE]
        following = reviews[start + COMMENTS_A_PAGE :]
        data = {
            "data": [_comment(review) for review in page],
            "total_number": len(reviews),
            "max_id": int(following[0].ref) if following else 0,
            "max": -(-len(reviews) // COMMENTS_A_PAGE),
            "max_id_type": 0,
        }
        return json_reply({"ok": 1, "data": data})

    def index(self, request: Request, _: re.Match[str]) -> Reply:
        """Ask for a login, but for a person's own list, which is empty here."""
        if request.query.get("containerid", "").startswith("107603"):
            return json_reply({"ok": 0, "msg": "这里还没有内容", "data": {"cards": []}})
        return json_reply({"ok": -100, "url": f"https://{PASSPORT}/sso/signin?entry=wapsso&url={request.host}"})

    def hot_search(self, request: Request, _: re.Match[str]) -> Reply:
        """Return what people look for now; only to who comes from the site."""
        if not request.headers.get("referer", "").startswith(f"https://{DESKTOP}/"):
            return json_reply({"error": "Forbidden"}, 403)
        words = [f"{city.name}{ending}" for ending in ("周末去哪儿", "地铁", "晚霞", "美食节") for city in CITIES]
        rows = [
            {"word": word, "num": 900_000 - rank * 1_234, "realpos": rank, "rank": rank - 1, "label_name": "",
             "word_scheme": f"#{word}#"}
            for rank, word in enumerate(words, 1)
        ]  # fmt: skip
        return json_reply({"ok": 1, "data": {"realtime": rows, "hotgov": {"word": "#今日节气#"}}})

    def side_search(self, _: Request, __: re.Match[str]) -> Reply:
        """Return an empty search, which is what a visitor gets."""
        names = ("hotquery", "history", "real_hot", "query_relates", "user", "users")
        return json_reply({"ok": 1, "data": {name: [] for name in names}})

    def visitor(self, request: Request, _: re.Match[str]) -> Reply:
        """Send to the visitor system."""
        return redirect(f"https://{PASSPORT}/visitor/visitor?entry=miniblog&a=enter&url=https://{request.host}")

    def visitor_of_phones(self, _: Request, __: re.Match[str]) -> Reply:
        """Send to the visitor system of the phone's site."""
        return redirect(f"https://{VISITOR}/visitor/visitor?entry=sinawap")

    def visitor_page(self, _: Request, __: re.Match[str]) -> Reply:
        """Return the visitor system."""
        return html_reply("<html><head><title>Sina Visitor System</title></head><body></body></html>")

    def _note(self, id_: str) -> Note | None:
        note = self.notes.get(id_) or self.by_bid.get(id_)
        return None if note is None or note.gone else note

    def _post(self, note: Note) -> dict[str, Any]:
        markup = _markup(note)
        long = len(note.text) > LONG
        if long:
            shown = escape(note.paragraphs[0])[:60]
            markup = f'{shown} ...<a href="/status/{note.ref}">全文</a>'
        post: dict[str, Any] = {
            "created_at": _stamp(note.published_at),
            "id": note.ref,
            "mid": note.ref,
            "bid": bid_of(note.ref),
            "text": markup,
            "textLength": len(note.text),
            "source": "微博手机版",
            "region_name": f"发布于 {note.city.province[:2]}",
            "favorited": False,
            "user": _user(note.author),
            "reposts_count": note.shares,
            "comments_count": note.comments,
            "attitudes_count": note.likes,
            "isLongText": long,
            "pics": [{"pid": photo, "large": {"url": f"{_IMAGES}/{photo}"}} for photo in note.photos],
        }
        if note.tagged is not None:
            post["page_info"] = {
                "type": "place",
                "page_title": note.tagged.name,
                "page_url": f"https://{MOBILE}/p/index?containerid=100101B2{note.tagged.id:018X}",
                "content1": "地点",
            }
        return post


def _markup(note: Note) -> str:
    companion = ""
    if note.companion is not None:
        name = escape(note.companion.name)
        companion = f"<a href='/n/{name}'>@{name}</a>"
    first, *rest = note.written("\0")
    *rest, _ = rest
    lines = [escape(first).replace("\0", companion), *map(escape, rest)]
    topics = "".join(
        f'<a href="https://{MOBILE}/search?containerid=231522" data-hide=""><span class="surl-text">#{tag}#</span></a>'
        for tag in note.tags
    )
    return "<br />".join([*lines, topics])


def _comment(review: Review) -> dict[str, Any]:
    return {
        "created_at": _stamp(review.published_at),
        "id": review.ref,
        "mid": review.ref,
        "rootid": review.ref,
        "floor_number": 1,
        "text": escape(review.text or ""),
        "user": _user(review.author),
        "comments": False,
        "total_number": review.replies,
        "like_count": review.likes,
        "source": "来自四川",
    }


def _user(author: Author) -> dict[str, Any]:
    return {
        "id": int(author.id),
        "screen_name": author.name,
        "profile_image_url": f"https://tvax2.sinaimg.cn/{author.avatar}",
        "profile_url": f"https://{MOBILE}/u/{author.id}",
        "followers_count": "1.2万",
        "description": "",
    }


def bid_of(mid: str) -> str:
    """Return the short id of a post: groups of seven digits from the right, each in base 62 of four places."""
    groups, left = [], mid
    while left:
        left, group = left[:-7], left[-7:]
        number, coded = int(group), ""
        while number:
            number, digit = divmod(number, 62)
            coded = _BASE62[digit] + coded
        groups.append(coded.rjust(4, "0") if left else coded)
    return "".join(reversed(groups))


def _stamp(moment: datetime) -> str:
    return moment.astimezone(_CHINA).strftime("%a %b %d %H:%M:%S +0800 %Y")
