"""Douyin: only videos and picture notes that a person shares; search, lists and comments want a signature."""

from __future__ import annotations

from travelcrawl.spiders.base import TravelSpider

SHARE = "https://www.iesdouyin.com/share"


class DouyinSpider(TravelSpider):
    """Videos and notes named in ``urls``: share links (v.douyin.com), addresses or ids; all by their share page."""

    name = "douyin"
    # The share pages are for phones, and lead others away (platforms.md 6).
    mobile = True
    addresses = {
        r"^(\d{15,20})$": rf"{SHARE}/video/\1/",
        r"(?:douyin\.com/(?:share/)?video/|[?&](?:modal_id|vid)=)(\d{15,20})": rf"{SHARE}/video/\1/",
        r"douyin\.com/(?:share/)?(?:note|slides)/(\d{15,20})": rf"{SHARE}/note/\1/",
    }
    offers_seeds = frozenset({"urls"})
