"""Where requests wait is chosen by settings."""

import pytest
from scrapy.settings import Settings

from travelcrawl.errors import UsageError
from travelcrawl.frontier.factory import crawl_id


@pytest.mark.parametrize("crawl", ["a:b", "workers", "letters", "x y", "a/b"])
def test_a_crawl_id_that_would_be_mixed_up_is_refused(crawl: str) -> None:
    with pytest.raises(UsageError, match="TRAVELCRAWL_CRAWL_ID cannot be"):
        crawl_id(Settings({"TRAVELCRAWL_CRAWL_ID": crawl}))
