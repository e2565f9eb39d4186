import base64
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from sandbox.authority import Authority
from travelcrawl import settings
from travelcrawl.access.browser import (
    NOWHERE,
    PREFERENCES,
    Limits,
    Proxy,
    Trust,
    executable,
    launch,
    needs_js,
    proxy_of,
    trust_in,
)
from travelcrawl.access.verdicts import Answer
from travelcrawl.errors import UsageError

DEFAULTS: dict[str, Any] = {
    name: getattr(settings, name)
    for name in (
        "BROWSER_MAX_CONCURRENCY",
        "BROWSER_PAGE_TIMEOUT",
        "BROWSER_TASK_TIMEOUT",
        "BROWSER_MAX_FETCH_COUNT",
        "BROWSER_BLOCK",
        "MAX_TASKS",
    )
}


def test_the_defaults_are_those_that_operators_know() -> None:
    assert Limits.of(DEFAULTS) == Limits(concurrency=2, page_timeout=60, task_timeout=720, items=120, pages=50)


@pytest.mark.parametrize("name", [name for name in DEFAULTS if name != "BROWSER_BLOCK"])
@pytest.mark.parametrize("value", ["0", "-1", "many", "nan", ""])
def test_a_limit_is_a_number_above_0(name: str, value: str) -> None:
    with pytest.raises(UsageError, match=name):
        Limits.of({**DEFAULTS, name: value})


def basic(credentials: str) -> bytes:
    return b"Basic " + base64.b64encode(credentials.encode())


@pytest.mark.parametrize(
    ("url", "authorization", "proxy"),
    [
        (None, None, None),
        ("", None, None),
        ("http://gw:8000", None, Proxy(server="http://gw:8000")),
        ("https://gw:8000", basic("u:p:q"), Proxy(server="https://gw:8000", username="u", password="p:q")),
        ("http://u%40x:p%3A@gw:8000", None, Proxy(server="http://gw:8000", username="u@x", password="p:")),
        ("gw:8000", None, Proxy(server="http://gw:8000")),
        ("http://[::1]:8000", None, Proxy(server="http://[::1]:8000")),
        ("http://gw:8000", b"Bearer token", Proxy(server="http://gw:8000")),
        ("http://gw:8000", b"Basic !", Proxy(server="http://gw:8000")),
    ],
    ids=str,
)
def test_proxy_of(url: str | None, authorization: bytes | None, proxy: Proxy | None) -> None:
    assert proxy_of(url, authorization) == proxy


def test_credentials_are_not_shown() -> None:
    assert "s3cret" not in repr(proxy_of("http://u:s3cret@gw:8000"))


@pytest.mark.parametrize("is_root", [False, True])
@pytest.mark.parametrize("sandbox", [False, True])
@pytest.mark.parametrize("direct", [False, True])
def test_what_leaves_without_a_context_reaches_nothing_unless_pages_leave_directly(
    tmp_path: Path, direct: bool, sandbox: bool, is_root: bool
) -> None:
    how = launch("/usr/bin/chromium", tmp_path / "profile", direct=direct, sandbox=sandbox, is_root=is_root)
    assert how.proxy == (None if direct else NOWHERE)
    assert ("--no-proxy-server" in how.args) == direct
    assert ("--no-sandbox" in how.args) == (is_root or not sandbox)
    assert not any("ignore-certificate" in arg for arg in how.args)
    assert json.loads((tmp_path / "profile/Default/Preferences").read_text()) == PREFERENCES


def test_an_authority_is_trusted_by_an_nss_database_or_pinned(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca")
    pinned = trust_in(authority.file, tmp_path / "home", certutil=None)
    assert not pinned.is_verified
    assert len(base64.b64decode(pinned.args[0].partition("=")[2])) == 32
    certutil = shutil.which("certutil")
    if certutil is None:
        pytest.skip("no certutil: apt install libnss3-tools")
    trust = trust_in(authority.file, tmp_path / "home", certutil)
    assert trust == Trust(home=tmp_path / "home")
    assert (tmp_path / "home/.pki/nssdb/cert9.db").exists()
    how = launch(None, tmp_path / "profile", direct=True, trust=trust)
    assert how.env is not None
    assert how.env["HOME"] == str(tmp_path / "home")


def test_what_is_no_authority_and_no_program_is_said(tmp_path: Path) -> None:
    (tmp_path / "no.pem").write_text("no certificate")
    with pytest.raises(UsageError, match="no PEM certificate"):
        trust_in(tmp_path / "no.pem", tmp_path)
    with pytest.raises(UsageError, match="certutil could not"):
        trust_in(Authority(tmp_path / "ca").file, tmp_path, "/bin/false")
    with pytest.raises(UsageError, match="is no program"):
        executable("no-such-chromium")


def test_a_named_program_goes_before_the_systems() -> None:
    assert executable("sh") == shutil.which("sh")


SHELL = '<html><head><title>店</title></head><body><div id="app"></div><script src="/a.js"></script></body></html>'


@pytest.mark.parametrize(
    ("needed", "body", "kind"),
    [
        (True, SHELL, "text/html"),
        (True, "<noscript>请启用 JavaScript " + "x" * 500 + "</noscript>" + SHELL, "text/html; charset=utf-8"),
        (True, "<body>载入中…<script>" + "render();" * 20 + "</script>", "text/html"),
        (False, SHELL.replace("<div", "<p>" + "望江楼在府南河边" * 40 + "</p><div"), "text/html"),
        (False, SHELL.replace("<script", "<!-- script").replace("</script>", "-->"), "text/html"),
        (False, SHELL, "application/json"),
        (False, "", "text/html"),
        (False, '{"a": "<script src=1>"}', "text/json"),
        (False, SHELL + " " * 1_000_001, "text/html"),
    ],
    ids=range(9),
)
def test_needs_js(needed: bool, body: str, kind: str) -> None:
    assert needs_js(Answer("https://a.example/", 200, {"content-type": kind}, body.encode())) == needed
