"""Bilibili: video pages with their state, and the API that robots.txt closes (platforms.md 8)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any, ClassVar

from sandbox.dialect import Dialect, Route, reviews_by_subject
from sandbox.http import Reply, Request, html_reply, json_reply, redirect
from sandbox.model import Author, Note, Review, World

WWW, API, SHORT = "www.bilibili.com", "api.bilibili.com", "b23.tv"
SHOWN = 2
"""Replies to a reply that come with it; the others have to be asked for."""
_FACES = "https://i0.hdslb.com/bfs/face"


class Bilibili(Dialect):
    """Videos, the popular ones as a list, replies."""

    platform: ClassVar[str] = "bilibili"
    robots: ClassVar[dict[str, str]] = {
        WWW: "User-agent: *\nDisallow: /medialist/detail/\nDisallow: /index.html\n",
        API: "User-agent: *\nDisallow: /\n",
    }

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.by_aid = {note.ids["aid"]: note for note in self.shelf.notes}
        self.threads = {ref: threads(reviews) for ref, reviews in reviews_by_subject(self.shelf).items()}

    def routes(self) -> Iterable[Route]:
        """Return the platform's addresses."""
        return (
            Route(WWW, r"/video/(\w+)/?", self.video_page),
            Route(SHORT, r"/(\w+)", self.short_link),
            Route(API, r"/x/web-interface/view", self.view),
            Route(API, r"/x/web-interface/popular", self.popular),
            Route(API, r"/x/tag/archive/tags", self.tags),
            Route(API, r"/x/v2/reply", self.replies),
            Route(API, r"/x/v2/reply/reply", self.thread),
            Route(API, r"/x/web-interface/nav", self.nav),
            Route(API, r"/x/web-interface/(?:wbi/)?search/.*", self.risk_control),
            Route(API, r"/x/.*", self.no_right),
        )

    def video_page(self, _: Request, found: re.Match[str]) -> Reply:
        """Return the page of a video."""
        note = self._video(found[1])
        if note is None:
            return html_reply(
                "<html><head><title>视频去哪了呢？_哔哩哔哩_bilibili</title></head><body>"
                '<script>window.__INITIAL_STATE__={"error":{"code":404,"trueCode":-404}};(function(){}());</script></body></html>'
            )
        video = _video(note)
        state = {
            "aid": int(note.ids["aid"]),
            "bvid": note.ref,
            "p": 1,
            "videoData": video,
            "upData": {"mid": note.author.id, "name": note.author.name, "face": f"{_FACES}/{note.author.avatar}"},
            "tags": _tags(note),
            "related": [],
            "staffData": [],
            "cidMap": {note.ref: {"aid": int(note.ids["aid"]), "bvid": note.ref, "cids": {"1": 1}}},
        }
        written = json.dumps(state, ensure_ascii=False, separators=(",", ":")).replace("/", "\\u002F")
        title = escape(note.title or "")
        return html_reply(
            f'<!DOCTYPE html><html><head><title>{title}_哔哩哔哩_bilibili</title><meta property="og:title" content="{title}">'
            f'<meta itemprop="uploadDate" content="2026"></head><body><h1 title="{title}">{title}</h1>'
            f"<script>window.__playinfo__={{}}</script><script>window.__INITIAL_STATE__={written};"
            "(function(){var s;(s=document.currentScript||document.scripts[document.scripts.length-1]).parentNode.removeChild(s);}());"
            "</script></body></html>"
        )

    def short_link(self, _: Request, found: re.Match[str]) -> Reply:
        """Lead to the video."""
        return redirect(f"https://{WWW}/video/{found[1]}")

    def view(self, request: Request, _: re.Match[str]) -> Reply:
        """Return a video as JSON."""
        note = self._video(request.query.get("bvid", "")) or self.by_aid.get(request.query.get("aid", ""))
        return _refusal(-404, "啥都木有") if note is None else _answer(_video(note))

    def popular(self, request: Request, _: re.Match[str]) -> Reply:
        """Return a page of the popular videos."""
        size, number = _whole(request, "ps", 20), _whole(request, "pn", 1)
        if not 1 <= size <= 50 or number < 1:
            return _refusal(-400, "请求错误")
        notes = [note for note in self.shelf.notes if not note.gone]
        page = notes[(number - 1) * size : number * size]
        return _answer({"list": [_video(note) for note in page], "no_more": number * size >= len(notes)})

    def tags(self, request: Request, _: re.Match[str]) -> Reply:
        """Return the tags of a video."""
        note = self._video(request.query.get("bvid", "")) or self.by_aid.get(request.query.get("aid", ""))
        return _refusal(-404, "啥都木有") if note is None else _answer(_tags(note))

    def replies(self, request: Request, _: re.Match[str]) -> Reply:
        """Return a page of the replies to a video, each with the first of those to it."""
        note, size, number = (
            self.by_aid.get(request.query.get("oid", "")),
            _whole(request, "ps", 20),
            _whole(request, "pn", 1),
        )
        if note is None or request.query.get("type") != "1" or not 1 <= size <= 20:
            return _refusal(-404, "啥都木有")
        found = self.threads.get(note.ref, [])
        page = found[(number - 1) * size : number * size]
        count = {"num": number, "size": size, "count": len(found), "acount": sum(1 + len(rest) for _, rest in found)}
        rows = [
            {**_reply(head, note, None, len(rest)), "replies": [_reply(one, note, head) for one in rest[:SHOWN]]}
            for head, rest in page
        ]
        return _answer(
            {
                "page": count,
                "config": {"showfloor": 0},
                "replies": rows,
                "upper": {"mid": int(note.author.id), "top": None},
            }
        )

    def thread(self, request: Request, _: re.Match[str]) -> Reply:
        """Return a page of the replies to a reply."""
        note = self.by_aid.get(request.query.get("oid", ""))
        found = self.threads.get(note.ref, []) if note else []
        head, rest = next(((head, rest) for head, rest in found if head.ref == request.query.get("root")), (None, ()))
        if note is None or head is None:
            return _refusal(-404, "啥都木有")
        size, number = _whole(request, "ps", 20), _whole(request, "pn", 1)
        page = rest[(number - 1) * size : number * size]
        count = {"num": number, "size": size, "count": len(rest)}
        return _answer(
            {
                "page": count,
                "replies": [_reply(one, note, head) for one in page],
                "root": _reply(head, note, None, len(rest)),
            }
        )

    def nav(self, _: Request, __: re.Match[str]) -> Reply:
        """Say that nobody is logged in."""
        return json_reply({"code": -101, "message": "账号未登录", "ttl": 1, "data": {"isLogin": False}})

    def risk_control(self, _: Request, __: re.Match[str]) -> Reply:
        """Refuse a search that is not signed."""
        voucher = {"v_voucher": "voucher_00000000-0000-4000-8000-000000000000"}
        return json_reply({"code": -352, "message": "风控校验失败", "ttl": 1, "data": voucher})

    def no_right(self, _: Request, __: re.Match[str]) -> Reply:
        """Refuse what is not signed."""
        return _refusal(-403, "访问权限不足")

    def _video(self, id_: str) -> Note | None:
        note = self.notes.get(id_) or self.by_aid.get(id_.removeprefix("av"))
        return None if note is None or note.gone else note


def threads(reviews: Sequence[Review]) -> list[tuple[Review, Sequence[Review]]]:
    """Split comments into replies and those to them: of seven, three stand alone and three answer the fourth."""
    found: list[tuple[Review, Sequence[Review]]] = []
    for start in range(0, len(reviews), 7):
        group = reviews[start : start + 7]
        found += [(one, ()) for one in group[:3]]
        found += [(one, group[4:]) for one in group[3:4]]
    return found


def _video(note: Note) -> dict[str, Any]:
    aid = int(note.ids["aid"])
    published = int(note.published_at.timestamp())
    return {
        "bvid": note.ref,
        "aid": aid,
        "videos": 1,
        "tid": 250,
        "tname": "出行",
        "copyright": 1,
        "pic": f"http://i0.hdslb.com/bfs/archive/{note.photos[0]}",
        "title": note.title,
        "pubdate": published,
        "ctime": published - 600,
        "desc": note.text,
        "state": 0,
        "duration": int(note.duration or 0),
        "owner": {"mid": int(note.author.id), "name": note.author.name, "face": f"{_FACES}/{note.author.avatar}"},
        "stat": {
            "aid": aid,
            "view": note.views,
            "danmaku": 0,
            "reply": note.comments,
            "favorite": note.favourites,
            "coin": 0,
            "share": note.shares,
            "like": note.likes,
        },
        "dynamic": "",
        "cid": 1,
        "pages": [{"cid": 1, "page": 1, "part": note.title, "duration": int(note.duration or 0)}],
    }


def _tags(note: Note) -> list[dict[str, Any]]:
    return [{"tag_id": 1000 + index, "tag_name": tag, "type": 0} for index, tag in enumerate(note.tags)]


def _reply(review: Review, note: Note, root: Review | None, count: int = 0) -> dict[str, Any]:
    parent = int(root.ref) if root else 0
    return {
        "rpid": int(review.ref),
        "oid": int(note.ids["aid"]),
        "type": 1,
        "mid": int(review.author.id),
        "root": parent,
        "parent": parent,
        "count": count,
        "rcount": count,
        "ctime": int(review.published_at.timestamp()),
        "rpid_str": review.ref,
        "like": review.likes,
        "member": _member(review.author),
        "content": {"message": review.text, "members": [], "plat": 2},
        "replies": None,
        "reply_control": {"location": "IP属地：四川", "time_desc": "3天前发布"},
    }


def _member(author: Author) -> dict[str, Any]:
    return {"mid": author.id, "uname": author.name, "sex": "保密", "sign": "", "avatar": f"{_FACES}/{author.avatar}"}


def _answer(data: Any) -> Reply:
    return json_reply({"code": 0, "message": "0", "ttl": 1, "data": data})


def _refusal(code: int, message: str) -> Reply:
    return json_reply({"code": code, "message": message, "ttl": 1})


def _whole(request: Request, name: str, default: int) -> int:
    text = request.query.get(name, "")
    return int(text) if text.isdecimal() else default
