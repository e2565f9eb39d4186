import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from travelcrawl.errors import FrontierError
from travelcrawl.frontier.backend import Depth, Waiting
from travelcrawl.frontier.sqlite import SqliteBackend


async def test_sigkill_loses_nothing_that_was_pushed(tmp_path: Path) -> None:
    backend = SqliteBackend(tmp_path / "f.sqlite", "demo")
    await backend.open()
    script = (
        "import asyncio, sys, os, signal\n"
        "from pathlib import Path\n"
        "from travelcrawl.frontier.sqlite import SqliteBackend\n"
        "from travelcrawl.frontier.backend import Waiting\n"
        "async def main():\n"
        "    backend = SqliteBackend(Path(sys.argv[1]), 'demo')\n"
        "    await backend.open()\n"
        "    await backend.push([Waiting(payload='{}', fingerprint=n) for n in range(50)])\n"
        "    await backend.ack([lease.id for lease in await backend.take(10)])\n"
        "    await backend.take(20)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())\n"
    )
    done = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", script, str(backend.path)], check=False)
    assert done.returncode == -9
    assert await backend.reap() == 20
    assert await backend.depth() == Depth(waiting=40)
    assert await backend.push([Waiting(payload="{}", fingerprint=7)]) == 0
    await backend.close()


@pytest.mark.parametrize("content", [b"rubbish" * 1000, b"SQLite format 3\x00" + b"\xff" * 5000])
async def test_a_damaged_file_is_said_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "f.sqlite"
    path.write_bytes(content)
    with pytest.raises(FrontierError, match="is damaged"):
        await SqliteBackend(path, "demo").open()


async def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FrontierError, match="JOBDIR names its folder"):
        await SqliteBackend(tmp_path / "file" / "f.sqlite", "demo").open()
