from pathlib import Path

import pytest

from tests import programs

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
    done = programs.run(str(RESETTING), handler)
    assert done.stdout.strip() == times, done.stderr
