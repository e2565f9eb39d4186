"""Save a whole system, keep the backups of some days, and put one back into an empty system."""

from __future__ import annotations

import hmac
import re
import shutil
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from scrapy.settings import BaseSettings

from travelcrawl import settings as ours
from travelcrawl.backup import archive
from travelcrawl.backup.frontier import RedisFrontier, SqliteFrontier
from travelcrawl.backup.geopackage import GeoPackageBackup
from travelcrawl.backup.manifest import NAME, Manifest
from travelcrawl.backup.postgis import PostgisBackup
from travelcrawl.errors import BackupError
from travelcrawl.frontier.server import redis_url
from travelcrawl.pipelines.authors import DEFAULT_PATH, author_key
from travelcrawl.stores.whole import whole_folder

FOLDER = "backups"
KEEP = 7
"""Days that a backup is kept; of the weeks before, the last one of each."""
WEEKS = 4
STAMP = "%Y%m%dT%H%M%SZ"
SECRET = frozenset(
    {
        *("SECRET_KEY", "AMAP_KEY", "SENTRY_DSN", "OTEL_EXPORTER_OTLP_ENDPOINT"),
        *("HTTP_PROXY", "TRAVELCRAWL_PROXIES", "TRAVELCRAWL_DATABASE_URL", "TRAVELCRAWL_REDIS_URL"),
    }
)
"""Settings that are, or may hold, a secret: no manifest names them."""


class Part(Protocol):
    """A part of a system that can be saved and put back."""

    kind: str

    def save(self, folder: Path, manifest: Manifest) -> None:
        """Save it into a folder and note in the manifest what it holds."""

    def check_empty(self, manifest: Manifest) -> None:
        """Raise BackupError unless this system has nothing there."""

    def load(self, folder: Path, manifest: Manifest) -> None:
        """Put it back and compare it with the manifest."""


def store_of(settings: BaseSettings) -> Part:
    """Return the store of the settings."""
    url = settings["TRAVELCRAWL_DATABASE_URL"]
    return PostgisBackup(url) if url else GeoPackageBackup(Path(settings["TRAVELCRAWL_STORE"]))


def frontier_of(settings: BaseSettings, platforms: Sequence[str]) -> Part:
    """Return the frontier of the settings."""
    return RedisFrontier(settings, platforms) if redis_url(settings) else SqliteFrontier(settings)


def backup(settings: BaseSettings, platforms: Sequence[str], folder: Path, now: datetime) -> tuple[Path, Manifest]:
    """Save the system into a new folder below one, whole or not at all; return it and what is in it.

    The frontier comes first: what is fetched between the two is then fetched once more, and nothing is missed. Raises
    TravelcrawlError.
    """
    store, frontier = store_of(settings), frontier_of(settings, platforms)
    manifest = Manifest(made_at=now, store=store.kind, frontier=frontier.kind, author_key=key_mark(settings))
    manifest.settings = configuration(settings)
    path = folder / now.strftime(STAMP)
    if path.exists():
        raise BackupError(f"{path} is there already; wait a second")
    with whole_folder(path) as made:
        frontier.save(made, manifest)
        store.save(made, manifest)
        archive.save(settings["TRAVELCRAWL_ARCHIVE"], made)
        manifest.write(made)
    return path, manifest


def restore(settings: BaseSettings, platforms: Sequence[str], folder: Path) -> tuple[Manifest, list[str]]:
    """Put a backup back; return its manifest and what should be known of it, a sentence each.

    Nothing is written before all files are found whole and the system empty. The frontier comes last: workers begin only
    when the store is there. Raises TravelcrawlError.
    """
    manifest = Manifest.read(_one_of(folder))
    store, frontier = store_of(settings), frontier_of(settings, platforms)
    if store.kind != manifest.store:
        other = (
            "set TRAVELCRAWL_DATABASE_URL" if manifest.store == "postgis" else "leave TRAVELCRAWL_DATABASE_URL empty"
        )
        raise BackupError(f"the backup holds a store of the kind {manifest.store}; {other}")
    if frontier.kind != manifest.frontier and manifest.queues:
        other = "set TRAVELCRAWL_REDIS_URL" if manifest.frontier == "redis" else "leave TRAVELCRAWL_REDIS_URL empty"
        raise BackupError(f"the backup holds a frontier of the kind {manifest.frontier}; {other}")
    for part in (store, frontier):
        part.check_empty(manifest)
    for part in (store, frontier):
        part.load(folder, manifest)
    return manifest, list(_notices(settings, folder, manifest))


def _notices(settings: BaseSettings, folder: Path, manifest: Manifest) -> Iterable[str]:
    if manifest.author_key != key_mark(settings):
        yield "its author hashes were made with another key: put back SECRET_KEY, or the file TRAVELCRAWL_SECRET_FILE"
    if gone := archive.missing(settings["TRAVELCRAWL_ARCHIVE"], folder):
        yield f"of the archive {len(gone)} files are missing here, such as {gone[0]}"


def configuration(settings: BaseSettings) -> dict[str, str]:
    """Return the settings of settings.py by name, as they are now, without those that may hold a secret."""
    names = sorted(name for name in vars(ours) if name.isupper() and name not in SECRET)
    values = {name: settings[name] for name in names}
    return {name: str(value) for name, value in values.items() if isinstance(value, str | int | float) and value != ""}


def key_mark(settings: BaseSettings) -> str | None:
    """Return what the key of the author hashes is known again by, None where there is none yet."""
    path = Path(settings["TRAVELCRAWL_SECRET_FILE"] or DEFAULT_PATH)
    if not settings["SECRET_KEY"] and not path.exists():
        return None
    return hmac.digest(author_key(dict(settings)), b"travelcrawl backup", "sha256").hex()[:16]


def backups(folder: Path) -> dict[Path, datetime]:
    """Return the whole backups below a folder with the times they were made."""
    found = {}
    for path in sorted(folder.glob("*Z")):
        if re.fullmatch(r"\d{8}T\d{6}Z", path.name) and (path / NAME).exists():
            found[path] = datetime.strptime(path.name, STAMP).replace(tzinfo=UTC)
    return found


def expired(made: Iterable[datetime], now: datetime, days: int = KEEP) -> set[datetime]:
    """Return the times of backups to remove: older than some days, unless the last of one of the WEEKS weeks before."""
    old = sorted(time for time in made if time < now - timedelta(days=days))
    last = {time.isocalendar()[:2]: time for time in old}
    kept = {time for time in last.values() if time >= now - timedelta(days=days, weeks=WEEKS)}
    return set(old) - kept


def clear(folder: Path, now: datetime, days: int = KEEP) -> list[Path]:
    """Remove expired backups and return where they were. Raises BackupError."""
    found = backups(folder)
    gone = expired(found.values(), now, days)
    removed = [path for path, made in found.items() if made in gone]
    for path in removed:
        try:
            shutil.rmtree(path)
        except OSError as error:
            raise BackupError(f"the old backup {path} cannot be removed: {error.strerror}") from None
    return removed


def _one_of(folder: Path) -> Path:
    """Return the folder where it is a backup. Raises BackupError, naming the latest where it holds several."""
    if not (folder / NAME).exists() and (inside := backups(folder)):
        raise BackupError(f"{folder} holds {len(inside)} backups; name one, the latest is {max(inside)}")
    return folder
