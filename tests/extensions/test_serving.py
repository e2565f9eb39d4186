from __future__ import annotations

import json
from typing import Any

import pytest
from scrapy.settings import Settings
from twisted.web.test.requesthelper import DummyRequest

from travelcrawl.errors import UsageError
from travelcrawl.extensions.serving import Pages, ports_of


@pytest.mark.parametrize(
    ("said", "ports"),
    [
        ({}, [9410]),
        ({"PROMETHEUS_PORT": 9500}, [9500]),
        ({"PROMETHEUS_PORT": [9500, 9510]}, [9500, 9510]),
        ({"PROMETHEUS_PORT": "[9500, 9510]"}, [9500, 9510]),
        ({"TRAVELCRAWL_METRICS_PORT": "9411", "PROMETHEUS_PORT": 9500}, [9411]),
        ({"TRAVELCRAWL_METRICS_PORT": "9411,9412 9413"}, [9411, 9412, 9413]),
        ({"TRAVELCRAWL_METRICS_PORT": "0"}, [0]),
        ({"TRAVELCRAWL_METRICS_PORT": "65536"}, None),
        ({"TRAVELCRAWL_METRICS_PORT": "-1"}, None),
        ({"TRAVELCRAWL_METRICS_PORT": "http"}, None),
        ({"TRAVELCRAWL_METRICS_PORT": ","}, None),
    ],
)
def test_ports(said: dict[str, Any], ports: list[int] | None) -> None:
    if ports is not None:
        assert ports_of(Settings(said)) == ports
        return
    with pytest.raises(UsageError, match="it can be a port, or several with commas"):
        ports_of(Settings(said))


@pytest.mark.parametrize(
    ("path", "trouble", "status", "word"),
    [
        ("live", "", 200, "alive"),
        ("live", "stuck: jobs wait though places are free", 503, "stuck: jobs wait though places are free"),
        ("health", "stuck", 200, "healthy"),
        ("nothing", "", 404, None),
    ],
)
def test_what_is_answered(path: str, trouble: str, status: int, word: str | None) -> None:
    request: Any = DummyRequest([path])
    request.path = f"/{path}".encode()
    body = Pages(dict, trouble=lambda: trouble).render_GET(request)
    assert isinstance(body, bytes)
    assert request.responseCode == status
    assert json.loads(body).get("status") == word
