"""How a browser is launched, whom it trusts and what it may load; when a page needs one."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
from binascii import Error as NotBase64
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

import attrs
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import Certificate, load_pem_x509_certificates
from parsel import Selector

from travelcrawl.access.verdicts import Answer
from travelcrawl.errors import UsageError

SYSTEMS_CHROMIUM = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
NOWHERE = "http://127.0.0.1:9"
"""Proxy of everything a browser sends that no page of ours asked for: port 9 (discard), where nothing listens."""

FLAGS = (
    # Chromium's own business; Playwright switches off more of it (updates, field trials, sync, translation, predictions).
    "--disable-background-networking",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-pings",
    # Ways around a proxy: UDP, names resolved ahead.
    "--disable-quic",
    "--dns-prefetch-disable",
    "--force-webrtc-ip-handling-policy",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    # /dev/shm has 64 MB in a container.
    "--disable-dev-shm-usage",
    "--disable-gpu",
)

PREFERENCES: Mapping[str, object] = {
    # After a certificate it does not trust, or five seconds of TLS, Chromium asks Google through the page's proxy whether
    # there is a captive portal, as HeadlessChrome; this is its only switch (Chromium 156, 2026-11-22).
    "alternate_error_pages": {"enabled": False},
    "net": {"network_prediction_options": 2},
    "safebrowsing": {"enabled": False},
    "search": {"suggest_enabled": False},
}
"""What no flag says, for its profile."""


@attrs.frozen(kw_only=True)
class Limits:
    """What browsers may cost a crawl."""

    concurrency: int = 2
    """Pages open at once."""
    page_timeout: float = 60.0
    """Seconds from opening a page to its content."""
    task_timeout: float = 720.0
    """Seconds of a request in all: its wait for a place, the launch of a browser, its page."""
    items: int = 120
    """Items that are taken of one page."""
    pages: int = 50
    """Pages of a browser, which then makes way for a fresh one."""
    blocked: frozenset[str] = frozenset({"image", "font", "media"})
    """Kinds of resources that are not loaded, in Chromium's words."""

    @classmethod
    def of(cls, settings: Mapping[str, object]) -> Limits:
        """Read the ``BROWSER_*`` settings and MAX_TASKS. Raises UsageError where one is no number above 0."""

        def number(name: str) -> float:
            try:
                value = float(str(settings[name]))
            except ValueError:
                value = 0.0
            if not value > 0:
                raise UsageError(f"{name}={settings[name]!r} must be a number above 0")
            return value

        return cls(
            concurrency=max(1, int(number("BROWSER_MAX_CONCURRENCY"))),
            page_timeout=number("BROWSER_PAGE_TIMEOUT"),
            task_timeout=number("BROWSER_TASK_TIMEOUT"),
            items=max(1, int(number("BROWSER_MAX_FETCH_COUNT"))),
            pages=max(1, int(number("MAX_TASKS"))),
            blocked=frozenset(str(settings["BROWSER_BLOCK"]).replace(",", " ").split()),
        )


def executable(named: str = "") -> str | None:
    """Return the path of Chromium: the one named, else the system's; None: Playwright's own. Raises UsageError."""
    if named:
        found = shutil.which(named)
        if found is None:
            raise UsageError(f"TRAVELCRAWL_CHROMIUM={named!r} is no program; name Chromium's, or leave it empty")
        return found
    return next((found for name in SYSTEMS_CHROMIUM if (found := shutil.which(name))), None)


def is_installed() -> bool:
    """Say whether the packages are there that drive a browser (extra ``browser``)."""
    return all(find_spec(name) for name in ("scrapy_playwright", "playwright", "psutil"))


@attrs.frozen(kw_only=True)
class Proxy:
    """A proxy as Chromium's contexts take it."""

    server: str
    username: str = attrs.field(default="", repr=False)
    password: str = attrs.field(default="", repr=False)


def proxy_of(url: str | None, authorization: bytes | None = None) -> Proxy | None:
    """Return the proxy of a request: ``meta["proxy"]``, and the Proxy-Authorization that HttpProxyMiddleware made of its credentials."""
    if not url:
        return None
    parts = urlsplit(url if "://" in url else f"http://{url}")
    username, password = unquote(parts.username or ""), unquote(parts.password or "")
    scheme, _, coded = (authorization or b"").partition(b" ")
    if scheme.lower() == b"basic":
        with suppress(NotBase64):
            username, _, password = base64.b64decode(coded).decode("utf-8", "replace").partition(":")
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = f":{parts.port}" if parts.port else ""
    return Proxy(server=f"{parts.scheme}://{host}{port}", username=username, password=password)


@attrs.frozen(kw_only=True)
class Launch:
    """How to launch a browser."""

    path: str | None
    profile: Path
    """Folder of its profile, its own."""
    args: tuple[str, ...]
    env: Mapping[str, str] | None
    """None: this process's."""
    proxy: str | None
    """Of what no context sends."""


def launch(
    path: str | None,
    profile: Path,
    *,
    direct: bool,
    trust: Trust | None = None,
    sandbox: bool = True,
    is_root: bool | None = None,
) -> Launch:
    """Say how to launch a browser: one whose pages leave ``direct``, or one that reaches nothing but by its contexts' proxies.

    Writes the profile's preferences.
    """
    (profile / "Default").mkdir(parents=True)
    (profile / "Default" / "Preferences").write_text(json.dumps(PREFERENCES), encoding="utf-8")
    is_root = os.geteuid() == 0 if is_root is None else is_root
    args = [*FLAGS, *(trust.args if trust else ())]
    if is_root or not sandbox:
        # Chromium's sandbox does not run as root, nor without user namespaces.
        args.append("--no-sandbox")
    if direct:
        # Else it takes the proxies of the environment.
        args.append("--no-proxy-server")
    env = {**os.environ, "HOME": str(trust.home)} if trust and trust.home else None
    return Launch(path=path, profile=profile, args=tuple(args), env=env, proxy=None if direct else NOWHERE)


@attrs.frozen(kw_only=True)
class Trust:
    """How Chromium comes to trust further certificate authorities: it reads neither SSL_CERT_FILE nor the system's bundle."""

    home: Path | None = None
    """Home folder with an NSS database that holds them: chains are verified as any other."""
    args: tuple[str, ...] = ()
    """Without certutil: their pins. Any server that sends a pinned authority in its chain is then believed."""

    @property
    def is_verified(self) -> bool:
        """True where a certificate has to be signed by the authority, not only to be sent with it."""
        return self.home is not None


def trust_in(authorities: Path, home: Path, certutil: str | None = shutil.which("certutil")) -> Trust:
    """Have Chromium trust the authorities of a PEM file: in an NSS database under ``home``, or pinned where there is no certutil.

    Raises UsageError where the file holds none.
    """
    try:
        certificates = load_pem_x509_certificates(authorities.read_bytes())
    except (OSError, ValueError) as error:
        raise UsageError(f"TRAVELCRAWL_CA_FILE {str(authorities)!r} holds no PEM certificate: {error}") from None
    if certutil is None:
        return Trust(args=(f"--ignore-certificate-errors-spki-list={','.join(map(_pin, certificates))}",))
    database = home / ".pki" / "nssdb"
    database.mkdir(parents=True, exist_ok=True)
    run = [certutil, "-d", f"sql:{database}"]
    _run([*run, "-N", "--empty-password"])
    for number, certificate in enumerate(certificates):
        pem = certificate.public_bytes(Encoding.PEM)
        _run([*run, "-A", "-n", f"travelcrawl-{number}", "-t", "C,,"], pem)
    return Trust(home=home)


def _run(command: Sequence[str], said: bytes = b"") -> None:
    try:
        subprocess.run(command, input=said, check=True, capture_output=True, timeout=30)  # noqa: S603 - certutil's own path
    except (OSError, subprocess.SubprocessError) as error:
        raise UsageError(f"certutil could not give Chromium the authorities of TRAVELCRAWL_CA_FILE: {error}") from None


def _pin(certificate: Certificate) -> str:
    """Return the pin of a key: SHA-256 of its SubjectPublicKeyInfo, in base64 (RFC 7469 2.4)."""
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(key).digest()).decode()


SHOWN = "//body//text()[not(ancestor::script or ancestor::style or ancestor::noscript or ancestor::template)]"
SEEN = 200
"""Characters of text from which a page is taken to show something by itself."""
LONGEST = 1_000_000
"""Characters of a page beyond which it is no mere shell."""


def needs_js(answer: Answer) -> bool:
    """Say whether an answer is a page that shows (nearly) nothing until its program has run.

    To be asked of an answer that nothing was read in: a page may keep its data in the program itself.
    """
    kind = answer.headers.get("content-type", "text/html")
    if "html" not in kind or not answer.text.strip() or len(answer.text) > LONGEST:
        return False
    document = Selector(text=answer.text)
    if not document.xpath("//script[@src or string-length() > 40]"):
        return False
    return len("".join("".join(document.xpath(SHOWN).getall()).split())) < SEEN
