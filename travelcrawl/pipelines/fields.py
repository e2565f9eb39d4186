"""Which field is cleaned how: one table per type of item."""

from __future__ import annotations

from collections.abc import Mapping

from travelcrawl.pipelines.cleaners import (
    Cleaner,
    adcode,
    author,
    count,
    currency,
    datum,
    duration,
    key,
    long,
    many,
    mentions,
    number,
    opening_hours,
    past_day,
    phone_list,
    published,
    short,
    status,
    stay,
    truth,
    url,
)

_LABELS, _PHOTOS = many(short(100), 100), many(url, 200)
_COMMON: Mapping[str, Cleaner] = {"platform": key, "ref": key, "hidden": many(key, 50)}
_OPINION: Mapping[str, Cleaner] = {
    "author": author,
    "published_at": published,
    "photos": _PHOTOS,
    "text": long(100_000),
}

TABLE: Mapping[str, Mapping[str, Cleaner]] = {
    "listing": {
        **_COMMON,
        "url": url,
        "name": short(200, may_be_nothing=False),
        "name_en": short(200),
        "aliases": many(short(200), 50),
        "category": short(200),
        "category_code": short(100),
        "address": short(500),
        "province": short(50),
        "city": short(50),
        "district": short(50),
        "adcode": adcode,
        "source_lon": number,
        "source_lat": number,
        "datum": datum,
        "phones": phone_list,
        "website": url,
        "opening_hours": opening_hours,
        "rating_scale": number,
        "review_count": count,
        "level": short(50),
        "summary": long(20_000),
        "tags": _LABELS,
        "photos": _PHOTOS,
        "parent": key,
        "status": status,
    },
    "review": {
        **_COMMON,
        **_OPINION,
        "about": key,
        "about_ref": key,
        "rating_scale": number,
        "likes": count,
        "replies": count,
    },
    "note": {
        **_COMMON,
        **_OPINION,
        "url": url,
        "kind": key,
        "title": short(500, may_be_nothing=False),
        "complete": truth,
        "city": short(50),
        "views": count,
        "likes": count,
        "comments": count,
        "favourites": count,
        "shares": count,
        "duration": duration,
        "travel_date": past_day,
        "days": count,
        "currency": currency,
        "tags": _LABELS,
        "mentions": mentions,
    },
    "offer": {
        **_COMMON,
        "what": key,
        "currency": currency,
        "unit": key,
        "lowest": truth,
        "taxes_included": truth,
        "stay_from": stay,
        "stay_to": stay,
    },
}
"""Field → cleaner, for the fields that stand alone; those that belong together are in clean.py."""
