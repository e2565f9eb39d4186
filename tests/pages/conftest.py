"""What the tests of page objects share: building one over a body."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from web_poet import HttpResponse, PageParams

from travelcrawl.access.verdicts import Answer, Judgement, VerdictPolicy
from travelcrawl.items import SearchPage
from travelcrawl.pages.base import TravelPage, rules_of


def body_of(answer: Any) -> bytes:
    if isinstance(answer, bytes):
        return answer
    return answer.encode() if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False).encode()


@pytest.fixture
def read() -> Callable[..., SearchPage]:
    """Read an answer (bytes, text or JSON) with a page class."""

    def read(page: type[TravelPage[Any]], answer: Any, url: str = "", /, **params: Any) -> Any:
        built = page(response=HttpResponse(url, body_of(answer)), params=PageParams(params))
        return asyncio.run(built.to_item())

    return read


@pytest.fixture
def judged() -> Callable[..., Judgement]:
    """Judge an answer by a platform's rules."""

    def judged(platform: str, answer: Any, url: str = "", status: int = 200, **headers: str) -> Judgement:
        return VerdictPolicy(rules_of(platform)).judge(Answer(url, status, headers, body_of(answer)))

    return judged
