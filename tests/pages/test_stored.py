"""Answers as people keep them read as the platform sent them."""

import gzip
import json
from pathlib import Path

import pytest
from web_poet import HttpResponse

from travelcrawl.access.verdicts import Verdict
from travelcrawl.commands.extract import read, stored
from travelcrawl.pages.stored import enveloped, forms, inside, unwrapped

TWO = {
    "status": "1",
    "count": "2",
    "pois": [{"id": f"B0{n}", "name": f"云上茶馆{n}", "location": "104.06,30.66"} for n in "12"],
}
COMMENTS = [{"id": f"6f{n}", "note_id": "6e1", "content": "真好看", "user_info": {"user_id": "5a"}} for n in "12"]
REPLY = {"rpid": 7, "oid": 2, "type": 1, "mid": 3, "ctime": 1_700_000_000, "like": 1, "content": {"message": "去过"}}
SIGHT = {"SightId": 9, "SightName": "云溪古镇", "Lat": 31.2, "Lng": 121.4}
COMMENT = {
    "id": "43",
    "rootid": "43",
    "text": "好看",
    "created_at": "Sat Jun 15 11:44:46 +0800 2019",
    "user": {"id": 1},
}
CARD = {"poiId": 90, "poiName": "云溪古镇", "commentScore": 4.5, "commentCount": 3}
TEXT = json.dumps(TWO, ensure_ascii=False)


@pytest.mark.parametrize(
    "body",
    [
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        json.dumps(TWO, ensure_ascii=False, indent=2).replace("\n", "\r\n").encode(),
        f"/**/jQuery1113_99({TEXT});".encode(),
        f"const answer = {TEXT};\nexport default answer\n".encode(),
        f"// https://restapi.amap.com/v3/place/text?keywords=x\nvar a = {TEXT}".encode(),
        f"2026-01-02 03:04:05 [INFO] answer: {TEXT}\n".encode(),
        f"GET /v3/place/text 200\n\n  {TEXT}\n".encode(),
        f"```json\n{TEXT}\n```\n".encode(),
        repr(TWO).encode(),
        json.dumps(TEXT).encode(),
        json.dumps([TWO]).encode(),
        json.dumps({"0": TWO}).encode(),
        "\n".join(json.dumps(place) for place in TWO["pois"]).encode(),
        json.dumps({"0": TWO["pois"][0], "1": TWO["pois"][1]}).encode(),
        f'<html><head></head><body><pre style="white-space: pre-wrap;">{TEXT}</pre></body></html>'.encode(),
        f'<html><body><div id="content"><div id="json">{TEXT}</div></div></body></html>'.encode(),
    ],
)
def test_what_is_around_an_answer_is_taken_off(body: bytes) -> None:
    reading = read("amap", HttpResponse("", body))

    assert [item.name for item in reading.items] == ["云上茶馆1", "云上茶馆2"]  # type: ignore[union-attr]


def test_chinese_windows_writes_another_coding() -> None:
    assert len(read("amap", HttpResponse("", f"answer: {TEXT}".encode("gb18030"))).items) == 2


@pytest.mark.parametrize(
    ("platform", "value", "refs"),
    [
        ("amap", TWO["pois"][0], ["B01"]),
        ("ctrip", SIGHT, ["9"]),
        ("ctrip", [SIGHT], ["9"]),
        ("ctrip", {"SightInfoList": [SIGHT]}, ["9"]),
        ("ctrip", CARD, ["90"]),
        ("ctrip", [{"card": CARD}], ["90"]),
        ("xiaohongshu", {"comments": COMMENTS}, ["6f1", "6f2"]),
        ("xiaohongshu", COMMENTS, ["6f1", "6f2"]),
        ("bilibili", {"replies": [REPLY], "page": {"count": 1}}, ["7"]),
        ("bilibili", REPLY, ["7"]),
        ("bilibili", [REPLY, {**REPLY, "rpid": 8}], ["7", "8"]),
        ("bilibili", {"id_str": "96", "modules": {"module_author": {"mid": 1}}}, ["96"]),
        (
            "bilibili",
            {"bvid": "BV1xx411c7mD", "title": "山", "owner": {"mid": 1}, "stat": {"view": 2}},
            ["BV1xx411c7mD"],
        ),
        ("douyin", {"aweme_id": "71", "desc": "海", "create_time": 1_700_000_000}, ["71"]),
        ("weibo", [COMMENT], ["43"]),
        ("weibo", [COMMENT, {**COMMENT, "id": "44"}], ["43", "44"]),
        ("weibo", {"id": "8", "text": "湖", "created_at": "Sat Jun 15 11:44:46 +0800 2019"}, ["8"]),
    ],
)
def test_the_envelope_left_off_is_put_on_again(platform: str, value: object, refs: list[str]) -> None:
    reading = read(platform, HttpResponse("", json.dumps(value).encode()))

    assert ([item.ref for item in reading.items], reading.judgement.verdict) == (refs, Verdict.OK)


@pytest.mark.parametrize(
    ("platform", "body", "verdict"),
    [
        ("amap", 'cb({"status":"0","info":"CUQPS_HAS_EXCEEDED_THE_LIMIT","infocode":"10021"})', Verdict.RATE_LIMITED),
        ("amap", '[{"status":"1","count":"0","pois":[]}]', Verdict.EMPTY),
        ("amap", "<html><body><pre>no JSON</pre></body></html>", Verdict.MALFORMED),
        ("bilibili", 'response: {"code":-352,"message":"","ttl":1}', Verdict.CHALLENGED),
        ("weibo", "{'ok': -100, 'url': 'https://passport.weibo.com/sso/signin'}", Verdict.LOGIN_REQUIRED),
        ("weibo", "nothing { like ] it", Verdict.EMPTY),
    ],
)
def test_so_does_the_verdict_of_what_holds_nothing(platform: str, body: str, verdict: Verdict) -> None:
    reading = read(platform, HttpResponse("", body.encode()))

    assert (reading.judgement.verdict, reading.items) == (verdict, [])


@pytest.mark.parametrize(
    ("value", "path", "expected"),
    [
        ({"a": 1}, "data", {"data": {"a": 1}}),
        ({"a": 1}, "result.items[]", {"result": {"items": [{"a": 1}]}}),
        ([1, 2], "data[]", {"data": [1, 2]}),
        ([1, 2], "list[].card", {"list": [{"card": 1}, {"card": 2}]}),
    ],
)
def test_enveloped(value: object, path: str, expected: object) -> None:
    assert enveloped(value, path) == expected


def test_unwrapped_keeps_what_is_several() -> None:
    assert unwrapped([{"a": 1}, {"b": 2}]) == [{"a": 1}, {"b": 2}]
    assert unwrapped({"1": {"a": 1}}) == {"1": {"a": 1}}


@pytest.mark.parametrize(
    "body", [b"", b"<p>", b"[" * 100_000, b"{'a':" * 50_000, b"\xff\xfe{", b"{[" * 2000, b'"\\ud800']
)
def test_nothing_escapes(body: bytes) -> None:

    list(forms(body, ("data", "data[]")))

    assert all(isinstance(form, bytes) for form, _ in forms(body))


def test_longest() -> None:
    assert list(forms(b"{" * 5_000_000)) == []
    assert inside("[1, 2]") == [1, 2]


def test_gzip(tmp_path: Path) -> None:
    path = tmp_path / "answer.json.gz"
    path.write_bytes(gzip.compress(TEXT.encode()))

    assert len(read("amap", HttpResponse("", stored(str(path)))).items) == 2


FIXTURES = sorted((Path(__file__).parents[1] / "fixtures").glob("travelcrawl.pages.*/*/inputs/*-body.*"))
PLATFORMS = ("amap", "bilibili", "ctrip", "dianping", "douyin", "mafengwo", "weibo", "xiaohongshu")


@pytest.mark.parametrize("platform", PLATFORMS)
def test_an_answer_of_another_platform_gives_nothing_in_any_form(platform: str) -> None:
    foreign = [path for path in FIXTURES if path.parts[-4].split(".")[2] != platform]

    assert foreign
    assert {path.parts[-4]: read(platform, HttpResponse("", path.read_bytes())).items for path in foreign} == {
        path.parts[-4]: [] for path in foreign
    }
