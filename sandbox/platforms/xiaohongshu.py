"""Xiaohongshu: share links and the pages they lead to, with a state that is not JSON (platforms.md 5)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from html import escape
from typing import Any, ClassVar

from sandbox.dialect import Dialect, Route, reviews_by_subject
from sandbox.http import Reply, Request, html_reply, json_reply, redirect
from sandbox.model import Author, Note, Review, World

WWW, SHORT, API = "www.xiaohongshu.com", "xhslink.com", "edith.xiaohongshu.com"
_IMAGES = "https://sns-webpic-qc.xhscdn.com"
_UNDEFINED = "\0undefined\0"


class Xiaohongshu(Dialect):
    """Notes by their share links; without its own token a note is not shown."""

    platform: ClassVar[str] = "xiaohongshu"
    by_city: ClassVar[bool] = False
    robots: ClassVar[dict[str, str]] = {WWW: "User-agent: *\nDisallow: /\n"}

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.comments = reviews_by_subject(self.shelf)
        self.by_code = {_code(note): note for note in self.shelf.notes}

    def routes(self) -> Iterable[Route]:
        """Return the platform's addresses."""
        return (
            Route(SHORT, r"/(\w+)", self.short_link),
            Route(WWW, r"/(?:explore|discovery/item)/([0-9a-f]{24})", self.note_page),
            Route(WWW, r"/404", self.gone_page),
            Route(WWW, r"/(?:website-login/captcha|login).*", self.login_page),
            Route(WWW, r"/user/profile/.*", self.profile),
            Route(API, r"/.*", self.api),
        )

    def shared(self) -> Iterator[str]:
        """Yield what people share: a link, or the text that the app copies around it."""
        for number, note in enumerate(self.shelf.notes):
            link = f"http://{SHORT}/{_code(note)}"
            if number % 3 == 0:
                yield f"{note.title} {link} 复制本条信息，打开【小红书】App查看精彩内容！"
            elif number % 3 == 1:
                yield link
            else:
                yield f"https://{WWW}/explore/{note.ref}?xsec_token={note.ids['token']}&xsec_source=pc_user"

    def short_link(self, _: Request, found: re.Match[str]) -> Reply:
        """Lead to the note with its token."""
        note = self.by_code.get(found[1])
        if note is None:
            return redirect(f"https://{WWW}/404?source=/short&error_code=300031")
        query = f"app_platform=ios&xsec_source=app_share&xsec_token={note.ids['token']}"
        return redirect(f"https://{WWW}/discovery/item/{note.ref}?{query}")

    def note_page(self, request: Request, found: re.Match[str]) -> Reply:
        """Return a note's page."""
        note = self.notes.get(found[1])
        if note is None or note.gone or request.query.get("xsec_token") != note.ids["token"]:
            return redirect(f"https://{WWW}/404?source=/explore&error_code=300031")
        state = self._state(note)
        title, words = escape(note.title or ""), escape(note.paragraphs[0])
        return html_reply(
            f"<!DOCTYPE html><html><head><title>{title} - 小红书</title>"
            f'<meta name="og:image" content="https://{WWW}/logo.png"></head><body><div id="noteContainer">'
            f'<div id="detail-title" class="title">{title}</div><div id="detail-desc" class="desc">{words}</div></div>'
            f"<script>window.__INITIAL_STATE__={_script(state)}</script></body></html>"
        )

    def gone_page(self, _: Request, __: re.Match[str]) -> Reply:
        """Return the page for what is not there."""
        return html_reply("<html><head><title>小红书 - 你访问的页面不见了</title></head><body></body></html>")

    def login_page(self, _: Request, __: re.Match[str]) -> Reply:
        """Return the page of the check."""
        return html_reply("<html><head><title>安全验证</title></head><body></body></html>")

    def profile(self, request: Request, _: re.Match[str]) -> Reply:
        """Send to the login."""
        return redirect(f"https://{WWW}/login?redirectPath={request.path}")

    def api(self, _: Request, __: re.Match[str]) -> Reply:
        """Refuse what is not signed."""
        return json_reply({"code": -1, "success": False, "msg": ""}, 406)

    def _state(self, note: Note) -> dict[str, Any]:
        detail = {
            "comments": {
                "list": [_comment(review) for review in self.comments.get(note.ref, [])],
                "cursor": "",
                "hasMore": False,
                "loading": False,
                "firstRequestFinish": True,
            },
            "currentTime": _milliseconds(note.published_at) + 1000,
            "note": _note(note),
        }
        return {
            "global": {"appSettings": {"notificationInterval": 30, "note": 'a text with :undefined, "in" it'}},
            "user": {"loggedIn": False, "activated": False, "userInfo": _UNDEFINED},
            "note": {
                "prevRouteData": {},
                "firstNoteId": note.ref,
                "autoOpenNote": False,
                "noteDetailMap": {note.ref: detail},
                "serverRequestInfo": {"state": "success", "errorCode": 0, "errMsg": ""},
                "volume": _UNDEFINED,
                "currentNoteId": _UNDEFINED,
            },
        }


def _note(note: Note) -> dict[str, Any]:
    *paragraphs, _ = note.written(f"@{note.companion.name}" if note.companion else "")
    topics = "".join(f"#{tag}[话题]# " for tag in note.tags)
    tags = [{"id": f"{index:024x}", "name": tag, "type": "topic"} for index, tag in enumerate(note.tags)]
    if note.tagged is not None:
        tags.append({"id": f"{note.tagged.id:024x}", "name": note.tagged.name, "type": "location"})
    shown: dict[str, Any] = {
        "noteId": note.ref,
        "type": "video" if note.kind == "video" else "normal",
        "title": note.title,
        "desc": "\n".join([*paragraphs, topics]),
        "time": _milliseconds(note.published_at),
        "lastUpdateTime": _milliseconds(note.published_at),
        "ipLocation": note.city.province[:2],
        "xsecToken": note.ids["token"],
        "user": _user(note.author),
        "interactInfo": {
            "liked": False,
            "likedCount": count_of(note.likes),
            "collectedCount": count_of(note.favourites),
            "commentCount": count_of(note.comments),
            "shareCount": count_of(note.shares),
            "relation": "none",
        },
        "imageList": [
            {"urlDefault": f"{_IMAGES}/{photo}", "urlPre": f"{_IMAGES}/pre-{photo}", "width": 1080, "height": 1440}
            for photo in note.photos
        ],
        "tagList": tags,
        "atUserList": [_user(note.companion)] if note.companion else [],
        "shareInfo": {"unShare": False},
    }
    if note.kind == "video":
        shown["video"] = {"capa": {"duration": int(note.duration or 0)}, "media": {"stream": {"h264": []}}}
    return shown


def _comment(review: Review) -> dict[str, Any]:
    return {
        "id": review.ref,
        "noteId": review.about_ref,
        "content": review.text,
        "createTime": _milliseconds(review.published_at),
        "likeCount": count_of(review.likes),
        "ipLocation": "四川",
        "userInfo": {
            "userId": review.author.id,
            "nickname": review.author.name,
            "image": f"{_IMAGES}/{review.author.avatar}",
        },
        "subCommentCount": "0",
        "subComments": [],
        "atUsers": [],
        "pictures": _UNDEFINED,
    }


def _user(author: Author) -> dict[str, Any]:
    return {"userId": author.id, "nickname": author.name, "avatar": f"{_IMAGES}/{author.avatar}"}


def count_of(value: int | None) -> str:
    """Return a count as the site writes it: 1.2万 from 10,000 on."""
    if value is None or value < 10_000:
        return str(value or 0)
    return f"{value / 10_000:.1f}".removesuffix(".0") + "万"


def _code(note: Note) -> str:
    return f"a{int(note.ref[8:], 16) % 36**8:x}"


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _script(state: Any) -> str:
    written = json.dumps(state, ensure_ascii=False, separators=(",", ":")).replace("/", "\\u002F")
    return written.replace(json.dumps(_UNDEFINED), "undefined")
