"""A store as a server of its own, to be stalled and killed: python -m tools.chaos.store PORT FILE.

A batch is one line of JSON, a list of numbers; ``ok`` comes back when it is committed. What is there already stays one row.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys


async def main(port: int, path: str) -> None:
    """Serve until killed."""
    db = sqlite3.connect(path, isolation_level=None)
    db.executescript("PRAGMA journal_mode=WAL; CREATE TABLE IF NOT EXISTS items (n INTEGER)")
    db.execute("CREATE INDEX IF NOT EXISTS by_number ON items (n)")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await _line(reader):
            db.execute("BEGIN IMMEDIATE")
            rows = ((number,) for number in json.loads(line))
            db.executemany("INSERT INTO items SELECT ?1 WHERE NOT EXISTS (SELECT 1 FROM items WHERE n = ?1)", rows)
            db.execute("COMMIT")
            writer.write(b"ok\n")
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", port, limit=1 << 24)
    await server.serve_forever()


async def _line(reader: asyncio.StreamReader) -> bytes:
    """Return a line, nothing where the worker was killed."""
    try:
        return await reader.readline()
    except ConnectionError:
        return b""


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
