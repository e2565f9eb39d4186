"""What a worker has in memory, without a loop and without a backend."""

from scrapy import Request

from travelcrawl.frontier.backend import DeadLetter, Lease, Waiting
from travelcrawl.frontier.buffers import BATCH, Buffers
from travelcrawl.frontier.watermark import Mark


def lease(name: str, crashes: int = 0) -> Lease:
    return Lease(id=name, payload="{}", crashes=crashes)


def waiting(count: int) -> list[Waiting]:
    return [Waiting(payload=str(number), fingerprint=number) for number in range(count)]


def full() -> tuple[Buffers, Request]:
    """Make buffers with a lease at each station of its way."""
    buffers, inside = Buffers(), Request("http://a.example/")
    buffers.took([lease("ready")])
    buffers.drawn[Request("http://b.example/")] = lease("drawn")
    buffers.watermark.took(inside, lease("inside"))
    buffers.watermark.left("seed", Mark(0, 0))
    buffers.letters.append(DeadLetter.crashed(lease("dead"), "http://c.example/", "demo", 0.0))
    buffers.put_off.append("later")
    return buffers, inside


def test_a_batch_is_the_very_same_list_until_it_is_pushed() -> None:
    buffers = Buffers()
    for one in waiting(BATCH + 5):
        buffers.accept(one)
    first = buffers.batch()
    buffers.accept(Waiting(payload="late", fingerprint=None))
    assert buffers.batch() is first
    assert (len(first), buffers.unpushed, buffers.accepted, buffers.pushed) == (BATCH, BATCH + 6, BATCH + 6, 0)
    assert buffers.batch_pushed() == BATCH
    assert [one.payload for one in buffers.batch()] == [*map(str, range(BATCH, BATCH + 5)), "late"]
    assert buffers.batch_pushed() == 6
    assert not buffers.batch()
    assert buffers.pushed == BATCH + 6


def test_what_a_worker_died_with_comes_first_in_the_order_given() -> None:
    buffers = Buffers()
    buffers.took([lease("a"), lease("b")])
    assert not buffers.has_suspects
    buffers.took([lease("x", crashes=2), lease("y", crashes=1), lease("c")])
    assert [one.id for one in buffers.ready] == ["x", "y", "a", "b", "c"]
    assert buffers.has_suspects


def test_every_lease_is_held_wherever_it_is() -> None:
    buffers, inside = full()
    assert sorted(buffers.held()) == ["dead", "drawn", "inside", "later", "ready", "seed"]
    assert buffers.ack_up_to(Mark(0, 0)) == ["seed"]
    assert "seed" in buffers.held()
    buffers.watermark.sweep({inside}, Mark(0, 0))
    assert buffers.not_begun() == ["ready", "drawn"]
    buffers.forget_not_begun()
    assert sorted(buffers.held()) == ["dead", "inside", "later", "seed"]


def test_what_went_to_others_is_let_go_where_it_has_not_begun() -> None:
    buffers, _ = full()
    buffers.lose({"ready", "drawn", "inside"})
    assert buffers.not_begun() == []
    assert "inside" in buffers.held()


def test_it_is_empty_when_nothing_can_lead_to_more() -> None:
    buffers = Buffers()
    assert buffers.is_empty
    buffers.put_off.append("later")
    assert buffers.is_empty
    buffers.accept(waiting(1)[0])
    assert not buffers.is_empty
    buffers.batch()
    buffers.batch_pushed()
    assert buffers.is_empty
    buffers.took([lease("ready")])
    assert not buffers.is_empty
