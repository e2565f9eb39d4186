"""ops/nginx under a real nginx, with servers behind it that say what reaches them."""

import base64
import json
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.waiting import wait_until
from tools.servers import free_port

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "ops" / "nginx" / "nginx.conf"
SECURITY = ROOT / "docs" / "security.md"
UPSTREAMS = {"api": "api:8000", "scrapyd": "worker:6800", "figures": "worker:9410"}
PASSWORD = {"Authorization": "Basic " + base64.b64encode(b"travelcrawl:right").decode()}


class Echo(BaseHTTPRequestHandler):
    """Says which upstream it is, and what it was asked."""

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        port = self.server.server_port
        body = json.dumps({"port": port, "path": self.path, "headers": headers}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Proxy:
    """nginx with the ports and files of this test in place of the container's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = {name: free_port() for name in ("http", "https", "status")}
        self.text = CONFIG.read_text()
        self.servers = {name: ThreadingHTTPServer(("127.0.0.1", 0), Echo) for name in UPSTREAMS}
        # Nothing listens where Grafana should be: not every profile is on.
        for name, server in self.servers.items():
            threading.Thread(target=server.serve_forever, daemon=True).start()
            self.put(UPSTREAMS[name], f"127.0.0.1:{server.server_port}")
        self.put("grafana:3000", f"127.0.0.1:{free_port()}")
        self.put("listen 80 ", f"listen 127.0.0.1:{self.ports['http']} ")
        self.put("listen 443 ", f"listen 127.0.0.1:{self.ports['https']} ")
        self.put("listen 8081;", f"listen 127.0.0.1:{self.ports['status']};")
        self.put("/run/nginx.pid", f"{folder}/nginx.pid")
        self.put("/dev/stdout", f"{folder}/access.log")
        self.put("/dev/stderr", f"{folder}/error.log")
        # This nginx is of the system's packages: its mime.types and its user are theirs.
        self.put("include mime.types;", "include /etc/nginx/mime.types;")
        self.put("events {", f"daemon off;\nlock_file {folder}/lock;\nevents {{")
        paths = "".join(
            f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        self.put("http {", f"http {{\n{paths}")
        (folder / "nginx.conf").write_text(self.text)

    def put(self, old: str, new: str) -> None:
        assert old in self.text, old
        self.text = self.text.replace(old, new)

    def command(self, *options: str) -> list[str]:
        return [
            shutil.which("nginx") or "nginx",
            "-p",
            str(self.folder),
            "-c",
            str(self.folder / "nginx.conf"),
            *options,
        ]

    def wait(self) -> None:
        """Wait until it listens."""

        def listens() -> bool:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.ports["status"]), timeout=1):
                return True
            return False

        wait_until(listens, pause=0.01, trouble=(self.folder / "error.log").read_text)

    def logged(self, path: str) -> list[dict[str, object]]:
        """Return the lines of its log once one of a path is there: it is written after the answer."""

        def lines() -> list[dict[str, object]]:
            found = [json.loads(line) for line in (self.folder / "access.log").read_text().splitlines()]
            return found if any(line["path"] == path for line in found) else []

        return wait_until(lines, pause=0.01, trouble=lambda: f"{path} is not logged")

    def get(self, path: str, *, tls: bool = True, **headers: str) -> tuple[HTTPResponse, str]:
        if tls:
            context = ssl.create_default_context(cafile=str(self.folder / "secrets" / "tls.crt"))
            connection: HTTPConnection = HTTPSConnection("localhost", self.ports["https"], context=context, timeout=10)
        else:
            connection = HTTPConnection("127.0.0.1", self.ports["http"], timeout=10)
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer, body


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    folder = tmp_path_factory.mktemp("nginx")
    secrets = folder / "secrets"
    secrets.mkdir()
    for command in documented():
        subprocess.run(["sh", "-ec", command], cwd=secrets, check=True, capture_output=True)
    # Its workers run as another user.
    for path in (folder, *folder.parents[:3]):
        path.chmod(path.stat().st_mode | 0o011)
    (secrets / "htpasswd").chmod(0o644)
    proxy = Proxy(folder)
    process = subprocess.Popen(proxy.command(), stderr=subprocess.PIPE)
    try:
        proxy.wait()
        yield proxy
    finally:
        process.terminate()
        process.communicate(timeout=10)
        for server in proxy.servers.values():
            server.shutdown()
            server.server_close()


def documented() -> list[str]:
    """Return how docs/security.md has certificate and passwords made, for this host and password."""
    commands = [
        line.strip().replace("crawl.example.org", "localhost").replace("$SCRAPYD_PASSWORD", "right")
        for line in SECURITY.read_text().splitlines()
        if line.startswith(("    openssl req", "    printf"))
    ]
    assert len(commands) == 2
    return commands


def test_configuration_is_valid(proxy: Proxy) -> None:
    done = subprocess.run(proxy.command("-t", "-q"), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_comes_in_clear_is_sent_to_tls(proxy: Proxy) -> None:
    answer, _ = proxy.get("/api/places?city=1", tls=False)
    assert (answer.status, answer.headers["Location"]) == (301, "https://127.0.0.1/api/places?city=1")


@pytest.mark.parametrize(
    ("path", "upstream", "asked"),
    [
        ("/api/places?bbox=1,2", "api", "/api/places?bbox=1,2"),
        ("/docs", "api", "/docs"),
        ("/openapi.json", "api", "/openapi.json"),
        ("/static/map.3f2a.js", "api", "/static/map.3f2a.js"),
        ("/scrapyd/listjobs.json?project=travelcrawl", "scrapyd", "/listjobs.json?project=travelcrawl"),
        ("/scrapyd/", "scrapyd", "/"),
        ("/metrics", "figures", "/metrics"),
        ("/health", "figures", "/health"),
    ],
)
def test_each_path_goes_to_its_server(proxy: Proxy, path: str, upstream: str, asked: str) -> None:
    answer, body = proxy.get(path, **PASSWORD)
    assert answer.status == 200
    said = json.loads(body)
    assert (said["port"], said["path"]) == (proxy.servers[upstream].server_port, asked)


@pytest.mark.parametrize(
    ("path", "status"), [("/", 404), ("/apiary", 404), ("/metrics/x", 404), ("/stub_status", 404), ("/grafana/", 502)]
)
def test_what_is_not_there_is_not_served(proxy: Proxy, path: str, status: int) -> None:
    assert proxy.get(path, **PASSWORD)[0].status == status


@pytest.mark.parametrize(
    "path", ["/metrics", "/scrapyd/", "/scrapyd/schedule.json", "/scrapyd/../metrics", "/%73crapyd/listjobs.json"]
)
@pytest.mark.parametrize("password", [None, "wrong"])
def test_scrapyd_and_metrics_ask_for_a_password(proxy: Proxy, path: str, password: str | None) -> None:
    headers = {} if password is None else {"Authorization": "Basic " + base64.b64encode(b"travelcrawl:wrong").decode()}
    assert proxy.get(path, **headers)[0].status == 401


def test_servers_are_told_who_asks_and_how(proxy: Proxy) -> None:
    _, body = proxy.get("/scrapyd/", **PASSWORD, **{"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Host": "elsewhere"})
    headers = json.loads(body)["headers"]
    assert headers["x-forwarded-for"] == headers["x-real-ip"] == "127.0.0.1"
    assert (headers["x-forwarded-proto"], headers["x-forwarded-host"]) == ("https", "localhost")
    assert headers["x-forwarded-prefix"] == "/scrapyd"
    assert headers["authorization"] == PASSWORD["Authorization"]


def test_a_password_goes_no_further_than_scrapyd(proxy: Proxy) -> None:
    assert "authorization" not in json.loads(proxy.get("/metrics", **PASSWORD)[1])["headers"]


def test_static_files_are_kept_for_a_year(proxy: Proxy) -> None:
    answer, _ = proxy.get("/static/map.3f2a.js")
    assert answer.headers.get_all("Cache-Control") == ["public, max-age=31536000, immutable"]
    assert proxy.get("/api/places")[0].headers["Cache-Control"] == "no-store"


def test_health_is_not_logged_and_lines_are_json(proxy: Proxy) -> None:
    proxy.get("/health")
    proxy.get("/api/marked?key=secret")
    lines = proxy.logged("/api/marked")
    assert {line["service"] for line in lines} == {"nginx"}
    assert not any(line["path"] == "/health" for line in lines)
    assert "secret" not in json.dumps(lines)


def test_its_exporter_can_ask(proxy: Proxy) -> None:
    connection = HTTPConnection("127.0.0.1", proxy.ports["status"], timeout=10)
    connection.request("GET", "/stub_status")
    assert b"Active connections" in connection.getresponse().read()
    connection.close()
