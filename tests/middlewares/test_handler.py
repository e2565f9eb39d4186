import subprocess
import sys
from pathlib import Path

import pytest

RESETTING = Path(__file__).with_name("resetting.py")


@pytest.mark.parametrize(
    ("handler", "times"),
    [
        ("travelcrawl.middlewares.handler.OnceHandler", "1"),
        # If this one is no longer 2, ours has become needless.
        ("scrapy.core.downloader.handlers.http11.HTTP11DownloadHandler", "2"),
    ],
)
def test_what_is_reset_is_not_sent_again_unasked(handler: str, times: str) -> None:
    done = subprocess.run([sys.executable, RESETTING, handler], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() == times, done.stderr
