"""A crawl that sends traces, errors and JSON logs to servers of the test; and one whose servers are not there."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from sandbox.client import Running, running
from tests import programs
from tests.loopback import LoopbackHandler, LoopbackSite, Page, serving
from tools.servers import free_port

ROOT = Path(__file__).parents[2]


class Sink(LoopbackSite):
    """Takes whatever is posted to it."""

    def __init__(self) -> None:
        super().__init__(_Handler)
        self.taken: list[tuple[str, bytes]] = []


class _Handler(LoopbackHandler):
    server: Sink

    def page(self) -> Page:
        packed = self.headers.get("Content-Encoding") == "gzip"
        self.server.taken.append((self.path, gzip.decompress(self.body) if packed else self.body))
        return 200, b"", {}


@pytest.fixture(scope="module")
def web() -> Iterator[Running]:
    # One answer is a refusal, one unpacks to more than is allowed: a dead letter.
    with running(size=40, faults=["forbidden:you.ctrip.com:1", "gzip_bomb:you.ctrip.com:1"]) as web:
        yield web


def crawl(web: Running, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith("TRAVELCRAWL_")},
        **web.env,
        "TRAVELCRAWL_STORE": str(folder / "travel.gpkg"),
        "TRAVELCRAWL_SECRET_FILE": str(folder / "secret"),
        "TRAVELCRAWL_PROGRESS": "off",
        "TRAVELCRAWL_METRICS_PORT": "0",
        "TRAVELCRAWL_LOGS": "json",
        "JOBDIR": str(folder / "frontier"),
        **settings,
    }
    return programs.run("-m", "scrapy", "crawl", "ctrip", "-a", "city=成都", cwd=ROOT, env=env)


def lines(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_traces_errors_and_logs(web: Running, tmp_path: Path) -> None:
    with serving(Sink()) as sink:
        done = crawl(
            web,
            tmp_path,
            OTEL_EXPORTER_OTLP_ENDPOINT=sink.url,
            OTEL_TRACES_SAMPLER_ARG="1",
            SENTRY_DSN=f"http://public@{sink.address}/1",
            APP_ENV="test",
        )
    assert "Traceback" not in done.stderr
    told = lines(done)
    messages = [line["msg"] for line in told]
    for event in (
        "service started: ctrip",
        "database connected: ",
        "crawler blocked detected: ctrip forbidden",
        "service stopped",
    ):
        assert any(message.startswith(event) for message in messages), event
    assert any(line["level"] == "ERROR" and line["msg"].startswith("task processing failed: ") for line in told)

    spans = [
        span
        for path, body in sink.taken
        if path == "/v1/traces"
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    (of_crawl,) = [span for span in spans if span.name == "crawl ctrip"]
    assert {line["trace_id"] for line in told if line["msg"].startswith("crawler blocked")} == {of_crawl.trace_id.hex()}
    requests = [{one.key: one.value for one in span.attributes} for span in spans if span.links]
    assert len(requests) == len(spans) - 1 > 0
    assert {one["platform"].string_value for one in requests} == {"ctrip"}
    assert {one["egress"].string_value for one in requests} == {"proxy"}
    assert {"ok", "forbidden"} <= {one["verdict"].string_value for one in requests}
    assert {200, 403} <= {one["http.response.status_code"].int_value for one in requests}

    events = [body for path, body in sink.taken if path == "/api/1/envelope/"]
    text = b"\n".join(events).decode()
    assert "task processing failed" in text
    assert '"environment":"test"' in text


def test_servers_that_are_not_there_harm_nothing(web: Running, tmp_path: Path) -> None:
    port = free_port()
    done = crawl(
        web,
        tmp_path,
        OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{port}",
        OTEL_TRACES_SAMPLER_ARG="1",
        SENTRY_DSN=f"http://public@127.0.0.1:{port}/1",
    )
    assert "Traceback" not in done.stdout + done.stderr
    said = [line["msg"] for line in lines(done)]
    assert len([one for one in said if one.startswith(f"traces are not taken by http://127.0.0.1:{port}")]) == 1
    assert len([one for one in said if one.startswith("errors are not taken by the server of SENTRY_DSN")]) == 1
    assert any(one.startswith("service stopped: finished") for one in said)


def test_a_dsn_that_is_none(web: Running, tmp_path: Path) -> None:
    done = crawl(web, tmp_path, SENTRY_DSN="not a dsn")
    assert any("SENTRY_DSN is wrong" in line["msg"] for line in lines(done))
    assert "Traceback" not in done.stdout + done.stderr
