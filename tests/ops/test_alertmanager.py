"""ops/alertmanager under a real Alertmanager: who hears what, from a webhook and a Slack of our own on loopback."""

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.waiting import wait_until
from tools.servers import free_port

CONFIG = Path(__file__).parents[2] / "ops" / "alertmanager" / "alertmanager.yml"
CRITICAL = {"alertname": "CrawlFailureRate", "severity": "critical", "service": "crawler", "platform": "ctrip"}
Message = dict[str, Any]


class Ears(BaseHTTPRequestHandler):
    """Keeps what it is told."""

    heard: list[tuple[str, Message]]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.heard.append((self.path, body))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        pass


class Alertmanager:
    """A running Alertmanager with our routes, its waits shortened, its receivers here."""

    def __init__(self, folder: Path) -> None:
        ears = type("TheseEars", (Ears,), {"heard": []})
        self.heard: list[tuple[str, Message]] = ears.heard  # type: ignore[attr-defined]
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), ears)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        here = f"http://127.0.0.1:{self.server.server_port}"
        (folder / "slack_url").write_text(f"{here}/slack")
        (folder / "smtp_password").write_text("unused")
        text = CONFIG.read_text()
        for old, new in (
            ("/etc/alertmanager/secrets", str(folder)),
            ("http://localhost:9099/alerts", f"{here}/alerts"),
            # Nobody takes mail here; the other receivers hear all the same.
            ("smtp.example.org:587", f"127.0.0.1:{free_port()}"),
            ("group_wait: 10s", "group_wait: 500ms"),
            ("group_wait: 5s", "group_wait: 500ms"),
            ("group_interval: 5m", "group_interval: 1s"),
        ):
            assert old in text, old
            text = text.replace(old, new)
        (folder / "alertmanager.yml").write_text(text)
        self.port = free_port()
        options = [
            f"--config.file={folder}/alertmanager.yml",
            f"--storage.path={folder}/data",
            "--cluster.listen-address=",
        ]
        program = shutil.which("prometheus-alertmanager") or "prometheus-alertmanager"
        command = [program, *options, f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=error"]
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        wait_until(self.is_ready, pause=0.05)

    def is_ready(self) -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/-/ready", timeout=1) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def tell(self, *labels: dict[str, str], **more: str) -> None:
        """Send alerts as Prometheus does."""
        alerts = [
            {"labels": {"cluster": "test", **one}, "annotations": {"summary": "It fails"}, **more} for one in labels
        ]
        request = Request(
            f"http://127.0.0.1:{self.port}/api/v2/alerts",
            data=json.dumps(alerts).encode(),
            headers={"Content-Type": "application/json"},
        )
        urlopen(request, timeout=5).close()

    def messages(self, path: str, status: str, name: str) -> list[Message]:
        return [
            body
            for at, body in self.heard
            if at == path and body.get("status") == status and body["commonLabels"]["alertname"] == name
        ]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def alertmanager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alertmanager]:
    one = Alertmanager(tmp_path_factory.mktemp("alertmanager"))
    yield one
    one.stop()


def test_what_is_critical_is_heard_by_webhook_and_slack_and_silences_its_warning(alertmanager: Alertmanager) -> None:
    alertmanager.tell(CRITICAL, {**CRITICAL, "severity": "warning"})
    wait_until(lambda: alertmanager.messages("/alerts", "firing", "CrawlFailureRate"))
    wait_until(lambda: any(path == "/slack" for path, _ in alertmanager.heard))
    (slack, *_) = (body for path, body in alertmanager.heard if path == "/slack")
    assert slack["channel"] == "#travelcrawl-critical"
    assert "It fails" in json.dumps(slack)
    told = [
        alert["labels"]["severity"]
        for path, body in alertmanager.heard
        if path == "/alerts"
        for alert in body["alerts"]
    ]
    assert set(told) == {"critical"}


def test_another_platforms_warning_is_heard(alertmanager: Alertmanager) -> None:
    alertmanager.tell({**CRITICAL, "severity": "warning", "platform": "weibo", "alertname": "TaskFailureRate"})
    wait_until(lambda: alertmanager.messages("/alerts", "firing", "TaskFailureRate"))


def test_its_end_is_heard_too(alertmanager: Alertmanager) -> None:
    labels = {**CRITICAL, "alertname": "CrawlerBlocked"}
    alertmanager.tell(labels)
    wait_until(lambda: alertmanager.messages("/alerts", "firing", "CrawlerBlocked"))
    alertmanager.tell(labels, endsAt="2026-11-29T00:00:00Z")
    wait_until(lambda: alertmanager.messages("/alerts", "resolved", "CrawlerBlocked"))
