from datetime import UTC, datetime

import pytest

from travelcrawl.access.followup import FOLLOW_UPS, LONGEST_WAIT, Fault, Then, retry_after, wait_before
from travelcrawl.access.verdicts import Verdict

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


def test_every_verdict_that_is_no_answer_has_a_line() -> None:
    assert set(FOLLOW_UPS) == {verdict for verdict in Verdict if not verdict.is_answer}


def test_only_who_is_to_blame_pays() -> None:
    for verdict, line in FOLLOW_UPS.items():
        assert (line.rest > 0) is (line.fault in (Fault.EGRESS, Fault.SESSION)), verdict
        assert (line.session is Then.KEPT) or line.fault is Fault.SESSION, verdict
        assert line.elsewhere is (line.fault not in (Fault.PACE, Fault.SITE)), verdict


@pytest.mark.parametrize(
    ("verdict", "tries", "asked", "wait"),
    [
        (Verdict.RATE_LIMITED, 1, None, 1.0),
        (Verdict.RATE_LIMITED, 3, None, 4.0),
        (Verdict.RATE_LIMITED, 1, 7.0, 7.0),
        (Verdict.RATE_LIMITED, 1, 1e9, LONGEST_WAIT),
        (Verdict.RATE_LIMITED, 10, 1.0, None),
        (Verdict.FORBIDDEN, 1, None, 0.5),
        (Verdict.FORBIDDEN, 5, None, None),
        (Verdict.LOGIN_REQUIRED, 1, None, 0.0),
        (Verdict.LOGIN_REQUIRED, 3, 1.0, None),
        (Verdict.SITE_DOWN, 3, None, 2.0),
        (Verdict.SITE_DOWN, 6, None, None),
    ],
)
def test_wait(verdict: Verdict, tries: int, asked: float | None, wait: float | None) -> None:
    assert wait_before(verdict, tries, asked) == wait


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("0", 0.0),
        (" 120 ", 120.0),
        ("9" * 400, 999_999_999.0),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("Sun, 22 Nov 2026 12:00:30 GMT", 30.0),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0.0),
        ("Sun, 22 Nov 2026 12:00:30 -0000", 30.0),
        # The two older forms of a date, which are legal still (RFC 9110 5.6.7).
        ("Sunday, 22-Nov-26 12:00:30 GMT", 30.0),
        ("Sun Nov 22 12:00:30 2026", 30.0),
        ("Sun, 22 Nov 2026 20:00:30 +0800", 30.0),
        ("soon", None),
        ("120 seconds", None),
        ("1e3", None),
        ("nan", None),
        ("\x00", None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 251_606_951_999.0),
        ("Sun, 99 Nov 99999 12:00:30 GMT", None),
    ],
)
def test_retry_after_in_every_form(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds
