"""What a run asks for: the ``-a`` arguments, checked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Self

import attrs

from travelcrawl.errors import UsageError
from travelcrawl.geo.cities import City, find_city

WHAT = frozenset({"listings", "reviews", "notes"})
ARGUMENTS = ("category", "city", "keyword", "limit", "urls", "what")


@attrs.frozen(kw_only=True)
class Query:
    """What a run asks for: the ``-a`` arguments, checked."""

    city: City | None = None
    category: str | None = None
    """A key of the spider's ``categories``."""
    keyword: str | None = None
    what: frozenset[str] = WHAT
    limit: int | None = None
    """Listings at most (notes, where the run asks for notes only)."""
    urls: tuple[str, ...] = ()

    @classmethod
    def of(cls, platform: str, arguments: Mapping[str, str], categories: Collection[str]) -> Self:
        """Read the arguments of a run. Raises UsageError or UnknownCity with one sentence where one is wrong."""
        if unknown := sorted(set(arguments) - set(ARGUMENTS)):
            raise UsageError(f"{platform} does not know the argument {unknown[0]!r}; it knows {', '.join(ARGUMENTS)}")
        return cls(
            city=find_city(arguments["city"]) if arguments.get("city") else None,
            category=_category(arguments.get("category"), platform, categories),
            keyword=arguments.get("keyword") or None,
            what=_what(arguments.get("what")),
            limit=_limit(arguments.get("limit")),
            urls=_lines(arguments.get("urls")),
        )

    @property
    def group(self) -> str:
        """Name of what shares fairly with others in the frontier: the city's adcode, else the keyword."""
        return self.city.adcode if self.city else self.keyword or ""


def _category(category: str | None, platform: str, categories: Collection[str]) -> str | None:
    if category and category not in categories:
        known = ", ".join(categories) or "none"
        raise UsageError(f"{platform} does not know the category {category!r}; it knows: {known}")
    return category or None


def _what(text: str | None) -> frozenset[str]:
    words = frozenset(word.strip() for word in (text or "").split(",") if word.strip())
    if unknown := sorted(words - WHAT):
        raise UsageError(f"what={unknown[0]!r} is not known; it is a comma list of {', '.join(sorted(WHAT))}")
    return words or WHAT


def _limit(text: str | None) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise UsageError(f"limit={text!r} must be a whole number from 1")
    return int(text)


def _lines(path: str | None) -> tuple[str, ...]:
    if not path:
        return ()
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the file of addresses {path!r}: {error}") from None
    found = tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))
    if not found:
        raise UsageError(f"the file of addresses {path!r} is empty; give one address per line")
    return found
