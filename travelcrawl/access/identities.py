"""Who a session seems to be: headers and viewport that agree with each other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from itertools import permutations
from random import Random

import attrs
from fake_useragent.utils import BrowserUserAgentData, load
from ua_generator.data.browsers import chrome, edge, firefox
from ua_generator.data.platforms import ios
from ua_generator.data.version import Version

NEWEST = 3
"""Versions of a browser that are worn: the newest ones known, and no older."""
KNOWN = ("2.1.7", date(2026, 10, 18))
"""Release of ua-generator whose table of versions is read, and its day; a test holds that it is the one installed."""
OLD = timedelta(days=90)
"""Age from which that table is old: browsers update themselves, and few people wear a version of last season."""


@attrs.frozen(kw_only=True)
class Identity:
    """A coherent set of headers and viewport a session wears."""

    headers: Mapping[str, str]
    """User-Agent, Accept, Accept-Language and client hints, in the order the browser sends them."""
    viewport: tuple[int, int] = (1366, 768)
    """CSS pixels, width and height."""
    mobile: bool = False
    system: str = "Windows"
    """Windows, macOS, Linux, Android or iOS."""

    @property
    def user_agent(self) -> str:
        """The User-Agent header."""
        return self.headers["User-Agent"]


@attrs.frozen(kw_only=True)
class Kind:
    """A browser on a kind of device: how its user agent looks, and what else it sends.

    Only user agents of exactly this form are taken, so that spoofed and odd ones of the data (a Chrome 44 on an iPhone, *Ddg*,
    a Windows agent on a Linux machine) are none.
    """

    form: str
    """Regular expression of a whole user agent, with the groups ``system`` and ``version``."""
    versions: tuple[str, ...]
    """Newest first."""
    brand: str = ""
    """Its name in client hints; empty: it sends none."""
    accept: str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    language: str = "zh-CN,zh;q=0.9,en;q=0.8"
    mobile: bool = False


CHROMIUM_ACCEPT = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,"
    "application/signed-exchange;v=b3;q=0.7"
)
_BLINK = r"AppleWebKit/537\.36 \(KHTML, like Gecko\) Chrome/(?P<version>\d+)\.0\.0\.0"
_WEBKIT = r"AppleWebKit/605\.1\.15 \(KHTML, like Gecko\) Version/(?P<version>\d+\.\d+)"
_DESKTOPS = r"(?P<system>Windows NT 10\.0; Win64; x64|Macintosh; Intel Mac OS X 10_15_7|X11; Linux x86_64)"
_GECKOS = r"(?P<system>Windows NT 10\.0; Win64; x64|Macintosh; Intel Mac OS X 10\.15|X11; (?:Ubuntu; )?Linux x86_64)"

SYSTEMS: Mapping[str, tuple[str, frozenset[str]]] = {
    "Windows": ("Windows", frozenset({"Win32"})),
    "Macintosh": ("macOS", frozenset({"MacIntel"})),
    "X11": ("Linux", frozenset({"Linux x86_64"})),
    "Linux": ("Android", frozenset({"Linux armv81", "Linux aarch64", "Linux armv8l"})),
    "iPhone": ("iOS", frozenset({"iPhone"})),
}
"""First word of a user agent's comment → the system, and what ``navigator.platform`` says there: a row where it says else is spoofed."""

VIEWPORTS: Mapping[str, tuple[tuple[int, int], ...]] = {
    "Windows": ((1920, 953), (1536, 730), (1366, 641), (2560, 1313), (1280, 593)),
    "macOS": ((1440, 779), (1512, 861), (1728, 993), (1470, 835)),
    "Linux": ((1920, 969), (1366, 657), (2560, 1329)),
    "Android": ((360, 660), (393, 727), (412, 785), (384, 713)),
    "iOS": ((390, 664), (393, 659), (430, 740), (375, 629)),
}
"""What common screens leave for the page, in CSS pixels."""


def _majors(versions: Sequence[Version]) -> tuple[str, ...]:
    return tuple(str(version.major) for version in reversed(versions))[:NEWEST]


# Safari has the number of the iOS it came with (26.0 and on: of macOS too), which is the longer table.
_SAFARIS = tuple(dict.fromkeys(f"{version.major}.{version.minor}" for version in reversed(ios.VERSIONS)))[:NEWEST]

KINDS: tuple[Kind, ...] = (
    Kind(
        form=rf"Mozilla/5\.0 \({_DESKTOPS}\) {_BLINK} Safari/537\.36",
        versions=_majors(chrome.VERSIONS),
        brand="Google Chrome",
        accept=CHROMIUM_ACCEPT,
    ),
    Kind(
        form=rf"Mozilla/5\.0 \({_DESKTOPS}\) {_BLINK} Safari/537\.36 Edg/(?P=version)\.0\.0\.0",
        versions=_majors(edge.VERSIONS),
        brand="Microsoft Edge",
        accept=CHROMIUM_ACCEPT,
    ),
    Kind(
        form=rf"Mozilla/5\.0 \({_GECKOS}; rv:(?P<version>\d+)\.0\) Gecko/20100101 Firefox/(?P=version)\.0",
        versions=_majors(firefox.VERSIONS),
        language="zh-CN,zh;q=0.8,zh-TW;q=0.7,zh-HK;q=0.5,en-US;q=0.3,en;q=0.2",
    ),
    Kind(
        form=rf"Mozilla/5\.0 \((?P<system>Macintosh; Intel Mac OS X 10_15_7)\) {_WEBKIT} Safari/605\.1\.15",
        versions=_SAFARIS,
        language="zh-CN,zh-Hans;q=0.9",
    ),
    Kind(
        form=rf"Mozilla/5\.0 \((?P<system>Linux; Android 10; K)\) {_BLINK} Mobile Safari/537\.36",
        versions=_majors(chrome.VERSIONS),
        brand="Google Chrome",
        accept=CHROMIUM_ACCEPT,
        mobile=True,
    ),
    # Since Safari 26 an iPhone calls itself 18_6 whatever it runs (webkit.org, WebKit Features in Safari 26.0).
    Kind(
        form=rf"Mozilla/5\.0 \((?P<system>iPhone; CPU iPhone OS )18_\d+(?:_\d+)? like Mac OS X\) {_WEBKIT} Mobile/15E148 Safari/604\.1",
        versions=_SAFARIS,
        language="zh-CN,zh-Hans;q=0.9",
        mobile=True,
    ),
)


def identity_for(random: Random, *, mobile: bool = False) -> Identity:
    """Draw an identity: a browser people use, as often as they use it, in a version that is current.

    Which browser on which system is fake-useragent's data (``percent``), of 2025; which versions are current is
    ua-generator's table. A user agent of the newest version in the data becomes one of the newest version known, and so on.
    """
    worn = _worn(mobile)
    kind, user_agent, version, system = random.choices(list(worn), list(worn.values()))[0]
    hints = client_hints(kind.brand, int(version), system, mobile=mobile) if kind.brand else {}
    rest = {"User-Agent": user_agent, "Accept": kind.accept, "Accept-Language": kind.language}
    return Identity(headers={**hints, **rest}, viewport=random.choice(VIEWPORTS[system]), mobile=mobile, system=system)


def in_chromium(identity: Identity, version: str) -> Identity:
    """Return an identity as Chromium of a version (``156.0.8078.79``) can wear it: same device, its own name and number.

    A browser that calls itself Firefox, or Chrome of another version, contradicts itself in its client hints and its
    JavaScript.
    """
    major = version.partition(".")[0]
    device = {
        "Windows": "Windows NT 10.0; Win64; x64",
        "macOS": "Macintosh; Intel Mac OS X 10_15_7",
        "Linux": "X11; Linux x86_64",
    }.get(identity.system, "Linux; Android 10; K")
    ending = "Mobile Safari/537.36" if identity.mobile else "Safari/537.36"
    agent = f"Mozilla/5.0 ({device}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{major}.0.0.0 {ending}"
    system = "Android" if identity.mobile else identity.system
    hints = client_hints("", int(major), system, mobile=identity.mobile)
    rest = {"User-Agent": agent, "Accept": CHROMIUM_ACCEPT, "Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}
    return attrs.evolve(identity, headers={**hints, **rest}, system=system)


def client_hints(brand: str, major: int, system: str, *, mobile: bool) -> dict[str, str]:
    """Return the client hints that Chromium sends unasked, in its order.

    The made-up brand among them and the order of brands follow from the version (Chromium,
    components/embedder_support/user_agent_utils.cc: GetGreasedUserAgentBrandVersion, ShuffleBrandList).
    """
    marks, numbers = " (:-./);=?_", ("8", "99", "24")
    made_up = f"Not{marks[major % 11]}A{marks[(major + 1) % 11]}Brand", numbers[major % 3]
    brands = [made_up, ("Chromium", str(major)), *([(brand, str(major))] if brand else [])]
    orders = list(permutations(range(len(brands))))
    order = orders[major % len(orders)]
    shuffled = [brands[order.index(place)] for place in range(len(brands))]
    return {
        "sec-ch-ua": ", ".join(f'"{name}";v="{number}"' for name, number in shuffled),
        "sec-ch-ua-mobile": f"?{int(mobile)}",
        "sec-ch-ua-platform": f'"{system}"',
    }


def age_warning(today: date) -> str | None:
    """Say that the browsers known here are old; None while they are not."""
    release, day = KNOWN
    if today - day < OLD:
        return None
    newest = KINDS[0].versions[0]
    return (
        f"the newest browser known here is Chrome {newest} of {day} (ua-generator {release}), {(today - day).days} days ago; "
        "identities of old browsers stand out: update ua-generator"
    )


@cache
def _worn(mobile: bool) -> Mapping[tuple[Kind, str, str, str], float]:
    """Return kind, user agent, version and system of each identity → share of people, in percent."""
    shares: dict[tuple[Kind, str, str, str], float] = {}
    rows = load()
    for kind in KINDS:
        if kind.mobile is mobile:
            found = _of_kind(kind, rows)
            seen = sorted({_number(match["version"]) for match in found}, reverse=True)[: len(kind.versions)]
            current = dict(zip(seen, kind.versions, strict=False))
            for match, percent in found.items():
                version = current.get(_number(match["version"]))
                if version is not None:
                    agent = match.string.replace(match["version"], version)
                    agent = re.sub(r"iPhone OS \d+(?:_\d+)*", "iPhone OS 18_6", agent)
                    key = (kind, agent, version, _system(match))
                    shares[key] = shares.get(key, 0.0) + percent
    return shares


def _of_kind(kind: Kind, rows: Iterable[BrowserUserAgentData]) -> dict[re.Match[str], float]:
    found: dict[re.Match[str], float] = {}
    for row in rows:
        match = re.fullmatch(kind.form, row["useragent"])
        if match and row["platform"] in SYSTEMS[_word(match)][1]:
            found[match] = row["percent"]
    return found


def _word(match: re.Match[str]) -> str:
    return re.split(r"[ ;]", match["system"])[0]


def _system(match: re.Match[str]) -> str:
    return SYSTEMS[_word(match)][0]


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
