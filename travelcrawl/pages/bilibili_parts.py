"""What Bilibili's answers are made of: videos, replies, articles and posts, as items."""

from __future__ import annotations

import re
from typing import Any

from travelcrawl.items import Note, Review
from travelcrawl.pages.fields import dicts, dig, text, whole
from travelcrawl.pages.social import (
    MOST_ROWS,
    count,
    first,
    identifier,
    moment,
    pictures,
    plain,
    rows,
    seconds,
    unique,
    unnamed,
)


def bvid(given: Any, aid: Any) -> str | None:
    """Return the BV id of a video, from itself or from its older number; None where it has neither.

    The two are one number, written with base 58 over a mask (bilibili-API-collect, docs/misc/bvid_desc: av2 is
    BV1xx411c7mD).
    """
    found = text(given)
    if found and re.fullmatch(r"BV[0-9A-Za-z]{10}", found):
        return found
    number = whole((text(aid) or "").removeprefix("av"))
    if number is None or number < 1:
        return None
    left, places = (1 << 51 | number) ^ 23442827791579, [""] * 9
    for place in (8, 7, 0, 5, 1, 3, 2, 4, 6):
        left, digit = divmod(left, 58)
        places[place] = "FcwAPNKTMug3GV5Lj7EJnHpWsx4tb8haYeviqBz6rkCy12mUSDQX9RdoZf"[digit]
    return "BV1" + "".join(places)


def video_url(ref: str) -> str:
    """Return the page of a video, the one that robots may read."""
    return f"https://www.bilibili.com/video/{ref}"


def listing(value: Any) -> list[Any]:
    """Return the value where it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def video_in(state: Any) -> dict[str, Any]:
    """Return the video in the state of a page (the desktop's, the phone's) or in an answer; {} where there is none."""
    paths = (("videoData",), ("video", "viewInfo"), ("data", "View"), ("data",))
    found = (dig(state, *path) for path in paths)
    return next((video for video in found if isinstance(video, dict) and "title" in video and "owner" in video), {})


def tagged(data: Any) -> list[dict[str, Any]] | None:
    """Return the tags of an answer that lists some, None where it does not."""
    return [tag for tag in dicts(dig(data, "data")) if "tag_name" in tag] or None


def replied(data: Any) -> bool:
    """Say whether an answer is one of replies, empty or not."""
    found = dig(data, "data")
    return isinstance(found, dict) and "replies" in found and ("page" in found or "cursor" in found)


def article_in(data: Any) -> dict[str, Any] | None:
    """Return the article of an answer, None where it is of another kind."""
    found = dig(data, "data")
    return found if isinstance(found, dict) and "stats" in found and "title" in found else None


def article_of(article: dict[str, Any], number: str) -> Note:
    """Return an article as a note."""
    return Note(
        platform="bilibili",
        ref=f"cv{number}",
        url=f"https://www.bilibili.com/read/cv{number}",
        kind="article",
        title=plain(article.get("title")),
        author=identifier(first(article, "mid")) or identifier(dig(article, "author", "mid")),
        published_at=moment(first(article, "publish_time", "ctime")),
        photos=pictures([*listing(first(article, "origin_image_urls", "image_urls")), article.get("banner_url")]),
        views=count(dig(article, "stats", "view")),
        likes=count(dig(article, "stats", "like")),
        comments=count(dig(article, "stats", "reply")),
        favourites=count(dig(article, "stats", "favorite")),
        shares=count(dig(article, "stats", "share")),
    )


def listed(data: Any) -> list[dict[str, Any]] | None:
    """Return the videos of an answer that is a list, None where it is none."""
    for path in (("list", "vlist"), ("list",), ("archives",), ("result", "video"), ("result",), ("item",), ()):
        value = dig(data, "data", *path)
        if isinstance(value, list):
            # search/all/v2 puts the results of each type under its own "data".
            grouped = [video for group in dicts(value) for video in dicts(group.get("data"))]
            videos = [video for video in [*dicts(value), *grouped] if "bvid" in video or "aid" in video]
            return videos[:MOST_ROWS] if videos or path else None
    return None


def note_of(video: dict[str, Any], tags: list[Any] | None = None) -> Note | None:
    """Return a video as a note, whichever answer it comes from; None where it has no id."""
    ref = bvid(video.get("bvid"), first(video, "aid", "id"))
    if ref is None:
        return None
    words = plain(first(video, "desc", "description"))
    stat = video["stat"] if isinstance(video.get("stat"), dict) else video
    return Note(
        platform="bilibili",
        ref=ref,
        url=video_url(ref),
        kind="video",
        title=plain(video.get("title")),
        text=None if words == "-" else words,
        author=identifier(dig(video, "owner", "mid")) or identifier(video.get("mid")),
        published_at=moment(first(video, "pubdate", "created", "senddate", "ctime")),
        duration=seconds(first(video, "duration", "length")),
        tags=unique(tags or (text(video.get("tag")) or "").split(",")),
        photos=pictures([video.get("pic")]),
        views=count(first(stat, "view", "play")),
        likes=count(first(stat, "like")),
        comments=count(first(stat, "reply", "review", "comment")),
        favourites=count(first(stat, "favorite", "favorites")),
        shares=count(first(stat, "share")),
    )


def reviews_of(data: Any, about: str | None) -> list[Review]:
    """Return each reply of an answer once, and those to it."""
    lists = (rows(dig(data, name)) for name in ("replies", "hots", "top_replies", "top"))
    single = [found for found in (dig(data, "upper", "top"), dig(data, "root")) if isinstance(found, dict)]
    heads = [*(head for heads in lists for head in heads), *single]
    replies = [reply for head in heads for reply in (head, *rows(head.get("replies")))]
    found = [review for review in (review_of(reply, about) for reply in replies) if review]
    return list({review.ref: review for review in reversed(found)}.values())[::-1]


def review_of(reply: dict[str, Any], about: str | None) -> Review | None:
    """Return a reply, None where it has no id or no content."""
    ref, content = identifier(first(reply, "rpid_str", "rpid")), reply.get("content")
    if ref is None or not isinstance(content, dict):
        return None
    return Review(
        platform="bilibili",
        ref=ref,
        about="note",
        about_ref=about or about_of(reply),
        author=identifier(reply.get("mid")) or identifier(dig(reply, "member", "mid")),
        text=unnamed(content.get("message"), [member.get("uname") for member in dicts(content.get("members"))]),
        published_at=moment(reply.get("ctime")),
        likes=count(reply.get("like")),
        replies=count(first(reply, "rcount", "count")),
        photos=pictures(found.get("img_src") for found in dicts(content.get("pictures"))),
    )


def about_of(reply: dict[str, Any]) -> str | None:
    """Return the ref of what a reply is about: ``type`` 1 is a video, 12 an article, any other a post by its own id."""
    kind, oid = text(reply.get("type")), identifier(reply.get("oid"))
    if kind == "1":
        return bvid(None, oid)
    return f"cv{oid}" if oid and kind == "12" else oid


def posts_in(data: Any) -> list[dict[str, Any]] | None:
    """Return the posts of an answer: one under ``item``, or several under ``items``; None where there is none."""
    posts = [dig(data, "data", "item"), *rows(dig(data, "data", "items"))]
    return [post for post in posts if isinstance(post, dict) and "modules" in post] or None


def post_of(post: dict[str, Any]) -> Note | None:
    """Return a post, None where it has no id. An older one has its words in ``desc``, a newer in ``major.opus``."""
    ref, modules = identifier(post.get("id_str")), post.get("modules")
    dynamic, stat = dig(modules, "module_dynamic"), dig(modules, "module_stat")
    opus, drawn = dig(dynamic, "major", "opus"), dicts(dig(dynamic, "major", "draw", "items"))
    if ref is None:
        return None
    return Note(
        platform="bilibili",
        ref=ref,
        url=f"https://t.bilibili.com/{ref}",
        kind="post",
        title=text(dig(opus, "title")),
        text=unnamed(text(dig(dynamic, "desc", "text")) or dig(opus, "summary", "text")),
        author=identifier(dig(modules, "module_author", "mid")),
        published_at=moment(dig(modules, "module_author", "pub_ts")),
        likes=count(dig(stat, "like", "count")),
        comments=count(dig(stat, "comment", "count")),
        shares=count(dig(stat, "forward", "count")),
        tags=unique([dig(dynamic, "topic", "name")]),
        photos=pictures(first(found, "src", "url") for found in [*drawn, *dicts(dig(opus, "pics"))]),
    )
