"""The hostile web on the wire: one raw request through each egress, and what the books say of it."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import pytest

from sandbox import Running, running
from sandbox.__main__ import main
from sandbox.hostile import Plan, plan
from sandbox.hostile_server import HostileOptions, HostileServer
from sandbox.http import Request
from sandbox.platforms.amap import KEY

HOSTS = ("www.lanternroute.example", "m.hillfare.example")
SEED = 11
AMAP = "restapi.amap.com"
TEXT = f"/v5/place/text?key={KEY}&region=510100&types=110000&page_size=25&city_limit=true&show_fields=business,navi"


@pytest.fixture(scope="module")
def planned() -> Plan:
    return plan(SEED, "even", HOSTS)


@pytest.fixture(scope="module")
def hostile() -> Iterator[Running]:
    with running(seed=SEED, size=60, egresses=24, more=["--hostile", f"--sites={','.join(HOSTS)}"]) as web:
        yield web


def outcome(
    proxy: str, host: str, *, tunnel: bool, ca_file: Path, user: str | None = None, patience: float = 6.0
) -> str:
    """Return the status of one request for a list page through a proxy, or what happened instead."""
    where = urlsplit(proxy)
    secret = user if user is not None else f"{where.username}:{where.password}" if where.username else ""
    headers = {"Proxy-Authorization": f"Basic {b64encode(secret.encode()).decode()}"} if secret else {}
    try:
        with closing(
            _connected(where, host, tunnel=tunnel, ca_file=ca_file, headers=headers, patience=patience)
        ) as wire:
            target = "/places/ghent" if host == HOSTS[0] else "/c/ghent/1"
            wire.request("GET", target if tunnel else f"http://{host}{target}", headers={} if tunnel else headers)
            answer = wire.getresponse()
            answer.read()
            return str(answer.status)
    except TimeoutError:
        return "silence"
    except ConnectionRefusedError:
        return "refused"
    except (ConnectionResetError, http.client.RemoteDisconnected, ssl.SSLError):
        return "reset"
    except OSError as error:
        # What http.client raises where a tunnel is refused.
        return str(error).split()[3]


def _connected(
    where: SplitResult, host: str, *, tunnel: bool, ca_file: Path, headers: dict[str, str], patience: float
) -> http.client.HTTPConnection:
    address = (where.hostname or "", where.port or 0)
    if not tunnel:
        return http.client.HTTPConnection(*address, timeout=patience)
    context = ssl.create_default_context(cafile=str(ca_file))
    wire = http.client.HTTPSConnection(*address, timeout=patience, context=context)
    wire.set_tunnel(host, 443, headers=headers)
    return wire


EXPECTED = {
    "dead": {"refused"},
    "hanging": {"silence"},
    "locked": {"407"},
    "slow": {"200"},
    "flapping": {"200", "reset"},
    "banned": {"403", "200"},
    "healthy": {"200"},
    "gateway": {"200"},
    "decoy": {"200"},
    "decoy_30": {"200"},
    "decoy_10": {"200"},
    "decoy_5": {"200"},
    "decoy_late": {"200"},
}
WEATHER = {"reset", "503", "200"}
"""What may come of any request that reaches a site."""


@pytest.mark.parametrize("tunnel", [False, True], ids=["plain", "tunnel"])
def test_each_egress_does_on_the_wire_what_its_kind_says(hostile: Running, planned: Plan, tunnel: bool) -> None:
    host = HOSTS[1] if tunnel else HOSTS[0]
    hosts = {one.name: one for one in planned.exits}
    met = set()
    for number, proxy in enumerate(hostile.proxies):
        one = hosts[f"egress-{number}"]
        patience = 0.3 if one.kind == "hanging" else 10.0
        came = outcome(proxy, host, tunnel=tunnel, ca_file=hostile.ca_file, patience=patience)
        allowed = EXPECTED[one.kind] if one.kind in {"dead", "hanging", "locked"} else EXPECTED[one.kind] | WEATHER
        assert came in allowed, one
        met.add((one.kind, came))
        if one.kind == "gateway":
            assert outcome(proxy, host, tunnel=tunnel, ca_file=hostile.ca_file, user="user1:wrong") == "407"
            assert outcome(proxy, host, tunnel=tunnel, ca_file=hostile.ca_file, user="") == "407"
    assert met >= {
        ("dead", "refused"),
        ("hanging", "silence"),
        ("locked", "407"),
        ("healthy", "200"),
        ("gateway", "200"),
    }
    assert ("banned", "200" if tunnel else "403") in met


def test_users_of_one_gateway_are_two_egresses_with_limits_of_their_own(hostile: Running, planned: Plan) -> None:
    gateway = [int(one.name.partition("-")[2]) for one in planned.by_kind["gateway"]]
    first, second = (hostile.proxies[number] for number in gateway)
    assert urlsplit(first).port == urlsplit(second).port
    hostile.reset()
    came = [outcome(first, HOSTS[0], tunnel=False, ca_file=hostile.ca_file) for _ in range(6)]
    assert "429" in came
    outcome(second, HOSTS[0], tunnel=False, ca_file=hostile.ca_file)
    books = hostile.stats()
    assert set(books["hosts"][HOSTS[0]]["egresses"]) == {f"egress-{number}" for number in gateway}
    assert books["marks"]["rate_limit"][HOSTS[0]].keys() == {f"egress-{gateway[0]}"}


def test_a_reset_is_a_reset(hostile: Running, planned: Plan) -> None:
    flapping = hostile.proxies[int(planned.by_kind["flapping"][0].name.partition("-")[2])]
    where = urlsplit(flapping)
    for _ in range(400):
        with socket.create_connection((where.hostname or "", where.port or 0), timeout=10) as wire:
            wire.sendall(f"GET http://{HOSTS[0]}/robots.txt HTTP/1.1\r\nHost: {HOSTS[0]}\r\n\r\n".encode())
            try:
                wire.recv(1024)
            except ConnectionResetError:
                return
        threading.Event().wait(0.05)
    pytest.fail("it never went down")


def test_the_record_says_what_a_crawl_may_know(hostile: Running, planned: Plan) -> None:
    record = hostile.record
    assert record["env"]["TRAVELCRAWL_PROXIES"].split(",") == list(hostile.proxies) == record["proxies"]
    assert record["rates"] == {host: planned.limits[host].rate for host in HOSTS}
    assert len(record["seeds"]) == 12
    assert record["hosts"] == list(HOSTS)
    assert not any(one.kind in str(record) for one in planned.exits)


async def test_the_platforms_lie_too(tmp_path: Path) -> None:
    options = HostileOptions(folder=tmp_path, seed=7, size=120, web="travel", sites=("amap", "mafengwo"), rate=50.0)
    server = HostileServer(options)
    record = await server.start()
    assert record["rates"] == {"amap": 50.0, "mafengwo": 50.0}
    assert not record["seeds"]
    liar = server.plan.by_kind["decoy"][0].name
    honest = next(one.name for one in server.plan.exits if one.kind == "healthy")
    decoys = next(one for one in server.web.behaviours if one.name == "decoy")
    for host, target in ((AMAP, TEXT), ("www.mafengwo.cn", "/jd/10035/gonglve.html")):
        asked = [Request(host=host, target=target, egress=egress) for egress in (honest, liar)]
        true = server.web._honest(asked[0], server.web.dialects[host])
        false = decoys.after(asked[1], true)
        assert decoys.after(asked[0], true) is None
        assert false is not None
        assert (false.status, false.body == true.body) == (200, False)
        assert len(false.body) < len(true.body)
    await server.close()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--sites=elsewhere.example"], "no host 'elsewhere.example'"),
        (["--web=travel", "--sites=tripadvisor"], "no platform 'tripadvisor'"),
        (["--egresses=-1"], "-1 egresses are too few"),
    ],
)
def test_a_wrong_hostile_web_is_a_sentence(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", "--hostile", "--size=12", *arguments]) == 2
    assert sentence in capsys.readouterr().err
