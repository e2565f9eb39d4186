"""Turn the contents of a store into one HTML file that loads nothing and trusts nothing it shows."""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from importlib.resources import files
from statistics import median
from typing import Any

import attrs
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from travelcrawl.access.verdicts import Verdict
from travelcrawl.geo.cities import all_cities
from travelcrawl.report.contents import COLUMNS, ITEMS, Contents
from travelcrawl.report.runs import BLOCKS, RunRecord

RUNS_SHOWN = 50
BARS = 10
LEAFLET = "1.9.4"
OWN_SCRIPTS = ("ground.js", "places.js", "report.js")
CITIES_SHOWN = 12

CITY_FROM_ZOOM = 6.5
DISTRICT_FROM_ZOOM = 9.5

# json.dumps keeps everything else apart by \u escapes already; these end a script element or begin a comment in it.
_IN_SCRIPT = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}


@attrs.frozen(kw_only=True)
class Quality:
    """How the quality scores of one platform's listings are spread."""

    platform: str
    colour: int
    """Index of the platform, which gives its colour."""
    median: float
    shares: tuple[float, ...]
    """Share of the listings in each tenth of 0-1."""

    @property
    def top(self) -> float:
        """The highest share."""
        return max(self.shares)

    @property
    def spoken(self) -> str:
        """The picture in words."""
        said = ", ".join(
            f"{share:.0%} from {tenth / BARS:.1f} to {(tenth + 1) / BARS:.1f}"
            for tenth, share in enumerate(self.shares)
            if share
        )
        return f"{self.platform}: median {self.median:.2f}; {said}"


@attrs.frozen(kw_only=True)
class Trouble:
    """Why something is missing, and how often."""

    platform: str
    why: str
    count: int


def render(contents: Contents, source: str) -> str:
    """Return report.html. ``source`` is what the reader knows the store by."""
    environment = Environment(
        loader=PackageLoader("travelcrawl.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=False
    )
    environment.filters.update(number=_number, duration=_duration, moment=_moment, words=_words)
    styles = [_static("leaflet.css"), _static("report.css")]
    # The comment names a file beside leaflet.js, which developer tools would ask for.
    scripts = [_static("leaflet.js").partition("//# sourceMappingURL")[0], *map(_static, OWN_SCRIPTS)]
    return environment.get_template("report.html").render(
        report=_told(contents, source),
        data=Markup(_map_data(contents)),  # noqa: S704 - _json leaves nothing that ends the element
        policy=_policy(styles, scripts),
        styles=[Markup(style) for style in styles],  # noqa: S704 - files of this package
        scripts=[Markup(script) for script in scripts],  # noqa: S704 - files of this package
        leaflet={"version": LEAFLET, "licence": _static("leaflet.LICENSE.txt")},
    )


def _told(contents: Contents, source: str) -> dict[str, Any]:
    """Gather what the template says."""
    summary = contents.summary()
    platforms: dict[str, dict[str, int]] = summary["platforms"]
    totals = {column: sum(counts[column] for counts in platforms.values()) for column in COLUMNS}
    on_map = Counter(platform for point in contents.points for platform in point.platforms)
    verdicts = _by_platform(contents.counted)
    return {
        "source": source,
        "places": summary["places"],
        "platforms": contents.platforms,
        "requests": totals["requests"],
        "seconds": summary["seconds"],
        "last_run": contents.runs[0].started_at if contents.runs else None,
        "figures": [(_words(column), totals[column]) for column in (*ITEMS, "blocked", "dead_letters")],
        "points": len(contents.points),
        "points_by_platform": [(platform, on_map[platform]) for platform in contents.platforms],
        "shared": sum(len(point.platforms) > 1 for point in contents.points),
        "cities": contents.cities[:CITIES_SHOWN] if len(contents.cities) > 1 else [],
        "unplaced": contents.unplaced,
        "columns": COLUMNS,
        "rows": list(platforms.items()),
        "totals": totals,
        "qualities": list(_qualities(contents)),
        "verdict_names": [verdict.value for verdict in Verdict if any(counts[verdict] for _, counts in verdicts)],
        "verdicts": verdicts,
        "blocks": BLOCKS,
        "troubles": [
            ("Given up", "Requests of the newest runs that were given up, by cause", _given_up(contents.counted)),
            ("Quarantine", "Items kept out of the layers, by reason; one item can have several", _quarantine(contents)),
        ],
        "runs": contents.runs[:RUNS_SHOWN],
        "runs_left_out": max(0, len(contents.runs) - RUNS_SHOWN),
    }


def _by_platform(runs: Iterable[RunRecord]) -> list[tuple[str, Counter[str]]]:
    counts: dict[str, Counter[str]] = {}
    for run in runs:
        if run.verdicts:
            counts.setdefault(run.platform, Counter()).update(run.verdicts)
    return sorted(counts.items())


def _given_up(runs: Iterable[RunRecord]) -> list[Trouble]:
    counts: Counter[tuple[str, str]] = Counter()
    for run in runs:
        counts.update({(run.platform, _words(cause)): count for cause, count in run.given_up.items()})
    return _troubles(counts)


def _quarantine(contents: Contents) -> list[Trouble]:
    return _troubles(contents.quarantine)


def _troubles(counts: Counter[tuple[str, str]], most: int = 100) -> list[Trouble]:
    """List the most frequent first."""
    return [Trouble(platform=platform, why=why, count=count) for (platform, why), count in counts.most_common(most)]


def _qualities(contents: Contents) -> Iterable[Quality]:
    for colour, platform in enumerate(contents.platforms):
        if scores := contents.qualities.get(platform):
            tenths = Counter(min(max(int(score * BARS), 0), BARS - 1) for score in scores)
            yield Quality(
                platform=platform,
                colour=colour % 10,
                median=median(scores),
                shares=tuple(tenths[tenth] / len(scores) for tenth in range(BARS)),
            )


def _map_data(contents: Contents) -> str:
    """Return what the map draws, as JSON: columns of points, ``on`` holding one bit a platform."""
    platforms = contents.platforms
    bits = {platform: 1 << index for index, platform in enumerate(platforms)}
    points = contents.points
    lons, lats = [round(point.lon, 6) for point in points], [round(point.lat, 6) for point in points]
    return _json(
        {
            "platforms": platforms,
            "lon": lons,
            "lat": lats,
            "name": [point.name for point in points],
            "on": [sum(bits[platform] for platform in point.platforms if platform in bits) for point in points],
            "rating": [None if point.rating is None else round(point.rating, 2) for point in points],
            "bounds": [min(lats), min(lons), max(lats), max(lons)] if points else None,
            "labels": _labels(contents),
            "cities": [city.bounds for city in contents.cities[:CITIES_SHOWN]],
        }
    )


def _labels(contents: Contents) -> list[tuple[str, float, float, float]]:
    """Return names to write on the map (name, lon, lat, zoom it appears at), the more important first."""
    cities = [
        (city.short, city.lon, city.lat, 0.0 if city.adcode.endswith(("0000", "0100")) else CITY_FROM_ZOOM)
        for city in all_cities()
        if city.lon is not None and city.lat is not None
    ]
    districts = [
        (name, round(lon, 4), round(lat, 4), DISTRICT_FROM_ZOOM) for name, (lon, lat) in contents.districts.items()
    ]
    return sorted(cities, key=lambda label: label[3]) + districts


def _json(value: Any) -> str:
    """Return JSON that can stand in a script element, whatever the texts in it say."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False).translate(_IN_SCRIPT)


def _policy(styles: Iterable[str], scripts: Iterable[str]) -> str:
    """Return the content security policy: nothing but what is in the file, by its hashes."""
    sources = {
        "default-src": "'none'",
        "script-src": " ".join(map(_hash, scripts)),
        "style-src": " ".join(map(_hash, styles)),
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in sources.items())


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def _static(name: str) -> str:
    return files("travelcrawl.report").joinpath("static", name).read_text(encoding="utf-8")


def _number(value: float) -> str:
    return f"{value:,}"


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def _moment(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M}"


def _words(name: str) -> str:
    return name.replace("_", " ")
