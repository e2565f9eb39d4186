from collections.abc import Callable

import pytest

from travelcrawl.environment import count, level, number, switch


@pytest.mark.parametrize(
    ("read", "said", "found"),
    [
        (lambda name: number(name, 3), "", 3),
        (lambda name: number(name, 3), " 0.5 ", 0.5),
        (lambda name: number(name, 3), "abc", "X is 'abc'; it must be a number, 0 or more"),
        (lambda name: number(name, 3), "nan", "X is 'nan'; it must be a number, 0 or more"),
        (lambda name: number(name, 3), "-1", "X is '-1'; it must be a number, 0 or more"),
        (lambda name: number(name, 3, least=1), "0.5", "X is '0.5'; it must be a number, 1 or more"),
        (lambda name: count(name, 64), "8", 8),
        (lambda name: count(name, 64), "8.5", "X is 8.5; it must be a whole number"),
        (lambda name: switch(name, default=True), "", True),
        (lambda name: switch(name, default=True), "False", False),
        (lambda name: switch(name, default=False), "1", True),
        (lambda name: switch(name, default=False), "maybe", "X is 'maybe'; it must be true or false"),
        (lambda name: level(name, "INFO"), "", "INFO"),
        (lambda name: level(name, "INFO"), "debug", "DEBUG"),
        (lambda name: level(name, "INFO"), "10", "X is '10'; it must be DEBUG, INFO, WARNING, ERROR or CRITICAL"),
    ],
)
def test_what_the_environment_says(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    read: Callable[[str], object],
    said: str,
    found: object,
) -> None:
    monkeypatch.setenv("X", said)
    if not str(found).startswith("X is"):
        assert read("X") == found
        return
    with pytest.raises(SystemExit) as ended:
        read("X")
    assert (ended.value.code, capsys.readouterr().err) == (2, f"{found}\n")
