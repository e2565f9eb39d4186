"""Keep keys out of everything that lasts: queues, dead letters, archives, logs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from w3lib.url import add_or_replace_parameters, url_query_cleaner


def without(url: str, names: Iterable[str]) -> str:
    """Return an address without the query parameters that carry secrets."""
    names = tuple(names)
    return url_query_cleaner(url, names, remove=True, keep_fragments=True) if names else url


def with_secrets(url: str, secrets: Mapping[str, str]) -> str:
    """Return an address with them, as it is sent."""
    return add_or_replace_parameters(url, dict(secrets)) if secrets else url
