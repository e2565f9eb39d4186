"""Broken answers and items of all platforms: nothing escapes, and nothing takes long.

``FUZZ_INPUTS`` says how many inputs in all (``make fuzz``: 100,000); the short form is the same every time.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from web_poet import HttpResponse, PageParams

from tests.fuzz.corpus import PAGES, PLATFORMS, platform_of, samples_of
from tests.fuzz.mutate import broken, hostile, hostile_item, kept
from travelcrawl.access.verdicts import Answer, VerdictPolicy
from travelcrawl.commands.extract import read
from travelcrawl.items import Item
from travelcrawl.pages.base import TravelPage, judge, missing, page_for, parts_of, rules_of
from travelcrawl.pipelines.base import fields_of, kind_of
from travelcrawl.pipelines.clean import clean
from travelcrawl.pipelines.enhance import enhancements
from travelcrawl.pipelines.validate import failures, quality_of
from travelcrawl.stores.base import record_of
from travelcrawl.stores.layers import LAYER_OF
from travelcrawl.stores.values import Refused, codec

INPUTS = int(os.environ.get("FUZZ_INPUTS", "3000"))
SHORT = "FUZZ_INPUTS" not in os.environ
CLEANING = 0.2
"""Part of the inputs that are items."""
STORED = 0.1
"""Part of the inputs that are answers in the forms people keep them in."""
LONGEST = 2.0
"""Seconds of processor time for one input."""
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def fuzzed(share: float) -> Callable[[Callable[[Random], None]], None]:
    """Run a check over its share of the inputs, each made from a random seed that a failure names."""

    def run(check: Callable[[Random], None]) -> None:
        @settings(
            max_examples=max(1, round(INPUTS * share)),
            deadline=None,
            database=None,
            derandomize=SHORT,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(st.integers(0, 2**64 - 1))
        def each(seed: int) -> None:
            note(f"seed {seed}")
            start = time.process_time()
            check(Random(seed))
            assert time.process_time() - start < LONGEST

        each()

    return run


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{platform_of(page)}-{page.__name__}")
def test_no_answer_makes_a_page_raise_or_linger(page: type[TravelPage[Any]]) -> None:
    samples, platform = samples_of(page), platform_of(page)
    bodies = [sample.body for other in PAGES if platform_of(other) == platform for sample in samples_of(other)]
    policy = VerdictPolicy(rules_of(platform))
    with asyncio.Runner() as runner:

        @fuzzed((1 - CLEANING - STORED) / len(PAGES))
        def check(rng: Random) -> None:
            sample = rng.choice(samples)
            body = broken(sample.body, bodies, rng)
            url = rng.choice((sample.url, sample.url, sample.url, "", "http://["))
            response = HttpResponse(url=url, body=body)
            policy.judge(Answer(url, 200, {}, body))
            page_for(platform, response)
            params = rng.choice((sample.params, sample.params, {key: hostile(rng) for key in sample.params}))
            items, links = parts_of(runner.run(page(response=response, params=PageParams(params)).to_item()))
            missing(page, items)
            if not items and not links:
                judge(platform, Answer(url, 200, {}, body), page, response)
            for item in items[:50]:
                stored(item)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_no_stored_answer_makes_reading_raise_or_linger(platform: str) -> None:
    samples = [sample for page in PAGES if platform_of(page) == platform for sample in samples_of(page)]
    bodies = [sample.body for sample in samples]

    @fuzzed(STORED / len(PLATFORMS))
    def check(rng: Random) -> None:
        sample = rng.choice(samples)
        body = kept(sample.body, rng) if rng.random() < 0.5 else kept(broken(sample.body, bodies, rng), rng)
        for item in read(platform, HttpResponse(url=rng.choice((sample.url, "")), body=body)).items[:50]:
            stored(item)


def test_no_item_makes_the_cleaning_raise_or_linger() -> None:
    @fuzzed(CLEANING)
    def check(rng: Random) -> None:
        stored(hostile_item(rng))


def stored(item: Item) -> None:
    """Take an item the way the pipelines do, as far as it can go."""
    made = clean(item, NOW, b"key")
    assert clean(made, NOW, b"key") == made or made != made
    kind = kind_of(made)
    assert kind
    if kind == "listing":
        enhancements(fields_of(made))
    failures(kind, fields_of(made), NOW)
    quality_of(kind, fields_of(made))
    try:
        codec(LAYER_OF[kind]).storable(record_of(made))
    except Refused:
        return
