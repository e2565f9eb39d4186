from collections import deque
from random import Random
from typing import Any

import pytest

from tools.agreement import Crawl, Mixture
from travelcrawl.access.agreement import GRACE, HALVES, Ledger
from travelcrawl.access.opinions import Fate, Page, Policy, Standing, Voucher, Wanted
from travelcrawl.access.signs import Signs

TRUE = {"price": 5, "rows#": 20}
FALSE = {"price": 6, "rows#": 20}
HALF = {"price": 0, "rows#": 0}
LESS = Signs("nothing was read", is_less=True)


class Said(Ledger):
    """A ledger of egresses that all say what they are told to."""

    def __init__(self, in_use: Any = lambda: 0, **policy: Any) -> None:
        self.now = 0.0
        policy = {"probes": 0, "share": 0.0, "eager": 0.0, "later": 0, "sure": 12, **policy}
        super().__init__(policy=Policy(**policy), random=Random(1), clock=lambda: self.now, in_use=in_use)

    def page(self, egress: str, facts: dict[str, int] | None = None, key: str = "p", **more: Any) -> Page:
        return self.read(egress, key, "kind", TRUE if facts is None else facts, **more)

    def known(self, *egresses: str) -> None:
        """Have each read one page, which is left alone."""
        for egress in egresses:
            self.page(egress, key=f"first of {egress}")

    def ask(self, page: Page, **says: dict[str, int]) -> list[str]:
        """Let the ledger ask about a page until it wants no more, or nobody is left; return whom it asked."""
        self._want(page, "test")
        return self.answer(**says)

    def answer(self, **says: dict[str, int]) -> list[str]:
        asked = []
        while (wanted := self._next()) and not wanted.is_question:
            self.due()
            egress = next((one for one in wanted.egresses if one in says), None)
            if egress is None:
                self.unheard(wanted, None)
            else:
                asked.append(egress)
                self.heard(wanted, egress, says[egress])
        return asked


def vouched(ledger: Ledger, *egresses: str, times: int = 12) -> None:
    """Let egresses vouch for each other often."""
    for number in range(times):
        for egress in egresses:
            ledger._standing(egress).vouchers.append(Voucher(0, f"x{number}"))


def test_two_that_agree_vouch_for_each_other_and_for_the_page() -> None:
    ledger = Said()
    ledger.known("a", "b")
    vouched(ledger, "a", "b")
    page = ledger.page("a")
    assert ledger.ask(page, b=TRUE) == ["b"]
    assert page.fate is Fate.RELEASED
    assert [len(ledger._standing(one).vouchers) for one in "ab"] == [13, 13]


def test_two_that_begin_to_tell_the_same_lies_are_not_believed_on_each_others_word() -> None:
    ledger = Said(later=2)
    ledger.known(*"abcde")
    vouched(ledger, *"abcde")
    lie = ledger.page("a", FALSE)
    ledger.ask(lie, b=FALSE)
    assert lie.fate is None
    ledger.ask(ledger.page("a", FALSE, key="next"), c=TRUE, d=TRUE, e=TRUE)
    assert lie.fate is Fate.REFUSED


def test_two_that_nobody_knows_do_not_release_each_others_pages() -> None:
    ledger = Said()
    ledger.known("a", "b")
    page = ledger.page("a")
    ledger.ask(page, b=TRUE)
    assert page.fate is None


def test_who_is_outvoted_is_convicted_and_all_its_pages_are_refused() -> None:
    ledger = Said()
    ledger.known(*"abcd")
    vouched(ledger, *"abcd")
    page, other, true = ledger.page("a", FALSE), ledger.page("a", key="q"), ledger.page("b", key="r")
    ledger.ask(page, b=TRUE, c=TRUE, d=TRUE)
    assert [conviction.egress for conviction in ledger.convictions] == ["a"]
    assert ledger.convictions[0].facts == ("price",)
    assert (page.fate, other.fate, true.fate) == (Fate.REFUSED, Fate.REFUSED, None)
    assert ledger.page("a", key="s").fate is Fate.REFUSED


def test_the_first_dispute_waits_for_all_who_may_yet_be_heard_and_not_for_long() -> None:
    ledger = Said(in_use=lambda: 7)
    ledger.known(*"abcde")
    page = ledger.page("a", FALSE)
    page.opinions |= {"b": FALSE, "c": TRUE, "d": TRUE, "e": TRUE}
    page.numbers |= dict.fromkeys("bcde", 1)
    ledger._judge(page)
    assert ledger.convictions == [], "two more may say what two do"
    ledger.now = GRACE
    ledger._judge(page)
    assert [conviction.egress for conviction in ledger.convictions] == ["a", "b"]


def test_who_is_convicted_together_has_confirmed_nothing() -> None:
    ledger = Said()
    ledger.known(*"abcdef")
    vouched(ledger, "a", "b")
    lie = ledger.page("a", FALSE, key="lie")
    lie.opinions["b"], lie.numbers["b"] = FALSE, 0
    ledger.ask(ledger.page("a", FALSE), b=FALSE, c=TRUE, d=TRUE, e=TRUE, f=TRUE)
    assert ledger.knows_liar("a")
    assert ledger.knows_liar("b")
    assert lie.fate is Fate.REFUSED


def test_who_lies_in_an_opinion_is_convicted_too() -> None:
    ledger = Said()
    ledger.known(*"abcd")
    vouched(ledger, *"abcd")
    page = ledger.page("a")
    ledger.ask(page, b=FALSE, c=TRUE, d=TRUE)
    assert [conviction.egress for conviction in ledger.convictions] == ["b"]
    assert page.fate is Fate.RELEASED


def test_what_a_liar_vouched_for_counts_no_more() -> None:
    ledger = Said()
    ledger.known("a", "b")
    page = ledger.page("a")
    ledger.ask(page, b=TRUE)
    ledger.distrust("b")
    ledger.distrust("b")
    assert ledger._standing("a").vouchers == []
    assert not page.is_compared
    assert len(ledger.convictions) == 1


def test_released_pages_of_a_liar_are_recalled_unless_others_confirmed_them() -> None:
    ledger = Said()
    ledger.known("a")
    page, confirmed = ledger.page("a", key="q"), ledger.page("a", key="r")
    confirmed.opinions |= {"b": TRUE, "c": TRUE}
    for one in ledger.held:
        ledger._settle(one, Fate.RELEASED)
    ledger.distrust("a")
    recalled = ledger.recalled
    assert page in recalled
    assert confirmed not in recalled


def test_pages_of_a_liar_that_others_confirmed_are_kept() -> None:
    ledger = Said()
    ledger.known("a", "b", "c")
    kept, lost, told = (ledger.page("a", key=key) for key in ("q", "r", "s"))
    kept.opinions["b"], lost.opinions["b"] = TRUE, FALSE
    told.opinions["c"] = TRUE
    ledger._settle(told, Fate.RELEASED)
    ledger.distrust("a")
    assert (kept.fate, lost.fate) == (Fate.RELEASED, Fate.REFUSED)
    assert ledger.recalled == []
    ledger.distrust("c")
    assert ledger.recalled == [told]


def test_an_egress_that_serves_hollow_pages_in_a_row_is_reported() -> None:
    ledger = Said()
    ledger.known("a", "b")
    first = ledger.page("a", HALF, key="p", signs=LESS, site="s")
    ledger.page("a", HALF, key="q", signs=LESS, site="t")
    assert (first.fate, ledger.hollow) == (Fate.REFUSED, [])
    second = ledger.page("a", HALF, key="r", signs=LESS, site="s")
    assert ledger.hollow == [second]


def test_suspicions_that_were_right_cost_nothing_of_their_budget() -> None:
    ledger = Said(suspects=0.0)
    ledger.known("a", "b")
    for number in range(40):
        assert ledger.page("a", HALF, key=f"{number}", signs=LESS).fate is Fate.REFUSED
        ledger.page("b", key=f"{number}")
    for number in range(40, 80):
        ledger.page("a", HALF, key=f"{number}", signs=LESS)
    assert ledger.audits["suspect"] == 40 + 2 * 2


def test_what_is_held_at_the_end_is_believed_of_those_who_are_vouched_for_until_then() -> None:
    ledger = Said(enough=3)
    ledger.known("a", "b")
    before, disputed = ledger.page("a"), ledger.page("b", key="q")
    for number in range(3):
        ledger._standing("a").vouchers.append(Voucher(2, f"x{number}"))
        ledger._standing("b").vouchers.append(Voucher(2, f"x{number}"))
    after = ledger.page("a", key="r")
    ledger._want(disputed, "test")
    ledger.abandon()
    assert (before.fate, after.fate, disputed.fate) == (Fate.RELEASED, Fate.REFUSED, Fate.REFUSED)


class Turning(Said):
    """An egress that was vouched for often and is then found to lie, with pages before its first lie and after."""

    def __init__(self, pages: int = 10) -> None:
        super().__init__()
        self.known(*"abcd")
        vouched(self, *"abcd")
        self.before = [self.page("a", key=f"before {n}") for n in range(pages)]
        self._standing("a").vouchers.append(Voucher(self._standing("a").answers + 1, "b"))
        self.page("a", key="vouched for")
        for number in range(6):
            self.ask(self.page("b", key=f"known {number}"), c=TRUE)
        self.lie = self.page("a", FALSE, key="lie")
        self.after = [self.page("a", key=f"after {n}") for n in range(3)]
        self.ask(self.lie, b=TRUE, c=TRUE, d=TRUE)

    def refetch(self, *truths: dict[str, int]) -> None:
        for page, truth in zip((self.lie, *self.after), truths, strict=False):
            self.read("b", page.key, "kind", truth)

    @property
    def fates(self) -> set[Fate | None]:
        return {page.fate for page in self.before}

    def say(self, *answers: dict[str, int]) -> None:
        """Let the liar answer what it is asked about known pages."""
        for said in answers:
            wanted = self.due()
            assert wanted
            assert wanted.is_question
            self.heard(wanted, "a", said)


def test_what_a_liar_said_before_it_turned_is_kept() -> None:
    ledger = Turning()
    assert {page.fate for page in (ledger.lie, *ledger.after)} == {Fate.REFUSED}
    assert ledger.fates == {None}
    ledger.say(FALSE, FALSE)
    assert ledger.fates == {Fate.RELEASED}


def test_one_other_is_not_enough_to_say_that_it_has_turned() -> None:
    ledger = Turning()
    ledger.refetch(TRUE, TRUE, TRUE, TRUE)
    assert ledger.fates == {Fate.REFUSED}, "it may be the other that lies: all is asked for again"


def test_what_is_kept_is_not_recalled_with_who_is_found_to_lie_later() -> None:
    ledger = Turning()
    ledger.say(FALSE, FALSE)
    ledger.distrust("c")
    assert ledger.recalled == []


@pytest.mark.parametrize(("signs", "asked"), [(Signs("otherwise than where it was linked"), 1), (Signs(), 0)])
def test_a_suspicious_page_is_compared_though_a_liar_has_said_otherwise_of_it(signs: Signs, asked: int) -> None:
    ledger = Turning()
    ledger.page("b", FALSE, key="after 0", signs=signs)
    assert ledger.audits["suspect"] == asked


class Tracing(Said):
    """One that has turned, nobody knows when at the site that it was not convicted at."""

    def __init__(self) -> None:
        super().__init__()
        self.known(*"abcd")
        vouched(self, *"abcd")
        self.other = [self.page("a", key=f"other {n}", site="t") for n in range(12)]
        self._standing("a").vouchers.append(Voucher(self._standing("a").answers + 1, "b"))
        for number in range(6):
            self.ask(self.page("b", key=f"known {number}"), c=TRUE)
        self.ask(self.page("a", FALSE, key="lie"), b=TRUE, c=TRUE, d=TRUE)
        for _ in range(2):
            wanted = self.due()
            assert wanted
            self.heard(wanted, "a", FALSE)

    def again(self, *truths: tuple[str, dict[str, int]]) -> None:
        """Fetch the last pages that it was refused again."""
        asked = [page for page in self.other if page.fate is Fate.REFUSED][: len(truths)]
        for page, (egress, truth) in zip(asked, truths, strict=True):
            self.read(egress, page.key, "kind", truth, site="t")

    @property
    def refused(self) -> int:
        return sum(page.fate is Fate.REFUSED for page in self.other)


def test_the_last_pages_of_another_site_say_whether_it_had_turned_there() -> None:
    ledger = Tracing()
    assert ledger.refused == 2
    ledger.again(("b", TRUE), ("c", TRUE))
    assert [page.fate for page in ledger.other] == [Fate.RELEASED] * 10 + [Fate.REFUSED] * 2


def test_where_it_had_turned_earlier_pages_are_looked_at() -> None:
    ledger = Tracing()
    ledger.again(("b", FALSE), ("c", FALSE))
    assert ledger.refused == 4


def test_two_that_are_one_egress_s_word_do_not_say_it() -> None:
    ledger = Tracing()
    ledger.again(("b", TRUE), ("b", TRUE))
    assert ledger.refused == 4


def test_what_one_said_that_always_lied_now_and_then_is_refused() -> None:
    ledger = Turning()
    ledger.refetch(FALSE, TRUE)
    assert ledger.fates == {Fate.REFUSED}


@pytest.mark.parametrize(
    ("says", "asked", "fates"),
    [
        ((FALSE, FALSE), 2, {Fate.RELEASED}),
        ((TRUE,), 1, {Fate.REFUSED}),
        ((FALSE, TRUE), 2, {Fate.REFUSED}),
        ((HALF,) * 5, 5, {None}),
    ],
    ids=["lies-always", "tells-the-truth", "lies-now-and-then", "says-nothing"],
)
def test_a_liar_is_asked_about_what_is_known_where_much_depends_on_it(
    says: tuple[dict[str, int], ...], asked: int, fates: set[Fate | None]
) -> None:
    ledger = Turning()
    for number, said in enumerate(says):
        wanted = ledger.due()
        assert wanted
        assert (wanted.egresses, wanted.is_question, wanted.is_bound) == (("a",), True, True)
        assert ledger.due() is None
        ledger.heard(wanted, "a", said)
        assert (number < asked - 1) == (ledger.fates == {None}) or said == HALF
    assert ledger.due() is None
    assert ledger.fates == fates
    assert ledger.audits["question"] == asked


def test_a_question_that_gets_no_answer_is_put_again_but_not_for_ever() -> None:
    ledger = Turning()
    for _ in range(5):
        wanted = ledger.due()
        assert wanted
        ledger.unheard(wanted, None)
    assert ledger.due() is None
    assert ledger.fates == {None}
    ledger.closing()
    assert ledger.fates == {Fate.REFUSED}


def test_few_pages_are_rather_asked_for_again_than_asked_about() -> None:
    ledger = Turning(pages=4)
    assert ledger.fates == {Fate.REFUSED}


def test_what_was_released_and_is_doubted_is_recalled() -> None:
    ledger = Said()
    ledger.known(*"abcd")
    vouched(ledger, *"abcd")
    page, _ = ledger.page("a", key="before"), ledger.page("a", key="vouched for")
    ledger._standing("a").vouchers.append(Voucher(3, "b"))
    ledger._settle(page, Fate.RELEASED)
    ledger.ask(ledger.page("a", FALSE, key="lie"), b=TRUE, c=TRUE, d=TRUE)
    assert ledger.recalled == [page]


def test_links_that_bear_answers_out_say_until_when_an_egress_was_truthful() -> None:
    standing = Standing(released=deque())
    for number in range(1, 13):
        standing.answers = number
        standing.bear_out("s" if number % 2 else "t")
    standing.vouchers.append(Voucher(4, "b", "t"))
    standing.first_lie = 12
    assert [standing.known_until(site, 1.0) for site in "st"] == [3, 4]
    assert [standing.known_until(site, 0.4) for site in "st"] == [0, 4], "little is to be had from links"
    standing.told("t", 8, is_lie=True)
    assert standing.known_until("t", 1.0) == 4, "by its voucher"
    standing.first_lie = 7
    assert standing.known_until("s", 1.0) == 0


@pytest.mark.parametrize(("worth", "is_compared"), [(1.0, False), (0.1, True)])
def test_a_page_that_its_link_bears_out_is_compared_where_that_says_little(worth: float, *, is_compared: bool) -> None:
    ledger = Said(share=0.5)
    ledger.links_worth = worth
    standing = ledger._standing("a")
    standing.answers = standing.borne_out = 20
    vouched(ledger, "a", times=10)
    assert (ledger.page("a", signs=Signs(is_borne_out=True)) in ledger._open) is is_compared


def test_three_decide_where_there_are_no_more() -> None:
    ledger = Said()
    ledger.known(*"abc")
    page = ledger.page("a", FALSE)
    ledger.ask(page, b=TRUE, c=TRUE)
    assert page.fate is Fate.REFUSED
    assert ledger.knows_liar("a")


def test_two_cannot_decide() -> None:
    ledger = Said()
    ledger.known(*"ab")
    page = ledger.page("a", FALSE)
    ledger.ask(page, b=TRUE)
    assert page.fate is Fate.DISPUTED
    assert ledger.convictions == []


def test_a_page_that_came_half_is_no_lie() -> None:
    ledger = Said()
    ledger.known(*"abcd")
    vouched(ledger, *"abcd")
    page = ledger.page("a", HALF)
    ledger.ask(page, b=TRUE, c=TRUE, d=TRUE)
    assert page.fate is Fate.REFUSED
    assert ledger.convictions == []


def test_what_looks_half_is_refused_at_once_and_released_when_three_others_say_the_same() -> None:
    ledger = Said()
    pages = [ledger.page(egress, HALF, signs=LESS, is_hollow=True) for egress in "abcd"]
    assert [page.fate for page in pages] == [*[Fate.REFUSED] * HALVES, Fate.RELEASED]
    assert ledger._standing("d").vouchers == []


GONE = {"price": 0, "rows#": 0, "kind outcome": 9}
SAID = Signs("nothing was read", is_less=True, is_said=True)


def test_what_is_said_to_be_gone_is_believed_of_two() -> None:
    ledger = Said()
    pages = [ledger.page(egress, GONE, signs=SAID, is_hollow=True) for egress in "ab"]
    assert [page.fate for page in pages] == [Fate.REFUSED, Fate.RELEASED]
    assert not ledger.due()


@pytest.mark.parametrize(("times", "liars"), [(1, []), (2, ["a"])], ids=["once-is-a-mistake", "twice-is-a-lie"])
def test_who_says_that_what_others_see_is_gone_lies(times: int, liars: list[str]) -> None:
    ledger = Said()
    ledger.known(*"abcd")
    vouched(ledger, *"bcd")
    for key in "pq"[:times]:
        assert ledger.page("a", GONE, key, signs=SAID, is_hollow=True).fate is Fate.REFUSED
        page = ledger.page("b", TRUE, key)
        assert ledger.answer(c=TRUE, d=TRUE)
        assert page.fate is Fate.RELEASED
    assert [one.egress for one in ledger.convictions] == liars


def test_who_shows_what_others_say_is_gone_lies() -> None:
    ledger = Said()
    ledger.known(*"abcd")
    vouched(ledger, *"acd")
    ledger.page("a", GONE, signs=SAID, is_hollow=True)
    page = ledger.page("b", FALSE)
    ledger.answer(c=GONE, d=GONE)
    assert page.fate is Fate.REFUSED
    assert [one.egress for one in ledger.convictions] == ["b"]


def test_what_turns_out_to_lack_what_such_pages_hold_is_refused() -> None:
    ledger = Said()
    page, compared = ledger.page("a", HALF), ledger.page("b", HALF, key="q")
    compared.opinions["a"] = HALF
    for one in (page, compared, page):
        ledger.lacks(one)
    assert (page.fate, compared.fate) == (Fate.REFUSED, None)


def test_a_page_that_what_it_led_to_speaks_against_is_compared_once() -> None:
    ledger = Said()
    ledger.known("a", "b")
    page = ledger.page("a")
    for _ in range(2):
        ledger.doubt(page)
    assert ledger.audits["suspect"] == 1
    assert ledger.answer(b=TRUE) == ["b"]
    ledger.doubt(page)
    assert ledger.audits["suspect"] == 1


def test_an_egress_is_no_second_opinion_on_what_it_said_itself() -> None:
    ledger = Said()
    less = {"signs": LESS, "is_hollow": True}
    pages = [ledger.page("a", HALF, **less) for _ in range(HALVES)]
    assert {page.fate for page in pages} == {Fate.REFUSED}
    assert ledger.page("b", HALF, **less).fate is Fate.RELEASED


def test_what_was_refused_as_half_and_was_not_is_compared() -> None:
    ledger = Said()
    ledger.page("a", FALSE, signs=LESS)
    ledger.page("b", TRUE)
    wanted = ledger.due()
    assert wanted
    assert wanted.page.opinions == {"b": TRUE, "a": FALSE}


def test_the_word_of_one_who_lies_rarely_confirms_another() -> None:
    ledger = Said()
    ledger.known("a", "b")
    vouched(ledger, "a")
    page = ledger.page("a")
    ledger.distrust("a")
    again = ledger.page("b")
    assert (page.fate, again.vouched) == (Fate.REFUSED, {"b"})
    assert len(ledger._standing("b").vouchers) == 1


def test_probes_are_for_each_egress_as_it_comes_into_use_and_not_for_ever() -> None:
    ledger = Said(probes=1)
    page = ledger.page("a")
    first = ledger.due()
    assert first == Wanted(page=page, egresses=(), avoid=frozenset({"a"}))
    ledger.unheard(first, None)
    ledger.known("b")
    wanted = ledger.due()
    assert wanted
    assert (wanted.page, wanted.egresses, wanted.is_probe) == (page, ("b",), True)
    ledger.unheard(wanted, "b")
    assert ledger.due() is None
    ledger.now = 1000.0
    ledger.known("c")
    assert ledger.due() is None


def test_who_gives_no_opinion_is_not_asked_twice_and_not_for_ever() -> None:
    ledger = Said()
    ledger.known(*"abcdefg")
    page = ledger.page("a")
    ledger._want(page, "test")
    asked = []
    while wanted := ledger.due():
        asked.append(wanted.egresses[0])
        ledger.unheard(wanted, asked[-1])
    assert len(asked) == len(set(asked)) == 4
    assert page.is_exhausted


def test_an_opinion_that_comes_late_is_booked_all_the_same() -> None:
    ledger = Said()
    ledger.known(*"abcd")
    vouched(ledger, *"abcd")
    page = ledger.page("a")
    ledger._want(page, "test")
    wanted = ledger.due()
    assert wanted
    ledger.abandon()
    ledger.heard(wanted, "b", TRUE)
    assert page.fate is Fate.REFUSED


def test_closing_compares_some_pages_and_then_releases_all() -> None:
    ledger = Said(enough=4, last=0, closing=1.0, eager=0.5)
    ledger.known(*"ab")
    pages = [ledger.page("a", key=str(number)) for number in range(10)]
    while ledger.held:
        ledger.closing()
        ledger.answer(a=TRUE, b=TRUE)
    assert {page.fate for page in pages} == {Fate.RELEASED}
    assert len(ledger._standing("a").vouchers) >= 4


def test_closing_waits_for_opinions_on_their_way() -> None:
    ledger = Said(enough=1, last=0)
    ledger.known(*"ab")
    page = ledger.page("a")
    ledger._want(page, "test")
    wanted = ledger.due()
    assert wanted
    ledger.closing()
    assert page.fate is None
    ledger.heard(wanted, "b", TRUE)
    ledger.closing()
    assert page.fate is Fate.RELEASED


def test_one_egress_alone_is_believed_in_the_end() -> None:
    ledger = Said(probes=1, share=1.0, eager=1.0)
    pages = [ledger.page("a", key=str(number)) for number in range(5)]
    while ledger.held:
        ledger.answer()
        ledger.closing()
    assert {page.fate for page in pages} == {Fate.RELEASED}


def test_who_is_trusted_has_its_pages_released_as_later_ones_are_vouched_for() -> None:
    ledger = Said(trusted=3, after=1)
    ledger.known(*"ab")
    early = ledger.page("a", key="early")
    for number in range(4):
        ledger.ask(ledger.page("a", key=str(number)), b=TRUE)
    assert early.fate is Fate.RELEASED


@pytest.mark.parametrize(
    ("mixture", "decoys"),
    [
        (Mixture(pages=300), 0),
        (Mixture(liars=(1.0,) * 4, pages=300), 0),
        (Mixture(liars=(1.0,) * 4, alike=True, pages=300), 0),
        (Mixture(liars=(0.3, 0.3), pages=600), 0),
        (Mixture(truthful=3, liars=(1.0,), pages=200), 0),
    ],
    ids=["none", "always", "alike", "a-third", "four-egresses"],
)
def test_no_lie_is_stored_and_no_innocent_convicted(mixture: Mixture, decoys: int) -> None:
    for seed in range(3):
        result = Crawl(mixture, Policy(), seed).run()
        assert (result.decoys, result.innocent, result.escaped, result.stored) == (decoys, 0, 0, mixture.pages)


@pytest.mark.parametrize("seed", [1, 3, 4])
def test_nine_that_tell_the_same_lies_convict_none_of_twelve(seed: int) -> None:
    result = Crawl(Mixture(liars=(1.0,) * 9, alike=True, pages=300), Policy(), seed).run()
    assert (result.decoys, result.innocent, result.escaped, result.stored) == (0, 0, 0, 300)


def test_a_long_crawl_costs_little_and_holds_little() -> None:
    result = Crawl(Mixture(truthful=4, pages=6000), Policy(), 1).run()
    assert result.requests < 1.11 * 6000
    assert result.most_held < 3000


def test_half_a_page_in_the_place_of_one_that_is_gone_is_no_lie() -> None:
    ledger = Said()
    ledger.known(*"abcd")
    vouched(ledger, *"abcd")
    whole = {"price": 5, "name": 6, "city": 7, "kind outcome": 0}
    shell = {"price": 0, "name": 0, "city": 7, "kind outcome": 0}
    ledger.page("a", whole, key="whole")
    page = ledger.page("a", shell)
    ledger.ask(page, b=GONE, c=GONE, d=GONE)
    assert (page.fate, ledger.convictions) == (Fate.REFUSED, [])
    page = ledger.page("a", whole)
    ledger.ask(page, b=GONE, c=GONE, d=GONE)
    assert [one.egress for one in ledger.convictions] == ["a"]
