"""Xiaohongshu: only notes that a person shares; robots.txt closes the site, so that needs a permission, too."""

from __future__ import annotations

from travelcrawl.spiders.base import TravelSpider


class XiaohongshuSpider(TravelSpider):
    """Notes named in ``urls``: share links (xhslink.com) or addresses with their own ``xsec_token``.

    A bare id would lead to a page that says the note is gone: the token is the note's own and comes with the share link.
    """

    name = "xiaohongshu"
    offers_seeds = frozenset({"urls"})
