import pytest
from scrapy import Request
from scrapy.exceptions import NotConfigured
from scrapy.utils.test import get_crawler

from travelcrawl.middlewares.egress import EgressMiddleware


def build(proxies: str) -> EgressMiddleware:
    return EgressMiddleware.from_crawler(get_crawler(settings_dict={"TRAVELCRAWL_PROXIES": proxies}))


def sent(middleware: EgressMiddleware, **meta: str) -> dict[str, object]:
    request = Request("https://a.example/", meta=dict(meta))
    middleware.process_request(request)
    return {key: request.meta.get(key, "unset") for key in ("egress", "proxy")}


def test_off_without_a_list() -> None:
    with pytest.raises(NotConfigured):
        build("")


def test_each_request_gets_an_egress_in_turn() -> None:
    middleware = build("http://a:1,direct")
    assert sent(middleware) == {"egress": "a:1", "proxy": "http://a:1"}
    assert sent(middleware) == {"egress": "direct", "proxy": None}


def test_a_redirected_request_keeps_its_egress_and_gets_its_credentials_back() -> None:
    middleware = build("http://u1:p@gw:8000,http://u2:p@gw:8000")
    label = middleware.pool.egresses[1].label
    assert sent(middleware, egress=label, proxy="http://gw:8000") == {"egress": label, "proxy": "http://u2:p@gw:8000"}


def test_an_egress_that_left_the_list_is_replaced() -> None:
    assert sent(build("http://a:1"), egress="gone:9")["proxy"] == "http://a:1"


def test_a_single_direct_leaves_no_room_for_the_systems_proxies() -> None:
    assert sent(build("direct"))["proxy"] is None
