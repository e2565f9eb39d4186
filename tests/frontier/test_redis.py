"""What only Redis has: memory that is full, workers that live, replicas and Sentinel."""

import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import redis
from scrapy.settings import Settings

from tests.frontier.test_scheduler import EVERY, Fleet, Site, log_of, site
from tests.frontier.test_server import backend_of
from tests.waiting import wait_until
from tools.servers import RedisServer, free_port
from travelcrawl.errors import BackendDown
from travelcrawl.frontier.backend import Depth, Waiting
from travelcrawl.frontier.redis import Keys, Patience, RedisBackend
from travelcrawl.frontier.server import connect

__all__ = ["site"]


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
