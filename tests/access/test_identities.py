import re
from datetime import date, timedelta
from importlib.metadata import version
from random import Random

import pytest

from travelcrawl.access.identities import (
    KINDS,
    KNOWN,
    NEWEST,
    OLD,
    VIEWPORTS,
    Identity,
    age_warning,
    client_hints,
    identity_for,
    in_chromium,
)

# First word of the user agent's comment → sec-ch-ua-platform, mobile.
DEVICES = {
    "Windows": ("Windows", False),
    "Macintosh": ("macOS", False),
    "X11": ("Linux", False),
    "Linux": ("Android", True),
    "iPhone": ("iOS", True),
}
BROWSERS = {
    "Microsoft Edge": r"Edg/(\d+)",
    "Google Chrome": r"Chrome/(\d+)\.0\.0\.0 (?:Mobile )?Safari/537\.36$",
    "Chromium": r"Chrome/(\d+)\.0\.0\.0",
}


def drawn(*, mobile: bool) -> list[Identity]:
    random = Random(7)
    return [identity_for(random, mobile=mobile) for _ in range(2000)]


def assert_coherent(identity: Identity) -> None:
    agent, headers = identity.user_agent, identity.headers
    system, mobile = DEVICES[re.split(r"[ ;]", agent.partition("(")[2])[0]]
    assert (identity.system, identity.mobile, "Mobile" in agent) == (system, mobile, mobile)
    assert identity.viewport in VIEWPORTS[system]
    assert (identity.viewport[0] < 500) == mobile
    assert headers["Accept-Language"].startswith("zh-CN,")
    assert "Accept-Encoding" not in headers
    if "Chrome/" not in agent:
        assert list(headers) == ["User-Agent", "Accept", "Accept-Language"]
        return
    assert list(headers)[:4] == ["sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform", "User-Agent"]
    assert headers["sec-ch-ua-platform"] == f'"{system}"'
    assert headers["sec-ch-ua-mobile"] == f"?{int(mobile)}"
    brands = dict(re.findall(r'"([^"]+)";v="(\d+)"', headers["sec-ch-ua"]))
    for brand in brands.keys() & BROWSERS.keys():
        assert re.search(BROWSERS[brand], agent)[1] == brands[brand]
    assert "Chromium" in brands
    assert ("Edg/" in agent) == ("Microsoft Edge" in brands)


@pytest.mark.parametrize("mobile", [False, True])
def test_every_identity_is_coherent_and_current(mobile: bool) -> None:
    identities = drawn(mobile=mobile)
    newest = {kind.versions for kind in KINDS}
    for identity in identities:
        assert_coherent(identity)
        number = re.search(r"(?:Edg|Firefox|Version|Chrome)/(\d+(?:\.\d+)?)", identity.user_agent)[1].removesuffix(".0")
        assert any(number in {one.removesuffix(".0") for one in versions} for versions in newest)
    assert {identity.mobile for identity in identities} == {mobile}
    systems = {identity.system for identity in identities}
    assert systems == ({"Android", "iOS"} if mobile else {"Windows", "macOS", "Linux"})


def test_every_kind_is_worn_in_its_newest_versions_only() -> None:
    for kind in KINDS:
        assert 0 < len(kind.versions) <= NEWEST
        numbers = [tuple(map(int, one.split("."))) for one in kind.versions]
        assert numbers == sorted(numbers, reverse=True)
        agents = [one.user_agent for one in drawn(mobile=kind.mobile) if re.fullmatch(kind.form, one.user_agent)]
        worn = {re.fullmatch(kind.form, agent)["version"] for agent in agents}
        assert worn
        assert worn <= set(kind.versions)


def test_the_same_seed_draws_the_same() -> None:
    assert identity_for(Random(3)) == identity_for(Random(3))


# What real Chrome and Edge sent; the last is Chromium's own, read from navigator.userAgentData.
@pytest.mark.parametrize(
    ("brand", "major", "sent"),
    [
        ("Google Chrome", 120, '"Not_A Brand";v="8", "Chromium";v="120", "Google Chrome";v="120"'),
        ("Google Chrome", 131, '"Google Chrome";v="131", "Chromium";v="131", "Not_A Brand";v="24"'),
        ("Google Chrome", 135, '"Google Chrome";v="135", "Not-A.Brand";v="8", "Chromium";v="135"'),
        ("Microsoft Edge", 124, '"Chromium";v="124", "Microsoft Edge";v="124", "Not-A.Brand";v="99"'),
        ("", 156, '"Not:A-Brand";v="8", "Chromium";v="156"'),
    ],
)
def test_client_hints_are_those_of_real_browsers(brand: str, major: int, sent: str) -> None:
    assert client_hints(brand, major, "Windows", mobile=False)["sec-ch-ua"] == sent


@pytest.mark.parametrize("mobile", [False, True])
def test_in_chromium_an_identity_is_a_chromium_on_the_same_kind_of_device(mobile: bool) -> None:
    for identity in drawn(mobile=mobile)[:100]:
        worn = in_chromium(identity, "156.0.8078.79")
        assert "Chrome/156.0.0.0" in worn.user_agent
        assert "Google" not in worn.headers["sec-ch-ua"]
        assert (worn.viewport, worn.mobile) == (identity.viewport, identity.mobile)
        assert worn.system == ("Android" if mobile else identity.system)


@pytest.mark.parametrize(("after", "old"), [(timedelta(days=-1), False), (OLD - timedelta(days=1), False), (OLD, True)])
def test_it_is_said_when_the_data_is_old(after: timedelta, old: bool) -> None:
    said = age_warning(KNOWN[1] + after)
    assert (said is not None) == old
    if said:
        assert KNOWN[0] in said
        assert f"{OLD.days} days ago" in said


def test_the_day_said_is_that_of_the_release_installed() -> None:
    assert version("ua-generator") == KNOWN[0]
    assert KNOWN[1] > date(2026, 1, 1)
