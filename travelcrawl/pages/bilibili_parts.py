"""What Bilibili's answers are made of: videos, replies, articles and posts, as items."""

from __future__ import annotations

import re
from typing import Any

from travelcrawl.items import Note, Review
from travelcrawl.pages.fields import dicts, dig, from_json, text, whole
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
    if not isinstance(found, dict) or "replies" not in found:
        return False
    return "page" in found or "cursor" in found or any("rpid" in reply for reply in dicts(found["replies"]))


def article_in(data: Any) -> dict[str, Any] | None:
    """Return the article of an answer or of a page's state, None where it is of another kind."""
    found = (dig(data, "data"), dig(data, "readInfo"))
    return next((one for one in found if isinstance(one, dict) and "stats" in one and "title" in one), None)


def article_of(article: dict[str, Any], number: str) -> Note:
    """Return an article as a note: whole, or as lists and searches show it."""
    stats = article["stats"] if isinstance(article.get("stats"), dict) else article
    body, beginning = written(article.get("content")), plain(first(article, "summary", "desc"))
    return Note(
        platform="bilibili",
        ref=f"cv{number}",
        url=f"https://www.bilibili.com/read/cv{number}",
        kind="article",
        title=plain(article.get("title")),
        text=body or beginning,
        complete=True if body else False if beginning else None,
        author=identifier(first(article, "mid")) or identifier(dig(article, "author", "mid")),
        published_at=moment(first(article, "publish_time", "pub_time", "ctime")),
        tags=unique(tag.get("name") for tag in dicts(article.get("tags"))),
        photos=pictures([*listing(first(article, "origin_image_urls", "image_urls")), article.get("banner_url")]),
        views=count(stats.get("view")),
        likes=count(stats.get("like")),
        comments=count(stats.get("reply")),
        favourites=count(stats.get("favorite")),
        shares=count(stats.get("share")),
    )


def written(content: Any) -> str | None:
    """Return the text of an article: of HTML, or, since 2024, of the steps an editor took (``{"ops": [{"insert": …}]}``)."""
    steps = dig(from_json(content), "ops") if isinstance(content, str) and content[:1] == "{" else None
    if not isinstance(steps, list):
        return plain(content)
    parts = (step.get("insert") for step in dicts(steps))
    return unnamed("".join(part for part in parts if isinstance(part, str)))


def articles_in(data: Any) -> list[dict[str, Any]]:
    """Return the articles of an answer that lists some: of a person, of a collection, of a search."""
    found = [*listing(dig(data, "data", "articles"))]
    results = dicts(dig(data, "data", "result"))
    found += [*results, *(one for group in results for one in dicts(group.get("data")))]
    return [one for one in dicts(found) if "title" in one and (one.get("type") == "article" or "stats" in one)]


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
    """Return the posts of an answer: one under ``item``, or several under ``items``, or of a page; None where there is none."""
    posts = [dig(data, "data", "item"), dig(data, "detail"), *rows(dig(data, "data", "items"))]
    return [post for post in posts if isinstance(post, dict) and "modules" in post] or None


def modules_of(post: dict[str, Any]) -> dict[str, Any]:
    """Return the modules of a post by name; pages and newer answers have them in a list."""
    modules = post.get("modules")
    if isinstance(modules, dict):
        return modules
    return {name: part for module in dicts(modules) for name, part in module.items() if isinstance(part, dict)}


def post_of(post: dict[str, Any]) -> Note | None:
    """Return a post, None where it has no id. Its words are in ``desc``, in ``major.opus``, or in paragraphs."""
    ref, modules = identifier(post.get("id_str")), modules_of(post)
    dynamic, stat = dig(modules, "module_dynamic"), dig(modules, "module_stat")
    opus, drawn = dig(dynamic, "major", "opus"), dicts(dig(dynamic, "major", "draw", "items"))
    paragraphs = dicts(dig(modules, "module_content", "paragraphs"))
    if ref is None:
        return None
    shown = [*drawn, *dicts(dig(opus, "pics")), *(pic for one in paragraphs for pic in dicts(dig(one, "pic", "pics")))]
    return Note(
        platform="bilibili",
        ref=ref,
        url=f"https://t.bilibili.com/{ref}",
        kind="post",
        title=text(dig(opus, "title")) or text(dig(modules, "module_title", "text")),
        text=unnamed(text(dig(dynamic, "desc", "text")) or dig(opus, "summary", "text") or said(paragraphs)),
        author=identifier(dig(modules, "module_author", "mid")),
        published_at=moment(dig(modules, "module_author", "pub_ts")),
        likes=count(dig(stat, "like", "count")),
        comments=count(dig(stat, "comment", "count")),
        shares=count(dig(stat, "forward", "count")),
        tags=unique([dig(dynamic, "topic", "name"), dig(modules, "module_topic", "name")]),
        photos=pictures(first(found, "src", "url") for found in shown),
    )


def said(paragraphs: list[dict[str, Any]]) -> str | None:
    """Return the words of paragraphs, a line each: plain ones, and those of links and topics."""
    lines = []
    for paragraph in paragraphs:
        nodes = dicts(dig(paragraph, "text", "nodes"))
        words = (text(dig(node, "word", "words")) or text(dig(node, "rich", "text")) for node in nodes)
        lines.append("".join(word for word in words if word))
    return "\n".join(line for line in lines if line) or None
