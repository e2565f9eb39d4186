"""A GeoPackage store in a backup: one file, copied by SQLite's backup interface."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import orjson

from travelcrawl.backup.manifest import Manifest, Sum, Tally, compare
from travelcrawl.errors import BackupError
from travelcrawl.stores import gpkg_file
from travelcrawl.stores.base import LAYERS
from travelcrawl.stores.geopackage import GeoPackageReader
from travelcrawl.stores.whole import whole

FILE = "store.gpkg"


class GeoPackageBackup:
    """Saves and restores a GeoPackage. Raises StoreError, BackupError."""

    kind = "geopackage"

    def __init__(self, path: Path) -> None:
        self.path = path

    def save(self, folder: Path, manifest: Manifest) -> None:
        """Copy the file as it is at one moment, also while others write it."""
        GeoPackageReader(self.path).close()
        copy(self.path, folder / FILE)
        with gpkg_file.troubles(self.path), closing(sqlite3.connect(folder / FILE)) as connection:
            gpkg_file.check(connection, self.path, whole=True)
        manifest.tables = tally(folder / FILE)
        manifest.versions["sqlite"] = sqlite3.sqlite_version

    def check_empty(self, manifest: Manifest) -> None:  # noqa: ARG002 (the other store asks it)
        """Raise BackupError unless there is no file."""
        if self.path.exists():
            raise BackupError(
                f"{self.path} is there already; a backup is restored only where there is none: move it away"
            )

    def load(self, folder: Path, manifest: Manifest) -> None:
        """Put the file back, and compare what it holds with the manifest."""
        with whole(self.path) as made:
            shutil.copyfile(folder / FILE, made)
            compare("GeoPackage", manifest.tables, tally(made))


def copy(source: Path, target: Path) -> None:
    """Copy a SQLite file whose writers go on meanwhile; the copy is one file. Raises StoreError."""
    with gpkg_file.troubles(source):
        uri = f"{source.absolute().as_uri()}?mode=ro"
        with (
            closing(sqlite3.connect(uri, uri=True, timeout=gpkg_file.BUSY)) as there,
            closing(sqlite3.connect(target)) as here,
        ):
            there.backup(here)
            here.execute("PRAGMA journal_mode = DELETE")


def tally(path: Path) -> dict[str, Tally]:
    """Return what each layer of a GeoPackage holds. Raises StoreError."""
    with GeoPackageReader(path) as reader:
        found = {}
        for layer in LAYERS:
            total = Sum()
            for row in reader.read(layer):
                total.add(orjson.dumps(row, option=orjson.OPT_SORT_KEYS))
            found[layer] = total.tally
    return found
