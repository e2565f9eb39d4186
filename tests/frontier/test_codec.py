import json
from typing import Any

import pytest
from scrapy import FormRequest, Request, Spider
from scrapy.http import JsonRequest

from travelcrawl.errors import NotSerialisable
from travelcrawl.frontier.codec import decode, encode


class Demo(Spider):
    name = "demo"

    def parse_page(self, response: Any) -> None: ...

    def failed(self, failure: Any) -> None: ...

    def _private(self, response: Any) -> None: ...


class OwnRequest(Request):
    pass


@pytest.fixture
def spider() -> Demo:
    return Demo()


@pytest.mark.parametrize(
    "build",
    [
        lambda spider: Request("https://a.example/?q=西湖", callback=spider.parse_page, errback=spider.failed),
        lambda spider: Request(
            "https://a.example/", method="POST", body=bytes(range(256)), priority=-3, dont_filter=True
        ),
        lambda spider: Request(
            "https://a.example/", headers={"X": ["a", "b"], "名": "值"}, cookies={"a": "b"}, flags=["f"]
        ),
        lambda spider: Request(
            "https://a.example/", meta={"group": "成都", "n": [1, None]}, cb_kwargs={"page": "List"}
        ),
        lambda spider: JsonRequest("https://a.example/", data={"index": 2}),
        lambda spider: FormRequest("https://a.example/", formdata={"a": "b"}),
    ],
)
def test_what_goes_in_comes_out(spider: Demo, build: Any) -> None:
    request = build(spider)
    back = decode(encode(request, spider), spider)
    assert type(back) is type(request)
    assert back.to_dict(spider=spider) == request.to_dict(spider=spider)


@pytest.mark.parametrize(
    "build",
    [
        lambda spider: Request("https://a.example/", callback=lambda response: None),
        lambda spider: Request("https://a.example/", callback=Demo().parse_page),
        lambda spider: Request("https://a.example/", meta={"a": object()}),
        lambda spider: Request("https://a.example/", cb_kwargs={"a": {1, 2}}),
        lambda spider: Request("https://a.example/", meta={"a": b"bytes"}),
        lambda spider: OwnRequest("https://a.example/"),
    ],
)
def test_what_no_queue_can_carry_is_an_error_at_once(spider: Demo, build: Any) -> None:
    with pytest.raises(NotSerialisable, match="queue"):
        encode(build(spider), spider)


@pytest.mark.parametrize(
    "payload",
    [
        b"\x80\x04\x95\x1d\x00\x00\x00\x00\x00\x00\x00\x8c\x02os\x94\x8c\x06system\x94\x93\x94.",
        "",
        "null",
        "[]",
        "{}",
        '{"url": 1}',
        '{"url": "no scheme"}',
        "[" * 100_000,
        json.dumps({"url": "https://a/", "class": "subprocess.Popen"}),
        json.dumps({"url": "https://a/", "class": ["Request"]}),
        json.dumps({"url": "https://a/", "callback": "__init__"}),
        json.dumps({"url": "https://a/", "callback": "_private"}),
        json.dumps({"url": "https://a/", "callback": "parse_page.__globals__"}),
        json.dumps({"url": "https://a/", "callback": "name"}),
        json.dumps({"url": "https://a/", "errback": ["failed"]}),
        json.dumps({"url": "https://a/", "body": "%%%"}),
        json.dumps({"url": "https://a/", "headers": 3}),
        json.dumps({"url": "https://a/", "priority": "high"}),
        json.dumps({"url": "https://a/", "meta": 3}),
        json.dumps({"url": "https://a/", "method": None}),
        json.dumps({"url": "file:///etc/passwd"}),
        json.dumps({"url": "data:,x"}),
    ],
)
def test_a_hostile_payload_is_refused_never_executed(spider: Demo, payload: Any) -> None:
    with pytest.raises(NotSerialisable, match="payload of the queue is refused"):
        decode(payload, spider)


def test_secrets_stay_out_of_the_queue(spider: Demo) -> None:
    spider.secrets = {"key": "s3cret"}  # type: ignore[attr-defined]
    payload = encode(Request("https://a.example/p?a=1&key=s3cret&b=2"), spider)
    assert "s3cret" not in payload
    spider.secrets = {"key": "new"}  # type: ignore[attr-defined]
    assert decode(payload, spider).url == "https://a.example/p?a=1&b=2&key=new"


def test_scrapys_own_class_key_is_not_looked_at(spider: Demo) -> None:
    back = decode(json.dumps({"url": "https://a/", "_class": "subprocess.Popen"}), spider)
    assert type(back) is Request
