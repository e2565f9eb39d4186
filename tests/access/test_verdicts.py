import pytest

from travelcrawl.access.verdicts import MISSING, Answer, Judgement, Rule, Verdict, VerdictPolicy

AMAP_LIKE = (
    Rule(verdict=Verdict.RATE_LIMITED, json={"infocode": {"10021"}}, why="too fast ({value})"),
    Rule(verdict=Verdict.FORBIDDEN, json={"infocode": {10001}}, why="key refused", ends_run=True),
    Rule(verdict=Verdict.EMPTY, json={"status": {"1"}, "pois": {"[]"}}, why="no places"),
    Rule(verdict=Verdict.MALFORMED, is_json=False, status={200}, why="not JSON"),
)
CHALLENGE = "<html><title>安全验证</title></html>".encode()


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (200, b'{"status":"0","infocode":"10021"}', Verdict.RATE_LIMITED),
        (200, b'{"status":"0","infocode":10021}', Verdict.RATE_LIMITED),
        (200, b'{"status":"0","infocode":"10001"}', Verdict.FORBIDDEN),
        (200, b'{"status":"1","count":"0","pois":[]}', Verdict.EMPTY),
        (200, b'{"status":"1","count":"1","pois":[{}]}', Verdict.OK),
        (200, b"\xef\xbb\xbf [1]", Verdict.OK),
        (200, b"<html>sorry</html>", Verdict.MALFORMED),
        (200, b'{"status":', Verdict.MALFORMED),
        (200, b"[" * 100_000, Verdict.MALFORMED),
        (404, b"", Verdict.GONE),
    ],
)
def test_own_rules_come_before_the_generic(status: int, body: bytes, verdict: Verdict) -> None:
    assert VerdictPolicy(AMAP_LIKE).judge(Answer(url="https://a/", status=status, body=body)).verdict is verdict


@pytest.mark.parametrize(
    ("status", "headers", "body", "verdict"),
    [
        (200, {}, b"hello", Verdict.OK),
        (200, {}, CHALLENGE, Verdict.CHALLENGED),
        (200, {}, b"<TITLE>\nJust a moment...</TITLE>", Verdict.CHALLENGED),
        (302, {"location": "https://verify.example.com/v2?x"}, b"", Verdict.CHALLENGED),
        (302, {"location": "/website-login/captcha?redirectPath="}, b"", Verdict.CHALLENGED),
        (302, {"location": "https://passport.example.com/user/login"}, b"", Verdict.LOGIN_REQUIRED),
        (301, {"location": "/a/page"}, b"", Verdict.OK),
        (200, {}, b"<title>403 Forbidden</title>", Verdict.FORBIDDEN),
        (200, {}, b"<title>404 Not Found</title>", Verdict.GONE),
        (200, {}, b"<title>429 Too Many Requests</title>", Verdict.RATE_LIMITED),
        (200, {}, b"<title>502 Bad Gateway</title>", Verdict.SITE_DOWN),
        (200, {}, b"<title>404 inns of Chengdu</title>", Verdict.OK),
        (401, {}, b"", Verdict.LOGIN_REQUIRED),
        (403, {}, b"", Verdict.FORBIDDEN),
        (404, {}, CHALLENGE, Verdict.GONE),
        (407, {}, b"", Verdict.EGRESS_FAULT),
        (410, {}, b"", Verdict.GONE),
        (418, {}, b"", Verdict.FORBIDDEN),
        (422, {}, b"", Verdict.MALFORMED),
        (429, {}, CHALLENGE, Verdict.RATE_LIMITED),
        (500, {}, b"", Verdict.SITE_DOWN),
        (503, {}, b"", Verdict.SITE_DOWN),
    ],
)
def test_generic_rules(status: int, headers: dict[str, str], body: bytes, verdict: Verdict) -> None:
    assert VerdictPolicy().judge(Answer(url="https://a/", status=status, headers=headers, body=body)).verdict is verdict


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        ({"url": r"/poi/\d+"}, True),
        ({"url": r"/note/"}, False),
        ({"marker": "window.Env"}, True),
        ({"marker": "window.State"}, False),
        ({"lacks": "window.State"}, True),
        ({"lacks": "window.Env"}, False),
        ({"title": "马蜂窝"}, True),
        ({"json": {"a.b": ()}}, True),
        ({"json": {"a.b": {1}}}, False),
    ],
)
def test_each_condition(rule: dict[str, object], fits: bool) -> None:
    body = "<title>西湖 - 马蜂窝</title><script>window.Env = {}</script>".encode()
    answer = Answer(url="https://www.mafengwo.cn/poi/1.html", body=body)
    assert Rule(verdict=Verdict.OK, why="", **rule).fits(answer) is fits


def test_a_judgement_says_why_and_whether_the_run_ends() -> None:
    policy = VerdictPolicy(AMAP_LIKE)
    assert policy.judge(Answer(url="u", body=b'{"infocode":"10021"}')) == Judgement(
        Verdict.RATE_LIMITED, "too fast (10021)", ends_run=False
    )
    assert policy.judge(Answer(url="u", body=b'{"infocode":"10001"}')).ends_run


def test_a_path_that_breaks_off_is_missing() -> None:
    answer = Answer(url="u", body=b'{"a": [1], "n": null}')
    assert answer.at("a.b") is MISSING
    assert answer.at("n") is None
    assert repr(MISSING) == "MISSING"


def test_verdicts_know_what_they_are() -> None:
    assert {verdict for verdict in Verdict if verdict.is_answer} == {Verdict.OK, Verdict.EMPTY, Verdict.GONE}
    assert not any(verdict.is_answer and verdict.is_block for verdict in Verdict)
    assert Verdict.SOFT_BLOCKED.is_block
    assert not Verdict.SITE_DOWN.is_block
