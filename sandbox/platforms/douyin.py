"""Douyin: share links, share pages for phones with _ROUTER_DATA, the desktop's page with RENDER_DATA (platforms.md 6)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar
from urllib.parse import quote

from sandbox.dialect import Dialect, Route, not_found
from sandbox.http import Reply, Request, html_reply, json_reply, redirect
from sandbox.model import Note, World

WWW, SHARE, SHORT = "www.douyin.com", "www.iesdouyin.com", "v.douyin.com"
_IMAGES = "https://p3-sign.douyinpic.com"
_CLOSED = "\n".join(
    f"User-agent: {name}\nDisallow: /follow\nDisallow: /*?*enter_from=\nDisallow: /*?*vid=\n"
    for name in ("Googlebot", "bingbot")
)


class Douyin(Dialect):
    """Videos and pictures by their share pages, which are for phones; others are led to the desktop's page."""

    platform: ClassVar[str] = "douyin"
    by_city: ClassVar[bool] = False
    robots: ClassVar[dict[str, str]] = {WWW: f"User-agent: Baiduspider\nDisallow: /video/\n\n{_CLOSED}"}
    varies: ClassVar[tuple[str, ...]] = ("user-agent",)

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.by_code = {_code(note): note for note in self.shelf.notes}

    def routes(self) -> Iterable[Route]:
        """Return the platform's addresses."""
        return (
            Route(SHORT, r"/(\w+)/?", self.short_link),
            Route(SHARE, r"/share/(video|note|slides)/(\d+)/?", self.share_page),
            Route(WWW, r"/(video|note)/(\d+)", self.desktop_page),
            Route(WWW, r"/aweme/.*", self.api),
        )

    def shared(self) -> Iterator[str]:
        """Yield what people share: a link, the text that the app copies around it, or an address."""
        for number, note in enumerate(self.shelf.notes):
            link = f"https://{SHORT}/{_code(note)}/"
            if number % 3 == 0:
                yield f"7.61 复制打开抖音，看看【旅行的作品】{note.tags[0]} {link} fBT:/ 09/12"
            elif number % 3 == 1:
                yield link
            else:
                yield f"https://{WWW}/{'video' if note.kind == 'video' else 'note'}/{note.ref}"

    def short_link(self, _: Request, found: re.Match[str]) -> Reply:
        """Lead to the share page."""
        note = self.by_code.get(found[1])
        if note is None:
            return redirect(f"https://{WWW}/")
        kind = "video" if note.kind == "video" else "note"
        return redirect(f"https://{SHARE}/share/{kind}/{note.ref}/?region=CN&from_ssr=1&share_version=170400")

    def share_page(self, request: Request, found: re.Match[str]) -> Reply:
        """Return the share page of a video or of pictures."""
        note = self.notes.get(found[2])
        agent = request.headers.get("user-agent", "")
        if "Mobile" not in agent and "Android" not in agent and "iPhone" not in agent:
            return redirect(f"https://{WWW}/{'video' if found[1] == 'video' else 'note'}/{found[2]}")
        kind = "video" if note is None or note.kind == "video" else "note"
        items = [] if note is None or note.gone else [_item(note)]
        removed = (
            [] if items else [{"aweme_id": found[2], "filter_reason": "status_self_see", "detail_msg": "作品不见了"}]
        )
        result = {
            "extra": {"logid": "0f", "now": 1793505600000},
            "filter_list": removed,
            "is_oversea": 0,
            "item_list": items,
        }
        page = {"ua": agent, "isSpider": False, "videoInfoRes": {**result, "status_code": 0}, "itemId": found[2]}
        state = {"loaderData": {f"{kind}_layout": None, f"{kind}_(id)/page": page}, "errors": None}
        written = json.dumps(state, ensure_ascii=False, separators=(",", ":")).replace("/", "\\u002F")
        return html_reply(
            '<!DOCTYPE html><html><head><title>抖音</title></head><body><div id="root"></div>'
            f"<script>window._ROUTER_DATA = {written}</script></body></html>"
        )

    def desktop_page(self, _: Request, found: re.Match[str]) -> Reply:
        """Return the desktop's page with its older state."""
        note = self.notes.get(found[2])
        if note is None or note.gone:
            return not_found()
        state = {"_location": f"/video/{note.ref}", "app": {"aweme": {"statusCode": 0, "detail": _detail(note)}}}
        coded = quote(json.dumps(state, ensure_ascii=False), safe="")
        return html_reply(
            f"<!DOCTYPE html><html><head><title>抖音</title></head><body>"
            f'<script id="RENDER_DATA" type="application/json">{coded}</script></body></html>'
        )

    def api(self, _: Request, __: re.Match[str]) -> Reply:
        """Answer an unsigned question with nothing, as the site does."""
        return json_reply({"status_code": 8, "status_msg": "用户未登录"})


def _words(note: Note) -> str:
    return "\n".join(note.written(f"@{note.companion.name}" if note.companion else ""))


def _item(note: Note) -> dict[str, Any]:
    """Return a work as share pages have it."""
    words = _words(note)
    extra: list[dict[str, Any]] = [
        {"start": words.find(f"#{tag}"), "end": words.find(f"#{tag}") + len(tag) + 1, "type": 1, "hashtag_name": tag}
        for tag in note.tags
    ]
    if note.companion is not None:
        start = words.find("@")
        extra.append(
            {"start": start, "end": start + len(note.companion.name) + 1, "type": 0, "user_id": note.companion.id}
        )
    pictures = [{"url_list": [f"{_IMAGES}/{photo}?x-expires=1793600000&x-signature=0f"]} for photo in note.photos]
    return {
        "aweme_id": note.ref,
        "desc": words,
        "create_time": int(note.published_at.timestamp()),
        "author": {
            "short_id": note.author.id,
            "nickname": note.author.name,
            "signature": "",
            "avatar_thumb": {"url_list": [f"{_IMAGES}/{note.author.avatar}"]},
            "unique_id": note.author.id,
            "sec_uid": f"MS4wLjABAAAA{note.author.id}",
            "aweme_count": 12,
        },
        "music": {"title": f"@{note.author.name}创作的原声", "author": note.author.name},
        "cha_list": None,
        "video": {"duration": int((note.duration or 0) * 1000), "cover": pictures[0], "play_addr": {"url_list": []}},
        "statistics": {
            "aweme_id": note.ref,
            "comment_count": note.comments,
            "digg_count": note.likes,
            "play_count": 0,
            "share_count": note.shares,
            "collect_count": note.favourites,
        },
        "text_extra": extra,
        "aweme_type": 4 if note.kind == "video" else 68,
        "images": None if note.kind == "video" else pictures,
        "risk_infos": {"warn": False, "type": 0, "content": ""},
        "comment_list": None,
    }


def _detail(note: Note) -> dict[str, Any]:
    """Return a work as the desktop's page had it."""
    return {
        "awemeId": note.ref,
        "desc": _words(note),
        "createTime": int(note.published_at.timestamp()),
        "authorInfo": {"uid": note.author.id, "secUid": f"MS4wLjABAAAA{note.author.id}", "nickname": note.author.name},
        "stats": {
            "commentCount": note.comments,
            "diggCount": note.likes,
            "shareCount": note.shares,
            "playCount": 0,
            "collectCount": note.favourites,
        },
        "textExtra": [{"hashtagName": tag, "type": 1} for tag in note.tags],
        "video": {"duration": int((note.duration or 0) * 1000)},
        "images": None if note.kind == "video" else [{"urlList": [f"{_IMAGES}/{photo}"]} for photo in note.photos],
    }


def _code(note: Note) -> str:
    return f"i{int(note.ref) % 36**7:x}"
