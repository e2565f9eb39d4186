"""What both backends promise."""

import json

import pytest

from tests.frontier.conftest import Crawl
from travelcrawl.frontier.backend import CRASHES, Backend, DeadLetter, Depth, Waiting, is_guilty


def waiting(name: str, priority: int = 0, group: str = "", fingerprint: int | None = None) -> Waiting:
    return Waiting(
        payload=json.dumps({"url": f"https://a.example/{name}"}),
        fingerprint=fingerprint,
        priority=priority,
        group=group,
    )


def names(leases: list) -> list[str]:  # type: ignore[type-arg]
    return [json.loads(lease.payload)["url"].rpartition("/")[2] for lease in leases]


async def test_priority_then_first_in_first_out(backend: Backend) -> None:
    await backend.push([waiting("5"), waiting("3"), waiting("9", priority=1), waiting("1"), waiting("7", priority=-1)])
    assert names(await backend.take(10)) == ["9", "5", "3", "1", "7"]


async def test_identical_requests_stay_two(backend: Backend) -> None:
    assert await backend.push([waiting("a"), waiting("a")]) == 2
    assert names(await backend.take(10)) == ["a", "a"]


async def test_a_huge_city_does_not_starve_the_others(backend: Backend) -> None:
    await backend.push([waiting(f"big{number}", group="big") for number in range(100)])
    assert names(await backend.take(3)) == ["big0", "big1", "big2"]
    await backend.push([waiting(f"small{number}", group="small") for number in range(3)])
    taken = names(await backend.take(7))
    assert [name for name in taken if name.startswith("small")] == ["small0", "small1", "small2"]
    assert taken[-1].startswith(("big", "small2"))


async def test_seen_is_for_the_crawl(backend: Backend) -> None:
    top = -(1 << 63)
    assert (
        await backend.push([waiting("a", fingerprint=top), waiting("a", fingerprint=top), waiting("b", fingerprint=0)])
        == 2
    )
    await backend.finish()
    assert await backend.push([waiting("a", fingerprint=top)]) == 0
    await backend.ack([lease.id for lease in await backend.take(9)])
    await backend.finish()
    assert await backend.push([waiting("a", fingerprint=top)]) == 1


async def test_a_lease_is_one_workers_until_it_acks_or_releases(backend: Backend, crawl: Crawl) -> None:
    other = await crawl.worker()
    await backend.push([waiting("a"), waiting("b")])
    a, b = await backend.take(2)
    assert await other.take(2) == []
    assert await backend.depth() == Depth(waiting=0, leased=2)
    await backend.ack([a.id])
    await backend.release([b.id])
    (again,) = await other.take(2)
    assert (names([again]), again.crashes) == (["b"], 0)
    crawl.workers.remove(other)
    await other.close()
    assert names(await backend.take(2)) == ["b"]


async def test_what_a_silent_worker_holds_goes_back_and_after_three_is_a_dead_letter(
    backend: Backend, crawl: Crawl
) -> None:
    await backend.push([waiting("deadly"), waiting("harmless")])
    for crash in range(1, CRASHES + 1):
        victim = await crawl.worker()
        taken = await victim.take(1)
        assert (names(taken)[0], taken[0].crashes) == ("deadly", crash - 1)
        await victim.release([lease.id for lease in taken[1:]])
        await crawl.silence(victim)
        assert await backend.reap() == 1
    (letter,) = await backend.letters()
    assert (letter.cause, letter.url, letter.attempts) == ("crash", "https://a.example/deadly", CRASHES)
    assert names(await backend.take(5)) == ["harmless"]


async def test_a_worker_that_beats_keeps_its_leases(backend: Backend, crawl: Crawl) -> None:
    other = await crawl.worker()
    await backend.push([waiting("a")])
    await other.take(1)
    await other.renew()
    assert await backend.reap() == 0
    assert await backend.depth() == Depth(leased=1)


async def test_the_mates_of_a_deadly_request_are_tried_in_ever_smaller_company(backend: Backend, crawl: Crawl) -> None:
    await backend.push([waiting(str(number)) for number in range(40)])
    for company in (40, 16, 1):
        victim = await crawl.worker()
        taken = await victim.take(40)
        assert len(taken) == company
        await crawl.silence(victim)
        assert await backend.reap() >= company
    assert [letter.url.rpartition("/")[2] for letter in await backend.letters()] == ["0"]
    assert [lease.crashes for lease in await backend.take(40)] == [2]


async def test_what_had_left_the_engine_alive_is_not_to_blame(backend: Backend, crawl: Crawl) -> None:
    await backend.push([waiting("a"), waiting("b")])
    victim = await crawl.worker()
    a, _ = await victim.take(2)
    await victim.spare([a.id])
    await crawl.silence(victim)
    assert await backend.reap() == 2
    assert {name: lease.crashes for lease in await backend.take(2) for name in names([lease])} == {"a": 0, "b": 1}


@pytest.mark.parametrize(
    ("crashes", "deaths", "guilty"),
    [(2, 2, False), (3, 3, True), (3, 4, True), (3, 5, False), (8, 12, False), (9, 99, True)],
)
def test_where_many_workers_die_three_times_is_no_proof(crashes: int, deaths: int, guilty: bool) -> None:
    assert is_guilty(crashes, deaths) is guilty


async def test_a_request_is_not_taken_for_the_cause_of_others_deaths(backend: Backend, crawl: Crawl) -> None:
    await backend.push([waiting("innocent")])
    for number in range(9):
        victim = await crawl.worker()
        if number % 3 == 0:
            assert names(await victim.take(1)) == ["innocent"]
        else:
            await backend.push([waiting("other")])
            assert names(await victim.take(1, (0, 0))) == ["other"]
        await crawl.silence(victim)
        assert await backend.reap() == 1
        if number % 3:
            others = [lease for lease in await backend.take(0, (9, 0)) if names([lease]) == ["other"]]
            await backend.ack([lease.id for lease in others])
            await backend.resync([])
    assert await backend.letters() == []
    assert await backend.depth() == Depth(waiting=1)


async def test_a_complete_crawl_begins_anew_though_another_worker_was_killed(backend: Backend, crawl: Crawl) -> None:
    await backend.push([waiting("a", fingerprint=1)])
    await crawl.worker()
    await backend.ack([lease.id for lease in await backend.take(1)])
    await backend.finish()
    assert await backend.push([waiting("a", fingerprint=1)]) == 0
    late = await crawl.worker()
    assert await late.push([waiting("a", fingerprint=1)]) == 1


async def test_a_crawl_that_goes_on_does_not_forget_what_was_seen(backend: Backend, crawl: Crawl) -> None:
    await crawl.worker()
    await backend.push([waiting("a", fingerprint=1)])
    await backend.ack([lease.id for lease in await backend.take(1)])
    await backend.finish()
    await backend.push([waiting("b", fingerprint=2)])
    late = await crawl.worker()
    assert await late.push([waiting("a", fingerprint=1)]) == 0


async def test_a_cancelled_crawl_is_forgotten_when_all_have_left(backend: Backend, crawl: Crawl) -> None:
    await backend.push([waiting(str(number), fingerprint=number) for number in range(3)])
    (held,) = await backend.take(1)
    await backend.command("cancelled")
    assert await backend.depth() == Depth(leased=1)
    other = await crawl.worker()
    assert (await other.take(1), other.control) == ([], "cancelled")
    await backend.release([held.id])
    for worker in (backend, other):
        crawl.workers.remove(worker)
        await worker.close()
    late = await crawl.worker()
    assert await late.depth() == Depth()
    assert await late.push([waiting("0", fingerprint=0)]) == 1
    assert names(await late.take(1)) == ["0"]


async def test_an_ack_that_comes_late_still_counts(backend: Backend, crawl: Crawl) -> None:
    await backend.push([waiting("a")])
    slow = await crawl.worker()
    (lease,) = await slow.take(1)
    await slow.release([lease.id])
    await slow.ack([lease.id])
    assert await backend.depth() == Depth()


async def test_leases_whose_answer_was_lost_go_back(backend: Backend) -> None:
    await backend.push([waiting("a"), waiting("b")])
    a, _ = await backend.take(2)
    assert await backend.resync([a.id, "none"]) == {"none"}
    assert await backend.depth() == Depth(waiting=1, leased=1)


async def test_dead_letters_are_kept_replayed_and_dropped(backend: Backend) -> None:
    await backend.push([waiting("a"), waiting("b")])
    for lease in await backend.take(2):
        await backend.bury(
            DeadLetter(
                id=lease.id,
                payload=lease.payload,
                url=json.loads(lease.payload)["url"],
                platform="demo",
                cause="challenged",
                why="a challenge page",
                attempts=2,
                buried_at=1.0,
            )
        )
    assert await backend.depth() == Depth(dead=2)
    first, second = await backend.letters()
    assert await backend.replay([first.id, "demo-none"]) == 1
    assert await backend.drop([second.id, "demo-none"]) == 1
    assert await backend.depth() == Depth(waiting=1)
    assert names(await backend.take(1)) == ["a"]
