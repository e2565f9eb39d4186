"""How Redis is reached: addresses, TLS and passwords; what it would lose."""

import logging
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from psutil import Process
from scrapy.settings import Settings

from tests.waiting import until
from tools.servers import RedisServer, free_port
from travelcrawl.errors import BackendDown, FrontierError, UsageError
from travelcrawl.frontier.backend import Waiting
from travelcrawl.frontier.factory import redis_backend
from travelcrawl.frontier.redis import RedisBackend
from travelcrawl.frontier.server import connect, risks

SECRET = "s3cret-of-redis"


def backend_of(url: str, **settings: object) -> RedisBackend:
    return redis_backend(Settings({"TRAVELCRAWL_REDIS_URL": url, **settings}), "demo", "x")


@pytest.mark.parametrize(
    ("policy", "append_only", "save", "said"),
    [
        ("noeviction", True, "", []),
        ("allkeys-lru", True, "", ["throws away requests that wait"]),
        ("volatile-ttl", True, None, ["throws away requests that wait"]),
        ("noeviction", False, "", ["a restart loses the whole crawl"]),
        ("noeviction", False, "3600 1", ["loses what came since the last"]),
        ("noeviction", False, None, ["loses what came since the last"]),
        ("allkeys-lru", False, "", ["throws away", "loses the whole crawl"]),
    ],
)
def test_what_is_at_risk_is_said(policy: str, append_only: bool, save: str | None, said: list[str]) -> None:
    found = risks(policy, append_only, save)
    assert len(found) == len(said)
    assert all(part in sentence for part, sentence in zip(said, found, strict=True))


async def test_a_server_is_asked_what_is_at_risk(redis_server: RedisServer) -> None:
    backend = backend_of(redis_server.url)
    assert await backend.check() == []
    with closing(redis_server.connect()) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        assert len(await backend.check()) == 1
        client.config_set("maxmemory-policy", "noeviction")
    await backend.close()


@pytest.mark.parametrize(
    "url", ["nonsense", "http://127.0.0.1:1", f"redis://:{SECRET}@host:port/0", "redis+sentinel://a/b/c"]
)
def test_a_wrong_address_is_said_without_the_password(url: str) -> None:
    with pytest.raises(UsageError, match="is no address of Redis") as raised:
        connect(Settings({"TRAVELCRAWL_REDIS_URL": url}))
    assert SECRET not in str(raised.value)


def certify(folder: Path) -> tuple[Path, Path, Path]:
    """Make an authority and a certificate for 127.0.0.1; return their files and the key's."""
    now = datetime.now(UTC)

    def build(name: str, issuer: str, key: ec.EllipticCurvePrivateKey, signer: ec.EllipticCurvePrivateKey) -> bytes:
        builder = x509.CertificateBuilder(
            issuer_name=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]),
            subject_name=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]),
            public_key=key.public_key(),
            serial_number=x509.random_serial_number(),
            not_valid_before=now - timedelta(days=1),
            not_valid_after=now + timedelta(days=1),
        ).add_extension(x509.BasicConstraints(ca=name == issuer, path_length=None), critical=True)
        if name != issuer:
            names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
            builder = builder.add_extension(names, critical=False)
        return builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    authority, server = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    files = folder / "ca.pem", folder / "server.pem", folder / "server.key"
    files[0].write_bytes(build("authority", "authority", authority, authority))
    files[1].write_bytes(build("server", "authority", server, authority))
    files[2].write_bytes(
        server.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return files


@pytest.fixture
def tls_server(tmp_path: Path) -> Iterator[RedisServer]:
    authority, certificate, key = certify(tmp_path)
    port = free_port()
    server = RedisServer(
        tmp_path,
        *("--port", "0", "--tls-port", str(port), "--tls-auth-clients", "no", "--requirepass", SECRET),
        *("--tls-cert-file", str(certificate), "--tls-key-file", str(key), "--tls-ca-cert-file", str(authority)),
        port=port,
        password=SECRET,
        ssl=True,
        ssl_ca_certs=str(authority),
    )
    server.port = port
    server.start()
    yield server
    server.stop()


async def test_over_tls_with_a_password(tls_server: RedisServer, tmp_path: Path) -> None:
    backend = backend_of(
        f"rediss://:{SECRET}@127.0.0.1:{tls_server.port}/0", TRAVELCRAWL_CA_FILE=str(tmp_path / "ca.pem")
    )
    await backend.open()
    assert await backend.push([Waiting(payload="{}", fingerprint=1)]) == 1
    await backend.close()


async def closed(port: int) -> None:
    """Wait until no connection to the port is left.

    redis-py 8.1 does not wait for the end of TLS after a refused password: on a busy machine the loop was gone before it (2026-11-29).
    """
    await until(lambda: not any(wire.raddr and wire.raddr.port == port for wire in Process().net_connections()))


@pytest.mark.parametrize(
    ("url", "trusted", "error"),
    [
        (f"rediss://:{SECRET}@127.0.0.1:{{}}/0", False, BackendDown),
        (f"rediss://:wrong-{SECRET}@127.0.0.1:{{}}/0", True, FrontierError),
        (f"redis://:{SECRET}@127.0.0.1:{{}}/0", True, BackendDown),
    ],
)
async def test_what_is_wrong_with_tls_or_the_password_shows_no_secret(
    tls_server: RedisServer, tmp_path: Path, caplog: pytest.LogCaptureFixture, url: str, trusted: bool, error: type
) -> None:
    caplog.set_level(logging.DEBUG)
    authority = str(tmp_path / "ca.pem") if trusted else ""
    backend = backend_of(url.format(tls_server.port), TRAVELCRAWL_CA_FILE=authority)
    with pytest.raises(error) as raised:
        await backend.open()
    await backend.server.aclose()
    await closed(tls_server.port)
    assert SECRET not in f"{raised.value!r} {raised.value.__cause__!r} {caplog.text}"
