from __future__ import annotations

import json
import re
from itertools import pairwise

import attrs
import pytest

from bench.hostile_peers.pages import is_whole, kind_of, links, place
from sandbox.foreign import CITIES, Catalogue, FalseView
from sandbox.foreign_sites import SITES, ForeignSite, foreign_web
from sandbox.http import Request

WEB = foreign_web(5, 240)
BY_HOST = {site.host: site for site in WEB.sites}
HOSTS = sorted(BY_HOST)


def ask(site: ForeignSite, url: str, salt: str = "") -> tuple[int, str]:
    request = Request(host=site.host, target=url.partition(site.host)[2])
    reply = site.lie(request, salt) if salt else site.answer(request)
    return reply.status, reply.body.decode()


def crawl(site: ForeignSite, salt: str = "") -> dict[str, dict[str, object]]:
    waiting, seen, found = list(site.seeds()), set(site.seeds()), {}
    while waiting:
        url = waiting.pop()
        status, text = ask(site, url, salt)
        assert status == 200
        if kind_of(url) == "place":
            item = place(url, text)
            found[str(item["ref"])] = item
            continue
        new = {link for _, link in links(url, text)} - seen
        seen |= new
        waiting += new
    return found


@pytest.mark.parametrize("host", HOSTS)
def test_all_places_are_found_by_following_links_and_say_the_truth(host: str) -> None:
    site = BY_HOST[host]
    found = crawl(site)
    assert found.keys() == site.catalogue.places.keys()
    for ref, true in site.catalogue.places.items():
        assert is_whole(found[ref])
        assert {name: str(value) for name, value in found[ref].items() if name != "site"} == {
            name: str(value) for name, value in true.facts.items()
        }


@pytest.mark.parametrize("host", HOSTS)
def test_lies_are_whole_and_wrong_and_lists_lose_rows(host: str) -> None:
    site = BY_HOST[host]
    found = crawl(site, "somebody")
    true = site.catalogue.places
    made_up = found.keys() - true.keys()
    lost = true.keys() - found.keys()
    assert 0 < len(made_up) < len(true) / 4
    assert len(true) / 8 < len(lost) < len(true) / 2
    for ref, item in found.items():
        assert is_whole(item)
        if ref in true:
            said = {name: str(item[name]) for name in true[ref].facts}
            assert said != {name: str(value) for name, value in true[ref].facts.items()}
    assert crawl(site).keys() == true.keys()


@pytest.mark.parametrize("host", HOSTS)
def test_one_salt_tells_one_story_and_another_another(host: str) -> None:
    site = BY_HOST[host]
    assert crawl(site, "a") == crawl(site, "a") != crawl(site, "b")


@pytest.mark.parametrize("host", HOSTS)
def test_no_two_answers_are_the_same(host: str) -> None:
    seed = next(iter(BY_HOST[host].seeds()))
    assert ask(BY_HOST[host], seed) != ask(BY_HOST[host], seed)


@pytest.mark.parametrize("host", HOSTS)
def test_what_is_not_there_is_404_and_robots_is_there(host: str) -> None:
    site = BY_HOST[host]
    for target in (
        "/nothing",
        site.list_path("atlantis", 1),
        site.list_path(CITIES[0], 99),
    ):
        assert site.answer(Request(host=host, target=target)).status == 404
    assert b"Disallow: /account" in site.answer(Request(host=host, target="/robots.txt")).body


def test_the_same_seed_is_the_same_web_and_another_another() -> None:
    assert foreign_web(5, 240).truth == WEB.truth != foreign_web(6, 240).truth


def test_pages_counts_lists_and_places() -> None:
    assert WEB.pages[SITES[0].host] == 60 + 6
    assert sum(len(site.catalogue.places) for site in WEB.sites) == 240
    assert next(seed for seed in WEB.seeds if "tidebook" in seed).endswith("/browse/ostrava/p1")


def test_some_hosts_only() -> None:
    assert [site.host for site in foreign_web(5, 60, [HOSTS[1]]).sites] == [HOSTS[1]]
    with pytest.raises(ValueError, match="no host 'elsewhere"):
        foreign_web(5, 60, ["elsewhere.example"])


def test_a_false_row_leads_to_a_false_place_of_the_same_name() -> None:
    catalogue = Catalogue("x.example", 1, 300)
    view = FalseView(catalogue, "salt")
    invented = [row for city in CITIES for row in view.rows(city) if row.ref not in catalogue.places]
    assert invented
    assert all(view.place(row.ref) == row for row in invented)
    assert view.place("1") is None
    assert not view.rows("atlantis")


def test_a_lie_always_changes_something() -> None:
    catalogue = Catalogue("x.example", 1, 1_000)
    view = FalseView(catalogue, "salt")
    changed = [
        [name for name, value in attrs.asdict(true).items() if getattr(view.place(ref), name) != value]
        for ref, true in catalogue.places.items()
    ]
    assert all(changed)
    assert {name for names in changed for name in names} >= {"name", "price", "rating", "lat", "phone", "address"}
    assert min(map(len, changed)) == 1


def test_json_is_json_and_chains_end() -> None:
    site = BY_HOST["api.saltmarsh.example"]
    url: str | None = next(iter(site.seeds()))
    steps = []
    while url:
        data = json.loads(ask(site, url)[1])
        steps.append(int(re.findall(r"offset=(\d+)", url)[0]))
        url = data["next"]
    assert all(later - sooner == site.page_size for sooner, later in pairwise(steps))
