"""Text as people read it: no HTML, no entities, no invisible characters, one form of each letter. Nothing here raises.

``line`` is for names and labels (Unicode NFKC, one line), ``prose`` for running text (NFC, full-width letters and digits
made narrow, Chinese punctuation and line breaks kept). Both are idempotent.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable
from typing import Any, Literal

from lxml import etree

LONG = 1000
"""Characters from which on a text is looked through for piles of marks."""
MOST_MARKS = 30
ROUNDS = 8
"""How often text may be wrapped in entities and tags; sites wrap it twice."""

_TAGS = (
    "a|abbr|address|article|aside|audio|b|base|big|blockquote|body|br|button|canvas|caption|center|cite|code|col|dd|del|"
    "details|div|dl|dt|em|embed|fieldset|figcaption|figure|font|footer|form|h[1-6]|head|header|hr|html|i|iframe|img|"
    "input|ins|kbd|label|li|link|main|map|mark|meta|nav|noscript|object|ol|option|p|param|picture|pre|q|s|script|"
    "section|select|small|source|span|strike|strong|style|sub|summary|sup|svg|svgmtsi|table|tbody|td|template|textarea|"
    "tfoot|th|thead|time|title|tr|tt|u|ul|var|video"
)
_TAG = re.compile(rf"<(?=[/!?a-zA-Z])(?:/?(?:{_TAGS})(?=[\s/>])|!--|!doctype\s|\?xml\s)", re.IGNORECASE)
_BLOCK = re.compile(
    "address|article|aside|blockquote|br|caption|dd|div|dl|dt|figcaption|figure|footer|form|h[1-6]|header|hr|li|main|nav|"
    "ol|option|p|pre|section|table|tr|ul"
)
_CELLS = frozenset({"td", "th"})
_UNREAD = frozenset({"script", "style", "template", "noscript", "iframe", "object", "svg", "title"})

_ENTITY = re.compile(r"&(?:#\d{1,7};|#[xX][0-9a-fA-F]{1,6};|[a-zA-Z][a-zA-Z0-9]{1,31};|nbsp(?![a-zA-Z]))")
_AMPERSANDS = re.compile(r"&(?:amp;|#0{0,4}38;|#[xX]0{0,4}26;)+")
_SURROGATE = re.compile("[\ud800-\udfff]")
_BREAK = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# Controls, soft hyphen, zero-width and direction marks, tags' plane-14 cousins, non-characters. U+200D is looked at apart.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufdd0-\ufdef\ufff9-\ufffb\ufffe\uffff]"
)
# A joiner between two emoji makes one of them (👨‍👩‍👧); elsewhere it is dirt.
_LOOSE_JOINER = re.compile(
    "(?<![\u2190-\u2bff\ufe0f\U0001f000-\U0001faff])\u200d|\u200d(?![\u2190-\u2bff\U0001f000-\U0001faff])"
)
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_SUSPECT = re.compile(
    "[<&\x00-\x1f\x7f-\xa0\xad\u061c\u1680\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3000\ue000-\uf8ff\ufeff"
    "\ufdd0-\ufdef\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]|  |^ | $"
)
_NARROW = {code: code - 0xFEE0 for first, last in ("０９", "ＡＺ", "ａｚ") for code in range(ord(first), ord(last) + 1)}
_LAST_RESORT = str.maketrans("<&", "  ")
_BLANKS = re.compile(r"[^\S\n]+")
_EDGES = re.compile(r" ?\n ?")
_GAPS = re.compile(r"\n{3,}")


def line(value: Any) -> str | None:
    """Return a name or label on one line in NFKC; None where nothing is left or it is no plain value."""
    text = as_text(value)
    if text is None:
        return None
    return (text if is_line(text) else _settled(text, _line_once)) or None


def prose(value: Any) -> str | None:
    """Return running text in NFC, lines kept and at most one empty between them; None where nothing is left."""
    text = as_text(value)
    if text is None:
        return None
    if not _SUSPECT.search(text) and unicodedata.is_normalized("NFC", text):
        return text or None
    return _settled(text, _prose_once) or None


def is_line(text: str) -> bool:
    """Say whether a text is a clean line for sure, and not obfuscated; False: it may be."""
    return not _SUSPECT.search(text) and unicodedata.is_normalized("NFKC", text)


def key(value: Any) -> str | None:
    """Return an id as it is, without blanks around it and without what no store can hold."""
    text = as_text(value)
    if text is None:
        return None
    return _INVISIBLE.sub("", _SURROGATE.sub("", text)).strip() or None


def as_text(value: Any) -> str | None:
    """Return a text or number as text, None for all else."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return str(value)
    except ValueError:
        # Python refuses to write out integers of more than 4,300 digits.
        return None


def is_obfuscated(value: Any) -> bool:
    """Say whether a text has glyphs of a site's own font (U+E000-F8FF): what they mean cannot be told."""
    return isinstance(value, str) and _PRIVATE.search(value) is not None


def _settled(text: str, once: Callable[[str], str]) -> str:
    """Clean until nothing changes: texts come wrapped in entities more than once (``&amp;lt;br&amp;gt;``)."""
    text = _AMPERSANDS.sub("&", text)
    for _ in range(ROUNDS):
        cleaned = once(text)
        if cleaned == text:
            return text
        text = cleaned
    return once(text.translate(_LAST_RESORT))


def _line_once(text: str) -> str:
    text = _normal("NFKC", _unwrapped(text))
    return " ".join(_LOOSE_JOINER.sub("", _INVISIBLE.sub("", text)).split())


def _prose_once(text: str) -> str:
    text = _normal("NFC", _unwrapped(text)).translate(_NARROW)
    text = _LOOSE_JOINER.sub("", _PRIVATE.sub("", _INVISIBLE.sub("", text)))
    text = _EDGES.sub("\n", _BLANKS.sub(" ", text))
    return _GAPS.sub("\n\n", text).strip()


def _unwrapped(text: str) -> str:
    """Take off one wrapping of HTML and entities; mend surrogates."""
    if _SURROGATE.search(text):
        # Two halves that stand together are one character; a lone half is nothing.
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
    text = _BREAK.sub("\n", text)
    if _TAG.search(text):
        return _read_html(_INVISIBLE.sub("", text))
    return _ENTITY.sub(_decoded, text) if "&" in text else text


def _normal(form: Literal["NFC", "NFKC"], text: str) -> str:
    """Return the normal form; of a long text with at most 30 marks in a row (UAX #15, *Stream-Safe Text Format*).

    Python's ordering of marks is quadratic: 400,000 of them took 330 s (3.11, 2026-11-22).
    """
    if unicodedata.is_normalized(form, text):
        return text
    if len(text) <= LONG:
        return unicodedata.normalize(form, text)
    kept, marks = [], 0
    for letter in text:
        is_mark = letter >= "\u0300" and all(map(unicodedata.combining, unicodedata.normalize("NFKD", letter)))
        marks = marks + 1 if is_mark else 0
        if marks <= MOST_MARKS:
            kept.append(letter)
    return unicodedata.normalize(form, "".join(kept))


def _decoded(entity: re.Match[str]) -> str:
    return html.unescape(entity.group())


class _Reader:
    """Collects the text of an HTML document, block by block; a parser's target, which knows no depth."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self.parts: list[str] = []
        self.unread = 0

    def start(self, tag: str, _attributes: Any) -> None:
        if tag in _UNREAD:
            self.unread += 1
        elif _BLOCK.fullmatch(tag):
            self.parts.append("\n")
        elif tag in _CELLS:
            self.parts.append(" ")

    def end(self, tag: str) -> None:
        if tag in _UNREAD:
            self.unread -= 1
        elif tag != "br" and _BLOCK.fullmatch(tag):
            self.parts.append("\n")

    def data(self, text: str) -> None:
        if not self.unread:
            self.parts.append(text)

    def close(self) -> str:
        found = "".join(self.parts)
        self._begin()
        return found


# Made once: lxml looks into the target's methods whenever a parser is made (20 µs). It locks the parser while it parses.
_PARSER = etree.HTMLParser(target=_Reader(), encoding="utf-8", huge_tree=True)


def _read_html(text: str) -> str:
    try:
        return str(etree.HTML(text.encode("utf-8", "ignore"), _PARSER))
    except etree.LxmlError:
        return _TAG.sub(" ", text)
