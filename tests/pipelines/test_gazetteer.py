import pytest

from travelcrawl.pipelines.gazetteer import Gazetteer, Named, core

LISTINGS = [
    Named("amap", "A1", "西湖", "杭州市"),
    Named("ctrip", "C1", "西湖风景名胜区", "杭州市"),
    Named("amap", "A2", "西湖", "惠州市"),
    Named("amap", "A3", "雷峰塔（南门）", "杭州市"),
    Named("amap", "A4", "楼外楼(孤山路店)", "杭州市"),
    Named("amap", "A5", "楼外楼(城西店)", "杭州市"),
    Named("ctrip", "C5", "楼外楼", "杭州市"),
    Named("amap", "A6", "公园", "杭州市"),
    Named("amap", "A7", "Bar 12", "杭州市"),
    Named("amap", "A8", "湖", "杭州市"),
]


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer(LISTINGS)


@pytest.mark.parametrize(
    ("text", "city", "found"),
    [
        ("早上去西湖，下午雷峰塔", "杭州市", ["A1", "A3"]),
        ("西湖风景名胜区很大", "杭州市", ["ctrip C1"]),
        ("去了西湖", "惠州市", ["A2"]),
        ("去了西湖", None, []),
        ("去了雷峰塔", None, ["A3"]),
        ("去了雷峰塔", "上海市", []),
        ("公园里散步，湖边喝茶", "杭州市", []),
        ("喝一杯 ｂａｒ　１２！", "杭州市", ["A7"]),
        ("喝一杯 Bar 123", "杭州市", []),
        ("楼外楼吃饭，楼外楼真好", "杭州市", [None]),
        ("", "杭州市", []),
    ],
)
def test_longest_match_within_the_city(
    gazetteer: Gazetteer, text: str, city: str | None, found: list[str | None]
) -> None:
    mentions = gazetteer.mentions(text, (), city, "amap")
    assert [f"{one.platform} {one.ref}" if one.platform else one.ref for one in mentions] == found


def test_a_name_of_several_is_the_platforms_own_where_it_has_one(gazetteer: Gazetteer) -> None:
    (mention,) = gazetteer.mentions("楼外楼", (), "杭州市", "ctrip")
    assert (mention.ref, mention.platform) == ("C5", None)


def test_hashtags_match_whole_and_score_more(gazetteer: Gazetteer) -> None:
    (tag,) = gazetteer.mentions("", ["西湖", "西湖攻略"], "杭州市", "amap")
    (text,) = gazetteer.mentions("西湖", [], "杭州市", "amap")
    (vague,) = gazetteer.mentions("雷峰塔", [], None, "amap")
    assert (tag.evidence, tag.score) == ("hashtag", 0.6)
    assert (text.evidence, text.score) == ("text", 0.5)
    assert vague.score == 0.42


def test_empty_and_hostile() -> None:
    assert Gazetteer([]).mentions("西湖", ["西湖"], None, "amap") == []
    odd = Gazetteer(
        [Named("a", "1", "（（（"), Named("a", "2", ""), Named("a", "3", "12"), Named("a", "4", "\ud800ab")]
    )
    assert odd.mentions("（（（ 12 \ud800ab" * 1000, (), None, "a") is not None
    assert core("ＡＢ（分店）") == "ab"
