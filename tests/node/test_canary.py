import json
from collections.abc import Sequence

import pytest

from tests import programs
from tests.loopback import LoopbackHandler, LoopbackSite, Page, serving
from travelcrawl.extensions.board import Board
from travelcrawl.node.canary import Work, judge, work_of

WELL = Work(requests=100, successes=95, items=50, quality=45)


def metrics(successes: int, failures: int, scores: Sequence[float] = ()) -> str:
    board = Board()
    for platform in ("ctrip", "weibo"):
        for status, count in (("success", successes), ("blocked", failures)):
            board.count("crawler_requests_total", count, platform=platform, engine="http", status=status)
        board.observe("crawler_data_quality_score", {9: len(scores)}, sum(scores), platform=platform)
    return board.text().decode()


def test_work_is_read_over_all_platforms() -> None:
    assert work_of(metrics(8, 2, [0.5, 1.0])) == Work(requests=20, successes=16, items=4, quality=3.0)
    assert work_of("") == Work()


def test_only_what_came_meanwhile_counts() -> None:
    assert WELL - Work(requests=60, successes=60) == Work(requests=40, successes=35, items=50, quality=45)
    # A worker that was started anew counts from 0.
    assert Work(requests=1) - WELL == Work()


@pytest.mark.parametrize(
    ("stable", "canary", "says"),
    [
        pytest.param(WELL, WELL, "", id="as well"),
        pytest.param(WELL, Work(requests=100, successes=91, items=50, quality=43), "", id="a little worse"),
        pytest.param(
            WELL, Work(requests=100, successes=80, items=50, quality=45), "80% of the canary's requests", id="fails"
        ),
        pytest.param(
            WELL, Work(requests=100, successes=95, items=50, quality=30), "a quality of 0.60", id="poor items"
        ),
        pytest.param(WELL, Work(requests=19, successes=19), "came to 19 requests", id="too little"),
        pytest.param(Work(), WELL, "", id="nothing to compare with"),
        pytest.param(Work(), Work(requests=100, successes=70), "80% are wanted", id="bad by itself"),
        pytest.param(WELL, Work(requests=100, successes=95, items=3, quality=0), "", id="too few items to judge"),
    ],
)
def test_judgement(stable: Work, canary: Work, says: str) -> None:
    assert says in judge(stable, canary)
    assert bool(says) == bool(judge(stable, canary))


class Growing(LoopbackHandler):
    """A worker that has done ``more`` at each look."""

    looks: list[int]
    more: tuple[int, int]

    def page(self) -> Page:
        self.looks.append(1)
        return 200, metrics(self.more[0] * len(self.looks), self.more[1] * len(self.looks)).encode(), {}


@pytest.mark.parametrize(("more", "status", "says"), [((30, 1), 0, "promote it"), ((5, 30), 1, "take it back: 14%")])
def test_command(more: tuple[int, int], status: int, says: str) -> None:
    stable, canary = (type("Worker", (Growing,), {"looks": [], "more": one}) for one in ((30, 0), more))
    with serving(LoopbackSite(stable)) as first, serving(LoopbackSite(canary)) as second:
        addresses = [f"{site.url}/metrics" for site in (first, second)]
        done = programs.run("-m", "scrapy", "canary", *addresses, "--seconds", "0.1")
    assert (done.returncode, says in done.stdout) == (status, True), json.dumps([done.stdout, done.stderr])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "takes two addresses"),
        (("http://127.0.0.1:1/metrics", "http://127.0.0.1:1/metrics"), "cannot be read"),
        (("nothing", "nothing"), "cannot be read"),
    ],
)
def test_what_is_wrong_is_said(words: tuple[str, ...], says: str) -> None:
    done = programs.run("-m", "scrapy", "canary", *words)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
