"""What only Redis has: eviction and persistence, TLS and passwords, replicas and Sentinel."""

import logging
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
import redis
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from psutil import Process
from scrapy.settings import Settings

from tests.frontier.test_scheduler import EVERY, Fleet, Site, log_of, site
from tests.waiting import until, wait_until
from tools.servers import RedisServer, free_port
from travelcrawl.errors import BackendDown, FrontierError, UsageError
from travelcrawl.frontier.backend import Depth, Waiting
from travelcrawl.frontier.factory import connect, crawl_id, redis_backend
from travelcrawl.frontier.redis import Keys, Patience, RedisBackend, risks

__all__ = ["site"]
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


@pytest.mark.parametrize("crawl", ["a:b", "workers", "letters", "x y", "a/b"])
def test_a_crawl_id_that_would_be_mixed_up_is_refused(crawl: str) -> None:
    with pytest.raises(UsageError, match="TRAVELCRAWL_CRAWL_ID cannot be"):
        crawl_id(Settings({"TRAVELCRAWL_CRAWL_ID": crawl}))


@pytest.mark.parametrize(
    "url", ["nonsense", "http://127.0.0.1:1", f"redis://:{SECRET}@host:port/0", "redis+sentinel://a/b/c"]
)
def test_a_wrong_address_is_said_without_the_password(url: str) -> None:
    with pytest.raises(UsageError, match="is no address of Redis") as raised:
        connect(Settings({"TRAVELCRAWL_REDIS_URL": url}))
    assert SECRET not in str(raised.value)


async def test_a_full_redis_still_takes_acks(tmp_path: Path) -> None:
    server = RedisServer(tmp_path)
    server.start()
    backend = backend_of(server.url)
    await backend.open()
    await backend.push([Waiting(payload="x" * 1000, fingerprint=number) for number in range(100)])
    leases = await backend.take(50)
    with closing(server.connect()) as client:
        client.config_set("maxmemory", client.info("memory")["used_memory"] - 1000)
        with pytest.raises(BackendDown):
            await backend.push([Waiting(payload="y", fingerprint=None)])
        with pytest.raises(BackendDown):
            await backend.take(1)
        await backend.ack([lease.id for lease in leases])
        client.config_set("maxmemory", 0)
    assert await backend.depth() == Depth(waiting=50)
    await backend.close()
    server.stop()


async def test_a_worker_does_not_take_itself_for_dead(redis_server: RedisServer) -> None:
    backend = backend_of(redis_server.url, TRAVELCRAWL_LEASE=1)
    await backend.open()
    await backend.push([Waiting(payload="{}", fingerprint=None)])
    await backend.take(1)
    # As after standing still between saying that it lives and looking who does not.
    await backend.server.zadd(f"{backend.keys.queue}:workers", {backend.worker: 0})
    assert await backend.reap() == 0
    assert await backend.depth() == Depth(leased=1)
    await backend.close()


async def test_a_batch_whose_answer_was_lost_is_taken_once(redis_server: RedisServer) -> None:
    backend = RedisBackend(
        connect(Settings({"TRAVELCRAWL_REDIS_URL": redis_server.url})), "demo", Keys.of("lost"), Patience(replicas=1)
    )
    batch = [Waiting(payload="{}", fingerprint=None)]
    for _ in range(3):
        with pytest.raises(BackendDown, match="0 of 1 replicas"):
            await backend.push(batch)
    assert await backend.depth() == Depth(waiting=1)
    await backend.close()


# TLS and passwords


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


# Replicas and Sentinel


@contextmanager
def sentinels(folder: Path) -> Iterator[tuple[str, list[RedisServer]]]:
    """Run a master, a replica and three sentinels; give the address and the two servers."""
    servers = []
    for name in ("master", "replica"):
        (folder / name).mkdir()
        options = ("--replicaof", f"127.0.0.1 {servers[0].port}") if servers else ()
        servers.append(RedisServer(folder / name, *options, "--repl-diskless-sync-delay", "0"))
        servers[-1].start()
    watchers, ports = [], [free_port() for _ in range(3)]
    for port in ports:
        config = folder / f"sentinel-{port}.conf"
        config.write_text(
            f"port {port}\nbind 127.0.0.1\ndir {folder}\n"
            f"sentinel monitor travel 127.0.0.1 {servers[0].port} 2\n"
            "sentinel down-after-milliseconds travel 1000\nsentinel failover-timeout travel 4000\n"
        )
        watchers.append(subprocess.Popen(["redis-server", str(config), "--sentinel"], stdout=subprocess.DEVNULL))
    try:
        with closing(redis.Redis(port=ports[0])) as client:
            wait_until(lambda: is_watched(client))
        yield f"redis+sentinel://{','.join(f'127.0.0.1:{port}' for port in ports)}/travel/0", servers
    finally:
        for watcher in watchers:
            watcher.kill()
            watcher.wait()
        for server in servers:
            server.stop()


def is_watched(client: "redis.Redis[bytes]") -> bool:
    """Say whether the sentinels know each other and the replica."""
    try:
        state = client.sentinel_master("travel")
    except redis.exceptions.RedisError:
        return False
    return state["num-other-sentinels"] == 2 and state["num-slaves"] == 1


def is_master(client: redis.Redis) -> bool:
    """Say whether a server has been promoted; a Sentinel cuts all connections to one that it promotes."""
    try:
        return bool(client.info("replication")["role"] == "master")
    except redis.exceptions.ConnectionError:
        return False


@pytest.mark.no_cover
def test_a_failover_in_mid_crawl_loses_nothing(site: Site, tmp_path: Path) -> None:
    site.slow = 0.05
    with sentinels(tmp_path) as (url, (master, replica)), closing(Fleet(site, tmp_path, url)) as fleet:
        workers = [fleet.start("TRAVELCRAWL_LEASE=6") for _ in range(2)]
        wait_until(lambda: len(site.asked) >= 60)
        master.stop()
        with closing(replica.connect()) as client:
            wait_until(lambda: is_master(client))
        # Without it nothing new counts as durable, and the crawl waits: it comes back as the replica.
        master.start()
        logs = [log_of(worker) for worker in workers]
        assert all("(finished)" in log for log in logs), logs
        assert set(fleet.items()) == EVERY
        assert max(fleet.items().values()) == 1
        with closing(replica.connect()) as client:
            assert client.hlen(f"numbers:requests:{tmp_path.name}:entries") == 0
            assert client.hlen(f"numbers:requests:{tmp_path.name}:letters") == 0
