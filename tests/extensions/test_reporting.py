from __future__ import annotations

from typing import Any

import pytest

from travelcrawl.extensions.reporting import HIDDEN, hide


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ({"Authorization": "Basic dTpw"}, {"Authorization": HIDDEN}),
        (
            {"headers": {"cookie": "a=b", "X-Api-Key": "k", "Accept": "*/*"}},
            {"headers": {"cookie": HIDDEN, "X-Api-Key": HIDDEN, "Accept": "*/*"}},
        ),
        ({"Proxy-Authorization": "x", "Set-Cookie": "y"}, {"Proxy-Authorization": HIDDEN, "Set-Cookie": HIDDEN}),
        ({"AMAP_KEY": "k", "api_key": "k", "password": ""}, {"AMAP_KEY": "k", "api_key": HIDDEN, "password": ""}),
        ({"meta": {"proxy": "http://u:p@10.0.0.1:8000"}}, {"meta": {"proxy": HIDDEN}}),
        ("through http://user:pa55@gw.example:8000 failed", f"through http://{HIDDEN}@gw.example:8000 failed"),
        ("GET https://x.example/v3?key=abc&city=1", f"GET https://x.example/v3?key={HIDDEN}&city=1"),
        ("sent Cookie: a=b; c=d", f"sent Cookie: {HIDDEN}"),
        ("{'authorization': 'Bearer abc'}", f"{{'authorization': {HIDDEN}"),
        ([{"token": "t"}, ("x", 1)], [{"token": HIDDEN}, ["x", 1]]),
        (7, 7),
    ],
)
def test_what_is_secret_is_hidden(said: Any, left: Any) -> None:
    assert hide(said) == left
