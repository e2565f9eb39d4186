from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from sandbox.foreign_sites import NOWHERE, foreign_web
from sandbox.hostile import LIARS, MIXTURES, Exit, Plan, plan
from sandbox.hostile_decoys import Decoys, Lies
from sandbox.hostile_egress import Breaking, Flapping, Hanging, Locked, Slow
from sandbox.hostile_sites import (
    Bans,
    Challenges,
    Hollow,
    Limit,
    RateLimit,
    Resets,
    ScriptOnly,
    Spoiler,
    Truncated,
    Unavailable,
    Weather,
)
from sandbox.http import Reply, Request, html_reply, json_reply
from sandbox.web import Web

HOST, OTHER = "www.lanternroute.example", "api.saltmarsh.example"
PAGE = html_reply("<html><body>" + "a page " * 100 + "</body></html>")


class Time:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def asked(egress: str = "egress-0", host: str = HOST, target: str = "/places/ghent", method: str = "GET") -> Request:
    return Request(host=host, target=target, egress=egress, method=method)


def site(host: str) -> str:
    return host


def limited(limit: Limit, clock: Callable[[], float]) -> tuple[Bans, RateLimit]:
    bans = Bans({HOST: limit}, {"bad": frozenset({HOST})}, site, clock)
    return bans, RateLimit({HOST: limit}, bans, site, clock)


# Egresses


@pytest.mark.parametrize("method", ["GET", "CONNECT"])
def test_a_locked_egress_wants_credentials(method: str) -> None:
    locked = Locked(frozenset({"egress-1"}))
    reply = locked.before(asked("egress-1", method=method))
    assert reply is not None
    assert (reply.status, reply.headers["Proxy-Authenticate"]) == (407, 'Basic realm="gateway"')
    assert locked.before(asked("egress-2", method=method)) is None


def test_a_hanging_egress_says_nothing_some_after_the_tunnel() -> None:
    hanging = Hanging(frozenset({"a", "b"}), opening=frozenset({"a"}))
    silent = {
        (name, method): hanging.before(asked(name, method=method)) for name in "abc" for method in ("GET", "CONNECT")
    }
    assert {key for key, reply in silent.items() if reply and reply.hangs} == {
        ("a", "GET"),
        ("b", "GET"),
        ("b", "CONNECT"),
    }


def test_a_flapping_egress_comes_and_goes() -> None:
    clock = Time()
    flapping = Flapping({"a": (3.0, 2.0)}, clock)
    up = []
    for _ in range(10):
        up.append(flapping.before(asked("a")) is None)
        assert flapping.before(asked("b")) is None
        clock.now += 1
    assert up == [True, True, True, False, False] * 2


def test_a_slow_egress_takes_seconds() -> None:
    slow = Slow({"a": (2.0, 4.0)}, 1)
    delays = [reply.delay for _ in range(20) if (reply := slow.after(asked("a"), PAGE))]
    assert len(set(delays)) == 20
    assert 2.0 <= min(delays) <= max(delays) <= 4.0
    assert slow.after(asked("b"), PAGE) is None


def test_a_breaking_egress_loses_the_rest_of_some() -> None:
    breaking = Breaking({"a": 0.3}, 1)
    cuts = [reply.cut for _ in range(500) if (reply := breaking.after(asked("a"), PAGE))]
    assert 100 < len(cuts) < 200
    assert set(cuts) == {len(PAGE.body) // 2}
    assert breaking.after(asked("b"), PAGE) is None


# Sites


def test_a_bucket_fills_at_its_rate_for_each_egress() -> None:
    clock = Time()
    _, limit = limited(Limit(rate=0.5, burst=2, ban_after=100), clock)
    assert [limit.before(asked(name)) is None for name in ("a", "a", "a", "b", "b", "b")] == [True, True, False] * 2
    passed = 0
    for _ in range(200):
        clock.now += 2
        passed += limit.before(asked("a")) is None
    assert passed == 200
    clock.now += 1
    limit.before(asked("a"))
    assert limit.before(asked("a")) is not None
    assert limit.before(asked("a", host=OTHER)) is None
    assert limit.before(asked("a", method="CONNECT")) is None


def test_a_window_holds_so_many_and_no_more() -> None:
    clock = Time()
    _, limit = limited(Limit(rate=0.5, burst=2, window=10.0, ban_after=100), clock)
    assert [limit.before(asked()) is None for _ in range(9)] == [True] * 7 + [False] * 2
    clock.now += 9
    assert limit.before(asked()) is not None
    clock.now += 1
    assert limit.before(asked()) is None
    passed = 0
    for _ in range(100):
        clock.now += 2
        passed += limit.before(asked("egress-1")) is None
    assert passed == 100


@pytest.mark.parametrize(("how", "shape"), [("seconds", "2"), ("date", " GMT"), ("none", "")])
def test_429_says_when_to_come_again_or_not(how: str, shape: str) -> None:
    _, limit = limited(Limit(rate=1, burst=1, retry_after=how), Time())
    limit.before(asked())
    reply = limit.before(asked())
    assert reply is not None
    assert reply.status == 429
    assert reply.headers.get("Retry-After", "").endswith(shape)
    assert ("Retry-After" in reply.headers) == bool(shape)


@pytest.mark.parametrize(("how", "status"), [("forbidden", 403), ("challenge", 200)])
def test_too_many_violations_are_a_ban_for_a_time(how: str, status: int) -> None:
    clock = Time()
    bans, limit = limited(Limit(rate=0.1, burst=1, ban_after=3, ban_seconds=20, ban_reply=how), clock)
    assert [limit.before(asked()) is None for _ in range(4)] == [True, False, False, False]
    banned = bans.before(asked())
    assert banned is not None
    assert banned.status == status
    assert bans.count == 1
    assert bans.before(asked("egress-1")) is None
    assert bans.before(asked(method="CONNECT")) is None
    clock.now += 21
    assert bans.before(asked()) is None


def test_violations_long_ago_are_forgotten() -> None:
    clock = Time()
    bans, limit = limited(Limit(rate=0.0, burst=1, ban_after=3), clock)
    limit.before(asked())
    for _ in range(5):
        clock.now += 40
        assert limit.before(asked()) is not None
    assert bans.before(asked()) is None


def test_some_are_banned_from_the_start_at_one_site() -> None:
    bans, _ = limited(Limit(rate=1), Time())
    assert bans.before(asked("bad")) is not None
    assert bans.before(asked("bad", host=OTHER)) is None


def test_a_challenge_lasts_for_one_egress() -> None:
    clock = Time()
    challenges = Challenges({HOST: Weather(challenged=1.0, challenge="One quick check")}, site, 1, clock)
    reply = challenges.before(asked())
    assert reply is not None
    assert reply.status == 200
    assert b"<title>One quick check" in reply.body
    challenges.weather = {HOST: Weather(challenged=0.0)}
    assert challenges.before(asked()) is not None
    assert challenges.before(asked("egress-1")) is None
    clock.now += 5
    assert challenges.before(asked()) is None


@pytest.mark.parametrize(
    ("spoiler", "share", "sign"),
    [
        (Unavailable, "unavailable", lambda reply: reply.status == 503),
        (Resets, "resets", lambda reply: reply.resets),
        (ScriptOnly, "script_only", lambda reply: b'<div id="app"></div>' in reply.body),
        (Truncated, "truncated", lambda reply: reply.cut == len(PAGE.body) // 2),
        (Hollow, "hollow", lambda reply: b"<main></main>" in reply.body),
    ],
    ids=["unavailable", "resets", "script_only", "truncated", "hollow"],
)
def test_a_share_of_the_answers_is_spoilt(spoiler: type[Spoiler], share: str, sign: Callable[[Reply], bool]) -> None:
    one = spoiler({HOST: Weather(**{share: 0.25})}, site, 1)
    told = [reply for _ in range(400) if (reply := one.before(asked()) or one.after(asked(), PAGE))]
    assert 60 < len(told) < 140
    assert all(map(sign, told))
    for spared in (asked(host=OTHER), asked(method="CONNECT"), asked(target="/robots.txt")):
        assert not any(one.before(spared) or one.after(spared, PAGE) for _ in range(50))


def test_a_hollow_answer_of_an_api_is_json() -> None:
    hollow = Hollow({HOST: Weather(hollow=1.0)}, site, 1)
    reply = hollow.after(asked(), json_reply({"place": {"name": "x"}}))
    assert reply is not None
    assert reply.body == b'{"code":0,"message":"ok","data":{}}'


def test_chances_of_one_egress_do_not_depend_on_others() -> None:
    def struck(others: int) -> list[bool]:
        one = Unavailable({HOST: Weather(unavailable=0.5)}, site, 1)
        found = []
        for _ in range(50):
            found.append(one.before(asked("a")) is not None)
            for _ in range(others):
                one.before(asked("b"))
        return found

    assert struck(0) == struck(3)


# Decoys


def decoys(lies: Lies, together: tuple[str, ...] = ()) -> Decoys:
    def liar(request: Request, salt: str) -> Reply:
        return html_reply(f"a lie for {salt} about {request.path}")

    return Decoys({"a": lies, "b": Lies()}, liar, together=together, site=site, seed=1)


@pytest.mark.parametrize(
    ("lies", "least", "most"),
    [
        (Lies(), 1000, 1000),
        (Lies(share=0.3), 250, 350),
        (Lies(share=0.1), 70, 130),
        (Lies(share=0.05), 30, 70),
        (Lies(after=25), 975, 975),
        (Lies(sites=(OTHER,)), 0, 0),
    ],
    ids=["all", "30", "10", "5", "late", "elsewhere"],
)
def test_a_share_of_what_an_egress_is_told_is_false(lies: Lies, least: int, most: int) -> None:
    one = decoys(lies)
    false = [one.after(asked("a"), PAGE) is not None for _ in range(1000)]
    assert least <= sum(false) <= most
    assert not any(false[: lies.after])
    assert one.after(asked("c"), PAGE) is None
    assert one.after(asked("b", target="/robots.txt"), PAGE) is None


def test_some_sites_tell_all_the_same_and_others_each_another_thing() -> None:
    one = decoys(Lies(), together=(HOST,))
    said = {(name, host): one.after(asked(name, host=host), PAGE).body for name in "ab" for host in (HOST, OTHER)}  # type: ignore[union-attr]
    assert said["a", HOST] == said["b", HOST]
    assert said["a", OTHER] != said["b", OTHER]


@pytest.mark.parametrize(("honest", "false", "told"), [(200, 404, False), (404, 200, True), (200, 200, True)])
def test_a_lie_never_says_that_what_is_there_is_gone(honest: int, false: int, told: bool) -> None:
    one = Decoys({"a": Lies()}, lambda _, __: html_reply("lie", false), together=(), site=site, seed=1)
    assert (one.after(asked("a"), html_reply("truth", honest)) is not None) == told
    silent = Decoys({"a": Lies()}, lambda _, __: None, together=(), site=site, seed=1)
    assert silent.after(asked("a"), PAGE) is None


# The whole


@pytest.mark.parametrize("mixture", sorted(MIXTURES))
def test_at_most_half_of_the_egresses_are_healthy(mixture: str) -> None:
    made = plan(3, mixture, [HOST, OTHER])
    kinds = Counter(one.kind for one in made.exits)
    assert sum(kinds.values()) == 24
    assert kinds == Counter(MIXTURES[mixture].egresses) + Counter(healthy=kinds["healthy"])
    assert kinds["healthy"] + kinds["gateway"] + kinds["slow"] <= (24 if mixture == "calm" else 12)
    assert plan(3, mixture, [HOST, OTHER]) == made != plan(4, mixture, [HOST, OTHER])


@pytest.mark.parametrize(("number", "wrong"), [(24, "no mixture 'odd'"), (0, "0 egresses are too few")])
def test_a_wrong_plan_is_a_sentence(number: int, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        plan(1, "even" if "egresses" in wrong else "odd", [HOST], number)


def test_other_numbers_of_egresses_keep_the_mixture() -> None:
    assert len(plan(1, "even", [HOST], 7).exits) == 7
    assert Counter(one.kind for one in plan(1, "even", [HOST], 48).exits)["dead"] == 4


def test_partial_liars_lie_at_some_sites() -> None:
    made = plan(3, "liars", [HOST, OTHER])
    for kind, lies in LIARS.items():
        for one in made.by_kind[kind]:
            assert one.lies is not None
            assert len(one.lies.sites) == (0 if lies.share == 1 else 1)


@pytest.mark.parametrize(
    ("exits", "seconds"),
    [
        ([Exit(name="a", kind="healthy")], 98),
        ([Exit(name="a", kind="healthy"), Exit(name="b", kind="gateway", user="u")], 48),
        ([Exit(name="a", kind="healthy"), Exit(name="b", kind="dead"), Exit(name="c", kind="decoy", lies=Lies())], 98),
        ([Exit(name="a", kind="healthy"), Exit(name="b", kind="banned", banned_at=frozenset({HOST}))], 98),
        ([Exit(name="a", kind="healthy"), Exit(name="b", kind="decoy_5", lies=Lies(sites=(OTHER,)))], 48),
        ([Exit(name="a", kind="dead")], float("inf")),
    ],
    ids=["one", "two", "of three", "of two", "truthful here", "none"],
)
def test_the_ideal_counts_truthful_egresses_only(exits: list[Exit], seconds: float) -> None:
    made = Plan(
        seed=1,
        exits=tuple(exits),
        limits={HOST: Limit(rate=1, burst=2)},
        weather={HOST: Weather()},
        together=frozenset(),
    )
    assert made.ideal_seconds({HOST: 100}) == pytest.approx(seconds)


def test_the_books_count_what_each_egress_met() -> None:
    foreign = foreign_web(3, 60, [HOST])
    made = plan(3, "even", [HOST])
    liars = {one.host: one.lie for one in foreign.sites}
    web = Web(NOWHERE, made.behaviours(lambda one, salt: liars[one.host](one, salt), site), dialects=foreign.sites)
    for one in made.exits:
        web.refuses(asked(one.name, method="CONNECT", target=""))
        web.answer(asked(one.name))
    report = web.books.report()
    assert report["marks"]["locked"][HOST] == {one.name: 2 for one in made.by_kind["locked"]}
    assert report["marks"]["decoy"][HOST].keys() >= {one.name for one in made.by_kind["decoy"]}
    assert report["marks"]["banned"][HOST] == {one.name: 1 for one in made.by_kind["banned"]}
    assert report["refused_tunnels"] == 2 + 1
    assert report["requests"] == 24
