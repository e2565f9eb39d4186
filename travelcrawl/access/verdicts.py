"""What an answer means. The answer decides, not its status: rules are data, a platform's own before the generic ones."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from functools import cached_property
from typing import Any

import attrs


class Verdict(StrEnum):
    """What an answer means (design.md, *Words*)."""

    OK = "ok"
    EMPTY = "empty"
    GONE = "gone"
    RATE_LIMITED = "rate_limited"
    CHALLENGED = "challenged"
    LOGIN_REQUIRED = "login_required"
    FORBIDDEN = "forbidden"
    SOFT_BLOCKED = "soft_blocked"
    MALFORMED = "malformed"
    EGRESS_FAULT = "egress_fault"
    SITE_DOWN = "site_down"

    @property
    def is_answer(self) -> bool:
        """True where the platform has answered the question, even if with *nothing* or *no longer*."""
        return self in _ANSWERS

    @property
    def is_block(self) -> bool:
        """True where the platform refuses us, whatever it has."""
        return self in _BLOCKS


_ANSWERS = frozenset({Verdict.OK, Verdict.EMPTY, Verdict.GONE})
_BLOCKS = frozenset(
    {Verdict.RATE_LIMITED, Verdict.CHALLENGED, Verdict.LOGIN_REQUIRED, Verdict.FORBIDDEN, Verdict.SOFT_BLOCKED}
)


@attrs.frozen(slots=False)
class Answer:
    """An HTTP answer as the rules read it: header names in lower case, body decoded from transfer codings."""

    url: str
    status: int = 200
    headers: Mapping[str, str] = attrs.field(factory=dict)
    body: bytes = b""

    @cached_property
    def text(self) -> str:
        """The body as text, UTF-8 with replacement."""
        return self.body.decode("utf-8-sig", "replace")

    @cached_property
    def title(self) -> str:
        """Text of the HTML title, or ''."""
        start = _TITLE.search(self.text)
        end = _TITLE_END.search(self.text, start.end()) if start else None
        return self.text[start.end() : end.start()].strip() if start and end else ""

    @cached_property
    def json(self) -> Any:
        """The body as JSON, or None where it is none."""
        start = self.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
        if start not in (b"{", b"["):
            return None
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError):
            return None

    def at(self, path: str) -> Any:
        """Return the JSON value at a dotted path (``data.cards``), or MISSING."""
        value = self.json
        for key in path.split("."):
            if not isinstance(value, dict) or key not in value:
                return MISSING
            value = value[key]
        return value


# Two searches, each in one pass: one expression for both takes the square of the length on a body of "<title" only.
_TITLE = re.compile(r"<title\b[^<>]{0,999}>", re.IGNORECASE)
_TITLE_END = re.compile(r"</title", re.IGNORECASE)


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING = _Missing()
"""What ``Answer.at`` returns where there is no such key."""


@attrs.frozen(kw_only=True, slots=False)
class Rule:
    """One line of the table of verdicts: fits an answer where all that it names holds."""

    verdict: Verdict
    why: str
    """One short phrase for logs and users; may name ``{status}`` and the JSON value ``{value}``."""
    status: Collection[int] = ()
    """HTTP statuses, any of which fits."""
    url: str | None = None
    """Regular expression searched in the URL."""
    location: str | None = None
    """Regular expression searched in the Location header of a redirect."""
    title: str | None = None
    """Regular expression searched in the HTML title."""
    marker: str | None = None
    """Regular expression searched in the body."""
    lacks: str | None = None
    """Text that a right answer would hold: fits where it is missing."""
    json: Mapping[str, Collection[Any]] = attrs.field(factory=dict)
    """Dotted path → values, any of which fits, compared as text (sites change 1 to "1"); an empty collection: the key is missing."""
    json_not: Mapping[str, Collection[Any]] = attrs.field(factory=dict)
    """Dotted path → values: fits where the key is there and has none of them (a business code that is not 200)."""
    is_json: bool | None = None
    """True: the body is JSON. False: it is not."""
    ends_run: bool = False
    """True where no further question will be answered either (a refused key): the platform's run ends."""
    resets: str = ""
    """Time zone (IANA name) at whose next midnight the platform answers again, where a daily quota is used up."""

    def fits(self, answer: Answer) -> bool:
        """Say whether the rule holds for the answer."""
        return (
            (not self.status or answer.status in self.status)
            and (self.url is None or re.search(self.url, answer.url) is not None)
            and (self.location is None or re.search(self.location, answer.headers.get("location", "")) is not None)
            and (self.is_json is None or (answer.json is not None) == self.is_json)
            and all(_holds(answer.at(path), values) for path, values in self.json.items())
            and all(_differs(answer.at(path), values) for path, values in self.json_not.items())
            and (self.title is None or re.search(self.title, answer.title) is not None)
            and (self.lacks is None or self.lacks not in answer.text)
            and (self.marker is None or re.search(self.marker, answer.text) is not None)
        )

    def may_fit(self, status: int) -> bool:
        """Say whether the rule may hold for an answer of a status."""
        return not self.status or status in self.status

    @cached_property
    def is_of_title(self) -> bool:
        """True where nothing but title and status decides."""
        others = attrs.evolve(self, title=None, status=())
        return self.title is not None and others == Rule(
            verdict=self.verdict, why=self.why, ends_run=self.ends_run, resets=self.resets
        )

    def judge(self, answer: Answer) -> Judgement:
        """Give the judgement this rule makes of an answer that it fits."""
        value = next((answer.at(path) for path in (*self.json, *self.json_not)), None)
        return Judgement(self.verdict, self.why.format(status=answer.status, value=value), self.ends_run, self.resets)


def _holds(value: Any, wanted: Collection[Any]) -> bool:
    if not wanted:
        return value is MISSING
    return value is not MISSING and str(value) in {str(one) for one in wanted}


def _differs(value: Any, usual: Collection[Any]) -> bool:
    return value is not MISSING and str(value) not in {str(one) for one in usual}


@attrs.frozen
class Judgement:
    """A verdict and why."""

    verdict: Verdict
    why: str
    ends_run: bool = False
    resets: str = ""


GENERIC: tuple[Rule, ...] = (
    Rule(verdict=Verdict.EGRESS_FAULT, status={407}, why="the egress wants credentials (HTTP 407)"),
    Rule(verdict=Verdict.RATE_LIMITED, status={429}, why="too many requests (HTTP 429)"),
    Rule(verdict=Verdict.GONE, status={404, 410}, why="not there (HTTP {status})"),
    Rule(verdict=Verdict.LOGIN_REQUIRED, status={401}, why="login wanted (HTTP 401)"),
    Rule(
        verdict=Verdict.LOGIN_REQUIRED,
        status={301, 302, 303, 307, 308},
        location=r"(?i)//passport\.|//account\.|/login\b|/signin\b|pclogin",
        why="redirected to a login",
    ),
    Rule(
        verdict=Verdict.CHALLENGED,
        status={301, 302, 303, 307, 308},
        location=r"(?i)captcha|//verify\.|/challenge\b",
        why="redirected to a challenge",
    ),
    Rule(
        verdict=Verdict.CHALLENGED,
        title=r"(?i)验证码|安全验证|人机验证|just a moment|one moment|attention required"
        r"|access (to this page )?(has been )?(denied|blocked)|are you (a )?(human|robot)|verify (that )?you|checking your browser"
        r"|(robot|human|security|browser) (check|verification)|pardon our interruption|unusual traffic|captcha",
        why="a challenge page",
    ),
    Rule(verdict=Verdict.FORBIDDEN, status={403, 451}, why="refused (HTTP {status})"),
    Rule(verdict=Verdict.SITE_DOWN, status=range(500, 600), why="the site fails (HTTP {status})"),
    Rule(
        verdict=Verdict.MALFORMED,
        status={400, 405, 406, 411, 413, 414, 415, 422},
        why="our request was wrong (HTTP {status})",
    ),
    Rule(verdict=Verdict.FORBIDDEN, status=range(400, 500), why="refused (HTTP {status})"),
    # A server's own error page, kept without its status.
    Rule(verdict=Verdict.RATE_LIMITED, title=r"^429 ", why="too many requests (title)"),
    Rule(verdict=Verdict.FORBIDDEN, title=r"^403 Forbidden", why="refused (title)"),
    Rule(verdict=Verdict.GONE, title=r"^404 Not Found|^410 Gone", why="not there (title)"),
    Rule(verdict=Verdict.SITE_DOWN, title=r"^50\d ", why="the site fails (title)"),
)


class VerdictPolicy:
    """Say what an answer of a platform means.

    Rules are tried in order and the first that fits decides: the platform's own, then the generic ones. What fits none is OK.
    """

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self.rules = (*rules, *GENERIC)
        self._by_status: dict[int, tuple[Sequence[Rule], Sequence[Rule], re.Pattern[str]]] = {}

    def judge(self, answer: Answer) -> Judgement:
        """Return verdict and reason."""
        if (found := self._by_status.get(answer.status)) is None:
            found = self._by_status[answer.status] = _split(
                [rule for rule in self.rules if rule.may_fit(answer.status)]
            )
        first, of_titles, titles = found
        for rule in first:
            if rule.fits(answer):
                return rule.judge(answer)
        if of_titles and titles.search(answer.title):
            for rule in of_titles:
                if rule.fits(answer):
                    return rule.judge(answer)
        return Judgement(Verdict.OK, "an answer")


def _split(rules: list[Rule]) -> tuple[Sequence[Rule], Sequence[Rule], re.Pattern[str]]:
    """Part the rules at the end that look at nothing but the title, and return with them one expression for all their titles."""
    end = len(rules)
    while end and rules[end - 1].is_of_title:
        end -= 1
    titles = (rule.title or "" for rule in rules[end:])
    scoped = (f"(?i:{title[4:]})" if title.startswith("(?i)") else f"(?:{title})" for title in titles)
    return rules[:end], rules[end:], re.compile("|".join(scoped))
