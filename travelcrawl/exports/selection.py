"""What an export holds: the kinds of things, and which of them."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Self

import attrs

from travelcrawl.errors import UsageError
from travelcrawl.geo.cities import City
from travelcrawl.stores.condition import Condition

CHANGED = {
    "listings": "last_changed",
    "reviews": "last_changed",
    "notes": "last_changed",
    "offers": "seen_at",
    "places": "updated_at",
    "links": "decided_at",
}
"""Kind → the column that says when a row became what it is."""
KINDS = tuple(CHANGED)
IN_CITY = "city IN ({city}, {short}) OR adcode LIKE {adcode}"
OF_NOTE = "city IN ({city}, {short})"
IN_BOX = "lon BETWEEN {west} AND {east} AND lat BETWEEN {south} AND {north}"


@attrs.frozen(kw_only=True)
class Box:
    """A rectangle of longitude and latitude, degrees, WGS-84, borders included."""

    west: float
    south: float
    east: float
    north: float

    @classmethod
    def of(cls, text: str) -> Self:
        """Read ``west,south,east,north``. Raises UsageError."""
        try:
            west, south, east, north = (float(part) for part in text.split(","))
        except ValueError:
            raise UsageError(
                f"--bbox is west,south,east,north in degrees, such as 103.9,30.5,104.2,30.8: {text!r}"
            ) from None
        if not all(map(math.isfinite, (west, south, east, north))) or max(abs(west), abs(east)) > 180:
            raise UsageError(f"--bbox {text}: longitudes are -180 to 180; write west,south,east,north")
        if max(abs(south), abs(north)) > 90:
            raise UsageError(f"--bbox {text}: latitudes are -90 to 90; write west,south,east,north")
        if west > east or south > north:
            turned = f"west {west:g} is east of {east:g}" if west > east else f"south {south:g} is north of {north:g}"
            raise UsageError(f"--bbox {text} is turned round ({turned}); write west,south,east,north")
        return cls(west=west, south=south, east=east, north=north)


def moment(text: str) -> datetime:
    """Read a day or a time of ISO 8601, taken as UTC where no offset is given. Raises UsageError."""
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(
            f"--since is a day or a time, such as 2026-11-22 or 2026-11-22T08:00+08:00: {text!r}"
        ) from None


@attrs.frozen(kw_only=True)
class Selection:
    """Which rows to take; each filter that is given must fit.

    Reviews and offers are where their listing is, comments where their note is; a place is on the platforms it is linked to.
    """

    platforms: tuple[str, ...] = ()
    city: City | None = None
    box: Box | None = None
    since: datetime | None = None
    """Rows that are new or have changed since."""

    def condition(self, kind: str) -> Condition:
        """Return the condition for a layer. Raises UsageError where a filter cannot be asked of it."""
        if kind == "notes" and self.box:
            raise UsageError("notes have no position; leave out --bbox, or name other kinds with --kind")
        return Condition.all_of([self._platforms(kind), self._where(kind), self._since(kind), self._standing(kind)])

    def _platforms(self, kind: str) -> Condition:
        if kind != "places":
            return Condition.among("platform", self.platforms)
        linked = Condition.among("links.platform", self.platforms)
        return _exists("links", "links.place = places.place", linked) if linked.text else Condition()

    def _since(self, kind: str) -> Condition:
        if not self.since:
            return Condition()
        return Condition(text=f"{CHANGED[kind]} >= {{since}}", values={"since": self.since})

    def _standing(self, kind: str) -> Condition:
        """Leave out the places that have become part of others."""
        return Condition(text="merged_into IS NULL") if kind == "places" else Condition()

    def _where(self, kind: str) -> Condition:
        here = Condition.all_of([self._city(kind), self._box()])
        if not here.text or kind in ("listings", "notes", "places"):
            return here
        key = "ref" if kind in ("offers", "links") else "about_ref"
        listing = _exists("listings", f"listings.platform = {kind}.platform AND listings.ref = {kind}.{key}", here)
        if kind != "reviews":
            return listing
        listing = Condition.all_of([Condition(text="about = 'listing'"), listing])
        if self.box:
            return listing
        note = _exists(
            "notes", "notes.platform = reviews.platform AND notes.ref = reviews.about_ref", self._city("notes")
        )
        return Condition(
            text=f"{listing.text} OR (about = 'note' AND {note.text})", values={**listing.values, **note.values}
        )

    def _city(self, kind: str) -> Condition:
        if self.city is None:
            return Condition()
        code = self.city.adcode
        values = {"city": self.city.name, "short": self.city.short}
        if kind == "notes":
            return Condition(text=OF_NOTE, values=values)
        within = f"{code.removesuffix('00').removesuffix('00')}%"
        if kind == "places":
            return Condition(text="adcode LIKE {adcode}", values={"adcode": within})
        return Condition(text=IN_CITY, values={**values, "adcode": within})

    def _box(self) -> Condition:
        return Condition(text=IN_BOX, values=attrs.asdict(self.box)) if self.box else Condition()


def _exists(table: str, join: str, condition: Condition) -> Condition:
    """Return the condition that a row of another table belongs to this one and fits."""
    text = f"EXISTS (SELECT 1 FROM {table} WHERE {join} AND ({condition.text}))"  # noqa: S608 (names of our own layers)
    return Condition(text=text, values=condition.values)
