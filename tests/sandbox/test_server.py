"""The box on the wire: as a proxy, inside tunnels, and past the proxy."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import ssl
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from sandbox import Running, running
from sandbox.client import ROOT
from sandbox.platforms.amap import KEY

AMAP = f"/v5/place/text?types=110000&region=510100&city_limit=true&key={KEY}"


def tunnel(web: Running, host: str, *, egress: int = 0, trusted: Path | None = None) -> http.client.HTTPSConnection:
    proxy = urlsplit(web.proxies[egress])
    context = ssl.create_default_context(cafile=str(trusted) if trusted else None)
    connection = http.client.HTTPSConnection(proxy.hostname or "", proxy.port, context=context, timeout=10)
    connection.set_tunnel(host, 443)
    return connection


def get(port: int, address: str, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", address, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read()


def port_of(web: Running) -> int:
    return urlsplit(web.proxies[0]).port or 0


def test_a_tunnel_is_verified_against_the_authority_and_kept_alive(web: Running) -> None:
    with closing(tunnel(web, "restapi.amap.com", trusted=web.ca_file)) as connection:
        for _ in range(3):
            connection.request("GET", AMAP)
            answer = connection.getresponse()
            assert answer.status == 200
            assert json.load(answer)["infocode"] == "10000"
        # Browsers are told of the authority by its pin, which works only where it is sent along (facts.md).
        assert len(connection.sock._sslobj.get_unverified_chain()) == 2


def test_who_does_not_trust_the_authority_is_not_served(web: Running) -> None:
    with closing(tunnel(web, "restapi.amap.com")) as connection, pytest.raises(ssl.SSLCertVerificationError):
        connection.connect()


def test_a_plain_proxy_request_is_served(web: Running) -> None:
    status, body = get(port_of(web), "http://www.mafengwo.cn/robots.txt")
    assert (status, b"Disallow: /" in body) == (200, True)


def test_a_tunnel_to_port_80_is_plain_http(web: Running) -> None:
    with socket.create_connection(("127.0.0.1", port_of(web)), timeout=10) as wire:
        wire.sendall(b"CONNECT www.mafengwo.cn:80 HTTP/1.1\r\nHost: www.mafengwo.cn:80\r\n\r\n")
        assert b" 200 " in wire.recv(1024)
        wire.sendall(b"GET /robots.txt HTTP/1.1\r\nHost: www.mafengwo.cn\r\nConnection: close\r\n\r\n")
        said = b"".join(iter(lambda: wire.recv(4096), b""))
    assert b"Disallow: /" in said


@pytest.mark.parametrize(("accepted", "coding"), [("gzip, deflate", "gzip"), ("", None)])
def test_gzip_only_where_it_is_accepted(web: Running, accepted: str, coding: str | None) -> None:
    with closing(tunnel(web, "www.mafengwo.cn", trusted=web.ca_file)) as connection:
        connection.request("GET", "/jd/10035/gonglve.html", headers={"Accept-Encoding": accepted})
        answer = connection.getresponse()
        body = answer.read()
    assert answer.getheader("Content-Encoding") == coding
    assert (body[:2] == b"\x1f\x8b") == (coding == "gzip")


def test_an_unknown_host_is_refused_in_a_sentence(web: Running) -> None:
    status, body = get(port_of(web), "http://nowhere.example/")
    assert (status, b"nowhere.example" in body) == (502, True)
    with closing(tunnel(web, "nowhere.example")) as connection, pytest.raises(OSError, match="502"):
        connection.connect()


def test_head_has_no_body(web: Running) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", port_of(web), timeout=10)) as connection:
        for _ in range(2):
            connection.request("HEAD", "http://www.mafengwo.cn/robots.txt")
            answer = connection.getresponse()
            assert (answer.status, answer.read()) == (200, b"")


def test_rubbish_gets_400(web: Running) -> None:
    with socket.create_connection(("127.0.0.1", port_of(web)), timeout=10) as wire:
        wire.sendall(b"\x16\x03\x01 this is not HTTP\r\n\r\n")
        assert b" 400 " in wire.recv(1024)


def test_the_books_say_what_happened() -> None:
    with running(seed=7, size=40, egresses=2) as web:
        for egress in (0, 1, 1):
            with closing(tunnel(web, "www.mafengwo.cn", egress=egress, trusted=web.ca_file)) as connection:
                connection.request("GET", "/jd/10035/gonglve.html")
                connection.getresponse().read()
        get(port_of(web), "http://nowhere.example/")
        for port in (web.direct, port_of(web)):
            assert get(port, "/poi/1.html", {"Host": "www.mafengwo.cn"})[0] == 421
        books = web.stats()
        host = books["hosts"]["www.mafengwo.cn"]
        assert host["requests"] == books["requests"] == 3
        assert host["robots_disallowed"] == 3
        assert host["routes"] == {"sight_list": 3}
        assert host["egresses"] == {"egress-0": 1, "egress-1": 2}
        assert books["unknown"] == {"nowhere.example": 1}
        assert books["direct"] == {"www.mafengwo.cn": 2}
        web.reset()
        assert web.stats()["requests"] == 0


def test_the_control_port_is_no_proxy(web: Running) -> None:
    assert get(web.control, "/elsewhere")[0] == 404
    with socket.create_connection(("127.0.0.1", web.control), timeout=10) as wire:
        wire.sendall(b"CONNECT www.mafengwo.cn:443 HTTP/1.1\r\nHost: www.mafengwo.cn:443\r\n\r\n")
        assert b" 404 " in wire.recv(1024)


def test_environment_is_complete(web: Running) -> None:
    assert web.env["TRAVELCRAWL_PROXIES"].split(",") == list(web.proxies)
    assert all(part.endswith("=sandbox") for part in web.env["TRAVELCRAWL_PERMITTED_HOSTS"].split(";"))
    assert Path(web.env["TRAVELCRAWL_CA_FILE"]).read_bytes().startswith(b"-----BEGIN CERTIFICATE")
    assert web.env["AMAP_KEY"] == KEY


@pytest.mark.parametrize("how", ["stdin", "signal"])
def test_serving_ends_with_its_standard_input_or_a_signal(how: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "serve", "--size=12", "--egress=1"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    record = json.loads(process.stdout.readline())
    assert len(record["proxies"]) == 1
    if how == "stdin":
        process.stdin.close()
    else:
        process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    process.stdin.close()
    process.stdout.close()


def test_what_hinders_the_start_is_said() -> None:
    with (
        pytest.raises(RuntimeError, match="there is no fault 'earthquake'"),
        running(size=12, faults=["earthquake:amap"]),
    ):
        pass
