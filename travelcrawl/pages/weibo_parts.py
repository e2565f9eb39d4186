"""What Weibo's answers are made of: posts (mblog) and comments, of the phone's site and of the desktop's, as items."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeGuard

from travelcrawl.items import Mention, Note, Review
from travelcrawl.pages.fields import dicts, dig, text
from travelcrawl.pages.social import (
    MOST_ROWS,
    PLACE_TAG,
    count,
    first,
    hashtags,
    identifier,
    moment,
    pictures,
    plain,
    rows,
    seconds,
    unique,
)
from travelcrawl.pages.state import assigned

PLACE = "100101"
"""Start of the id of a page about a place (``100101B2094757D06FA3FD499B``)."""


def is_post(value: Any) -> TypeGuard[dict[str, Any]]:
    """Say whether a value is a post: it has an id, a text and a date."""
    return isinstance(value, dict) and "created_at" in value and "text" in value and post_id(value) is not None


def is_comment(value: Any) -> bool:
    """Say whether a value is a comment: it has what a post has, and a place among comments, but is not passed on."""
    marks = {"rootid", "rootidstr", "floor_number", "like_counts", "reply_id"}
    return isinstance(value, dict) and "reposts_count" not in value and not marks.isdisjoint(value)


def post_id(value: Any) -> str | None:
    """Return the number of a post."""
    return identifier(first(value, "mid", "idstr", "id"))


def shown(body: str, data: Any) -> dict[str, Any] | None:
    """Return the post of an answer that shows one: JSON with or without ``data``, or ``$render_data`` of a page."""
    rendered = assigned(body, "$render_data") if data is None else None
    found = (dig(data, "data"), data, dig(data, "status"), dig(rendered, 0, "status"), dig(data, 0, "status"))
    return next((post for post in found if is_post(post) and "reposts_count" in post), None)


def timeline(data: Any) -> list[dict[str, Any]] | None:
    """Return the posts of an answer that lists them, empty or not; None where it is of another kind.

    The phone's site has cards (type 9 is a post, others hold groups of cards), the desktop's a plain list.
    """
    for name in ("cards", "list", "statuses"):
        found = dig(data, "data", name)
        if isinstance(found, list):
            cards = [card for outer in rows(found) for card in (outer, *dicts(outer.get("card_group")))]
            posts = [card.get("mblog", card) for card in cards]
            known = [post for post in posts if is_post(post) and not is_comment(post)]
            return None if posts and not known and any(map(is_comment, posts)) else known[:MOST_ROWS]
    posts = [post for post in rows(dig(data, "statuses")) if is_post(post)]
    return posts or None


def comments_in(data: Any) -> list[dict[str, Any]] | None:
    """Return the comments of an answer and those to them, each once; None where it is of another kind."""
    listed = dig(data, "data") if isinstance(dig(data, "data"), list) else dig(data, "data", "data")
    if not isinstance(listed, list) or is_post(dig(listed, 0, "mblog")):
        return None
    heads = [*rows(listed), *rows(dig(data, "data", "hot_data")), *dicts(dig(data, "data", "root_comment"))]
    found = [comment for head in heads for comment in (head, *rows(head.get("comments")))]
    # A list of posts alone looks much the same.
    meant = (one for one in reversed(found) if is_post(one) and not {"reposts_count", "attitudes_count"} <= one.keys())
    comments = {post_id(comment): comment for comment in meant}
    return list(comments.values())[::-1]


def notes_of(post: dict[str, Any]) -> Iterator[Note]:
    """Yield a post, and the one that it passes on (``转发``), which is another person's."""
    for one in (post, post.get("retweeted_status")):
        if is_post(one) and not is_gone(one):
            yield note_of(one)


def is_gone(post: dict[str, Any]) -> bool:
    """Say whether only a sentence stands where a post was (``抱歉，此微博已被作者删除``): it has no author any more."""
    return str(post.get("deleted")) == "1" or ("user" in post and post["user"] is None)


def numbered(name: str | None) -> str | None:
    """Return the number of a post from the short name in its address (``HyZVegYAP``), from its number too.

    The name is the number with four digits of base 62 for every seven of ten, from the right (public crawlers, checked on
    the recordings of 2019-06).
    """
    if name is None or not re.fullmatch(r"[A-Za-z0-9]{8,12}", name, re.ASCII) or name.isdigit():
        return name
    parts = [name[max(end - 4, 0) : end] for end in range(len(name), 0, -4)][::-1]
    values = [sum(_BASE_62.index(sign) * 62**power for power, sign in enumerate(reversed(part))) for part in parts]
    return str(values[0]) + "".join(f"{value:07d}" for value in values[1:])


_BASE_62 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def note_of(post: dict[str, Any]) -> Note:
    """Return a post as a note."""
    ref, page = post_id(post), post.get("page_info")
    long_text = text(dig(post, "longText", "longTextContent") or dig(post, "longText", "content"))
    complete = long_text is not None or not post.get("isLongText")
    words = plain(long_text or post.get("text"))
    if words and not complete:
        words = words.removesuffix("全文").rstrip(" .…")
    media = dig(page, "media_info")
    topics = [topic.get("topic_title") for topic in dicts(post.get("topic_struct"))]
    return Note(
        platform="weibo",
        ref=str(ref),
        url=f"https://m.weibo.cn/detail/{ref}",
        kind="video" if kind_of(page) == "video" else "post",
        text=words,
        complete=complete,
        author=identifier(dig(post, "user", "id")) or identifier(dig(post, "user", "idstr")),
        published_at=moment(post.get("created_at")),
        views=count(dig(page, "play_count")) or count(dig(media, "play_count")),
        likes=count(post.get("attitudes_count")),
        comments=count(post.get("comments_count")),
        shares=count(post.get("reposts_count")),
        duration=seconds(dig(media, "duration")),
        tags=unique([*topics, *hashtags(words)]),
        photos=photos_of(post),
        mentions=mentions_of(post) or None,
    )


def kind_of(page: Any) -> str | None:
    """Return what a post carries: the phone's site has it in ``type``, the desktop's in ``object_type``."""
    found = first(page, "object_type"), first(page, "type")
    return next((text(kind) for kind in found if isinstance(kind, str)), None)


def photos_of(post: dict[str, Any]) -> list[str] | None:
    """Return the pictures: ``pics`` (a list, or a dict by number) or the desktop's ``pic_infos``, the largest of each."""
    found = [*dicts(post.get("pics")), *dicts(post.get("pic_infos"))]
    return pictures(dig(first(pic, "largest", "large", "original") or pic, "url") for pic in found)


def mentions_of(post: dict[str, Any]) -> list[Mention]:
    """Return the places that the author has set: the post's page, or tags of the kind place."""
    page = post.get("page_info")
    found = {text(first(page, "page_title", "title")): place_id(page)} if kind_of(page) == "place" else {}
    for tag in dicts(post.get("tag_struct")):
        if tag.get("otype") == "place" or place_id(tag):
            found.setdefault(text(tag.get("tag_name")), place_id(tag))
    return [Mention(name=name, ref=ref, evidence="tag", score=PLACE_TAG) for name, ref in found.items() if name]


def place_id(holder: Any) -> str | None:
    """Return the platform's id of a place that a page or tag names, None where it names none."""
    named = (text(first(holder, name)) or "" for name in ("page_id", "oid", "object_id", "page_url"))
    parts = (found.partition(PLACE)[2] for found in named)
    return next((ref for ref in (identifier(part[:20]) for part in parts) if ref), None)


def review_of(comment: dict[str, Any], about: str | None) -> Review:
    """Return a comment as a review of the post."""
    return Review(
        platform="weibo",
        ref=str(post_id(comment)),
        about="note",
        about_ref=about,
        author=identifier(dig(comment, "user", "id")) or identifier(dig(comment, "user", "idstr")),
        text=plain(comment.get("text")),
        published_at=moment(comment.get("created_at")),
        likes=count(first(comment, "like_count", "like_counts")),
        replies=count(comment.get("total_number")),
        photos=pictures([dig(comment, "pic", "large", "url") or dig(comment, "pic", "url")]),
    )
