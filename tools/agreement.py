"""How many decoys slip through the ledger of agreement, and at what cost: ``python -m tools.agreement``.

A discrete crawl without network: each tick one page is served by an egress drawn at random, opinions take some ticks, refused pages
are fetched again. Prints, for mixtures of egresses, the decoys that were stored and the requests per page, over several seeds.
"""

from __future__ import annotations

import argparse
from collections import Counter, deque
from collections.abc import Iterator
from random import Random
from statistics import mean
from typing import TypeVar

import attrs

from travelcrawl.access.agreement import Ledger
from travelcrawl.access.opinions import Fate, Policy, Wanted
from travelcrawl.access.signs import Signs

T = TypeVar("T")
PACE = 26
"""Ticks, and pages, a second: as many as the hostile bench has."""


@attrs.frozen(kw_only=True)
class Mixture:
    """Who is there."""

    truthful: int = 12
    liars: tuple[float, ...] = ()
    """Share of its answers that each makes up."""
    late: int = 0
    """Answers of a site before a liar's first lie."""
    sites: int = 4
    alike: bool = False
    """Liars say the same of a page and lie about the same pages."""
    pages: int = 1500
    shown: float = 0.0
    """Share of the lies that the links to their pages give away; 0: links show nothing."""
    nonce: bool = True
    """Each answer holds a fact that differs from fetch to fetch."""


MIXTURES = {
    "none": Mixture(),
    **{f"{n} × {rate:.0%}": Mixture(liars=(rate,) * n) for n in (2, 4) for rate in (0.05, 0.1, 0.3, 1.0)},
    **{f"4 × {rate:.0%}, half-way": Mixture(liars=(rate,) * 4, late=12) for rate in (0.1, 0.3, 1.0)},
    **{f"4 × {rate:.0%}, alike": Mixture(liars=(rate,) * 4, alike=True) for rate in (0.1, 0.3, 1.0)},
    "9 × 100%, alike": Mixture(liars=(1.0,) * 9, alike=True),
    **{f"4 × {rate:.0%}, shown": Mixture(liars=(rate,) * 4, shown=0.5) for rate in (0.05, 0.1, 0.3, 1.0)},
    "4 × 100%, half-way, shown": Mixture(liars=(1.0,) * 4, late=12, shown=0.5),
    "none, shown": Mixture(shown=0.5),
    "even": Mixture(truthful=9, liars=(1.0, 1.0, 1.0, 0.3, 0.1, 0.05)),
    "liars": Mixture(truthful=9, liars=(1.0, 1.0, 1.0, 0.3, 0.3, 0.1, 0.1, 0.05, 0.05)),
    "even, shown": Mixture(truthful=11, liars=(1.0, 1.0, 1.0, 0.3, 0.1, 0.05), shown=0.58),
    "late, shown": Mixture(truthful=11, liars=(1.0, 1.0, 0.3, 0.05), late=25, shown=0.58),
    "liars, alike": Mixture(truthful=9, liars=(1.0, 1.0, 1.0, 0.3, 0.3, 0.1, 0.1, 0.05, 0.05), alike=True),
}
"""By name; the last three are of the hostile sandbox."""


@attrs.define
class Result:
    """What came of a crawl."""

    requests: int = 0
    decoys: int = 0
    """Lies that were ever stored."""
    wrong: int = 0
    """Lies that are in the store at the end, where a later row takes an earlier one's place."""
    stored: int = 0
    disputed: int = 0
    innocent: int = 0
    """Truthful egresses that were convicted."""
    escaped: int = 0
    """Liars that were not."""
    most_held: int = 0
    audits: Counter[str] = attrs.field(factory=Counter)


class Crawl:
    """One crawl over a mixture."""

    def __init__(self, mixture: Mixture, policy: Policy, seed: int) -> None:
        self.mixture, self.random = mixture, Random(seed)
        self.ledger = Ledger(
            policy=policy, random=Random(seed + 1), clock=lambda: self.tick / PACE, in_use=lambda: len(self.usable)
        )
        self.rates = {f"l{n}": rate for n, rate in enumerate(mixture.liars)}
        self.names = [f"t{n}" for n in range(mixture.truthful)] + [*self.rates]
        self.told = Counter[tuple[str, int]]()
        self.usable = set(self.names)
        self.tick = 0
        self.result = Result()
        self.queue = deque((url, frozenset[str]()) for url in range(mixture.pages))
        self.store: dict[int, bool] = {}
        self.flying: deque[tuple[int, Wanted, str]] = deque()

    def answer(self, egress: str, url: int) -> tuple[dict[str, int], bool]:
        """Return what an egress says of a page, and whether that is a lie."""
        mixture = self.mixture
        self.result.requests += 1
        facts = {"price": url, **self.rows(url), **({"nonce": self.random.getrandbits(60)} if mixture.nonce else {})}
        self.told[egress, url % mixture.sites] += 1
        begun = self.told[egress, url % mixture.sites] > mixture.late
        if begun and self.random.random() < self.rates.get(egress, 0.0):
            return {**facts, "price": -url - 1 if mixture.alike else -url - 1 - Random(egress).getrandbits(60)}, True
        return facts, False

    def rows(self, url: int) -> dict[str, int]:
        """Return how many rows a page shows: every twentieth is a list."""
        return {"list links#": 20} if url % 20 == 0 else {}

    def run(self) -> Result:
        """Crawl to the end."""
        while self.queue or self.flying or self.ledger.held:
            self.tick += 1
            if self.tick > 50 * self.mixture.pages:
                raise RuntimeError("the crawl does not end")
            if self.queue:
                self.fetch(*self.queue.popleft())
            elif not self.flying:
                self.ledger.closing()
            self.opinions()
            self.settle()
            self.result.most_held = max(self.result.most_held, len(self.ledger.held))
        self.result.wrong = sum(self.store.values())
        self.result.stored = len(self.store)
        self.result.audits = self.ledger.audits
        self.result.escaped = sum(name[0] == "l" for name in self.usable)
        return self.result

    def fetch(self, url: int, avoid: frozenset[str]) -> None:
        """Have a page served by an egress, and read it."""
        egress = self.random.choice(sorted(self.usable - avoid or self.usable))
        facts, lie = self.answer(egress, url)
        kind = "list" if url % 20 == 0 else "detail"
        self.ledger.read(
            egress,
            url,
            kind,
            facts,
            subject=(url, lie),
            signs=self.signs(kind, lie=lie),
            site=f"{url % self.mixture.sites}",
        )

    def signs(self, kind: str, *, lie: bool) -> Signs:
        """Return what the link to a page says of it."""
        if not self.mixture.shown or kind == "list":
            return Signs()
        is_odd = lie and self.random.random() < self.mixture.shown
        return Signs("otherwise than where it was linked") if is_odd else Signs(is_borne_out=True)

    def opinions(self) -> None:
        """Let opinions come in, and ask for what is wanted."""
        while self.flying and self.flying[0][0] <= self.tick:
            _, wanted, egress = self.flying.popleft()
            self.ledger.heard(wanted, egress, self.answer(egress, wanted.page.subject[0])[0])
        while len(self.flying) < 8 and (wanted := self.ledger.due()):
            able = [name for name in wanted.egresses if name in self.usable and self.random.random() < 0.7]
            if wanted.is_question:
                able = [*wanted.egresses]
            elif not wanted.is_bound:
                able = able or sorted(self.usable - wanted.avoid - set(wanted.page.opinions))
            if able:
                self.flying.append((self.tick + 10, wanted, able[0]))
            else:
                self.ledger.unheard(wanted, None)

    def settle(self) -> None:
        """Do what the ledger has decided."""
        for conviction in take(self.ledger.convictions):
            self.usable.discard(conviction.egress)
            self.result.innocent += conviction.egress[0] == "t"
        self.queue.extend((page.subject[0], frozenset({page.egress})) for page in take(self.ledger.recalled))
        for page in take(self.ledger.settled):
            url, lie = page.subject
            if page.fate is Fate.RELEASED:
                self.store[url] = lie
                self.result.decoys += lie
            elif page.fate is Fate.REFUSED:
                self.queue.append((url, frozenset({page.egress})))
            else:
                self.result.disputed += 1


def take(found: list[T]) -> Iterator[T]:
    """Take away what is in a list."""
    yield from found[:]
    found.clear()


def measure(name: str, mixture: Mixture, policy: Policy, seeds: int) -> str:
    """Return a line of the table."""
    results = [Crawl(mixture, policy, seed).run() for seed in range(seeds)]
    decoys = [result.decoys for result in results]
    wrong = [result.wrong for result in results]
    return (
        f"{name:<26}"
        f" {mean(decoys):>7.2f} {sum(map(bool, decoys)) / seeds:>6.0%} {mean(wrong):>6.2f} {mean(r.escaped for r in results):>8.2f}"
        f" {mean(r.innocent for r in results):>9.2f} {mean(r.disputed for r in results):>8.2f}"
        f" {mean(r.requests for r in results) / mixture.pages:>9.3f} {max(r.most_held for r in results):>5}"
        f" {dict(sum((r.audits for r in results), Counter()))}"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--pages", type=int, default=1500)
    for name in (
        "share",
        "eager",
        "enough",
        "lists",
        "sure",
        "after",
        "trusted",
        "closing",
        "last",
        "margin",
        "probes",
    ):
        kind = attrs.fields_dict(Policy)[name].default
        parser.add_argument(f"--{name}", type=type(kind), default=kind)
    parser.add_argument("--only", default="", help="mixtures whose name holds this")
    told = vars(parser.parse_args())
    only = told.pop("only")
    seeds, pages = told.pop("seeds"), told.pop("pages")
    print(f"{'liars':<26}  decoys  seeds   left  escaped  innocent disputed  req/page  held")
    policy = Policy(**told)
    for name, mixture in ((name, mixture) for name, mixture in MIXTURES.items() if only in name):
        print(measure(name, attrs.evolve(mixture, pages=pages), policy, seeds), flush=True)


if __name__ == "__main__":
    main()
