from collections.abc import Callable
from typing import Any

import pytest
from web_poet import HttpResponse

from travelcrawl.access.verdicts import Judgement, Verdict
from travelcrawl.commands.extract import read as extracted
from travelcrawl.items import Listing, Review, SearchPage
from travelcrawl.pages import dianping
from travelcrawl.pages.dianping_parts import is_obfuscated, stars
from travelcrawl.pages.fields import html

SHOP = "https://www.dianping.com/shop/H1aB2cD3eF4gH5iJ"
GUARD = "https://verify.meituan.com/v2/web/general_page?action=spiderindefence&requestCode=ab&platform=1000"


@pytest.mark.parametrize(
    ("body", "url", "status", "verdict"),
    [
        ("<html>", GUARD, 200, Verdict.CHALLENGED),
        ("<html>", "https://optimus-mtsi.meituan.com/optimus/verify?request_code=x", 200, Verdict.CHALLENGED),
        ("<html>", "https://account.dianping.com/pclogin?redir=x", 200, Verdict.LOGIN_REQUIRED),
        ({"code": 406, "customData": {"requestCode": "x"}}, SHOP, 200, Verdict.CHALLENGED),
        ({"code": 403, "msg": "forbidden"}, "", 200, Verdict.FORBIDDEN),
        ("<title>验证中心</title><div id='yodaBox'></div>", "", 200, Verdict.CHALLENGED),
        ("<title>大众点评网-登录</title>", "", 200, Verdict.LOGIN_REQUIRED),
        ("<title>403 Forbidden</title>", "", 200, Verdict.FORBIDDEN),
        ("抱歉！页面无法访问", SHOP, 403, Verdict.FORBIDDEN),
        ('<link href="//www.dpfile.com/new_404_pc.min.css">', SHOP, 200, Verdict.GONE),
        ("<p>抱歉！页面无法访问......</p>", SHOP, 200, Verdict.GONE),
        ("<p>没有找到符合条件的商户</p>", "https://www.dianping.com/search/keyword/1/0_x", 200, Verdict.EMPTY),
        ("<html>nothing of a shop</html>", SHOP, 200, Verdict.SOFT_BLOCKED),
        ("window.shop_config={}", SHOP, 200, Verdict.OK),
    ],
)
def test_verdict(judged: Callable[..., Judgement], body: Any, url: str, status: int, verdict: Verdict) -> None:
    assert judged("dianping", body, url, status=status).verdict is verdict


@pytest.mark.parametrize(
    ("location", "verdict"),
    [(GUARD, Verdict.CHALLENGED), ("https://account.dianping.com/pclogin?redir=x", Verdict.LOGIN_REQUIRED)],
)
def test_a_redirect_says_why(judged: Callable[..., Judgement], location: str, verdict: Verdict) -> None:
    assert judged("dianping", "", SHOP, status=302, location=location).verdict is verdict


@pytest.mark.parametrize(
    ("markup", "obfuscated"),
    [
        ("1<svgmtsi class='shopNum'>&#xe305;</svgmtsi>", True),
        ("1\ue305", True),
        ('1<span class="fr-aB1c"></span>', True),
        ('1<d class="zl-tvPf"></d>', True),
        ('<span class="obz86q"></span>条', True),
        ('1<d class="zl-tvPf">\n </d>', True),
        ("1234条评论", False),
        ('好吃<br><img class="emoji-img" alt="[爱心]"><i class="icon"></i><span></span>', False),
    ],
)
def test_glyphs_are_told_from_plain_text(markup: str, obfuscated: bool) -> None:
    assert is_obfuscated(html(f"<p>{markup}</p>").css("p")[0]) is obfuscated


@pytest.mark.parametrize(
    ("markup", "found"),
    [
        ('<span class="sml-rank-stars sml-str45"></span>', "45"),
        ('<span class="mid-rank-stars mid-str50"></span>', "50"),
        ('<span class="item-rank-rst irr-star40"></span>', "40"),
        ('<span class="star star_35"></span>' * 5, "35"),
        ('<span class="star star_50"></span><span class="star star_0"></span>', None),
        ('<span class="sml-rank-stars sml-str0"></span>', None),
        ('<span class="star-from-desc"></span>', None),
    ],
)
def test_stars(markup: str, found: str | None) -> None:
    assert stars(html(f"<div>{markup}</div>").css("div")) == found


def shop(config: str, page: str = "") -> str:
    return f"<div id='basic-info'></div>{page}<script>window.shop_config={{shopId: 30000001, {config}}}</script>"


@pytest.mark.parametrize(
    ("config", "field", "value"),
    [
        ("shopPower: 45", "source_rating", 45),
        ("shopPower: 0", "source_rating", None),
        ('shopGlat: "0.0", shopGlng: "0.0"', "source_lat", None),
        ('shopGlat: "91", shopGlng: "104.08"', "datum", None),
        ('shopGlat: "30.65", shopGlng: "104.08"', "source_lon", 104.08),
        ('shopName: "湖边", fullName: "湖边(店)"', "name", "湖边(店)"),
        ('shopName: "<e class="address">&#xe591;</e>边"', "name", None),
        ('shopName: "<e class="address">&#xe591;</e>边"', "hidden", ["name"]),
        ('address: "云锦路66号"', "address", "云锦路66号"),
        ('address: "1<d class="num">&#xe5cd;</d>"', "hidden", ["address"]),
        ('categoryName: "美食", mainCategoryName: "火锅"', "category", "美食;火锅"),
        ("defaultPic: undefined", "photos", None),
    ],
)
def test_a_shop(read: Callable[..., SearchPage], config: str, field: str, value: Any) -> None:
    listing = read(dianping.ShopPage, shop(config), SHOP).items[0]

    assert isinstance(listing, Listing)
    assert (listing.ref, getattr(listing, field)) == ("30000001", value)


@pytest.mark.parametrize(
    ("line", "phones", "hidden"),
    [
        ("<p class='tel'>电话：028-86123456 13800000000</p>", ["028-86123456", "13800000000"], None),
        ("<p class='tel'>电话：028-1** </p>", None, ["phones"]),
        ("<p class='tel'>电话：1<span class='fn-a1B2'></span></p>", None, ["phones"]),
        ("<p class='tel'>电话：无 添加</p>", None, None),
        ("", None, None),
    ],
)
def test_phones(read: Callable[..., SearchPage], line: str, phones: Any, hidden: Any) -> None:
    listing = read(dianping.ShopPage, shop("", line), SHOP).items[0]

    assert isinstance(listing, Listing)
    assert (listing.phones, listing.hidden) == (phones, hidden)


@pytest.mark.parametrize(
    ("region", "district", "tags"),
    [
        ("浦东新区", "浦东新区", None),
        ("新街口地区", None, ["新街口地区"]),
        ("青白江区", "青白江区", None),
        ("都江堰市", "都江堰市", None),
    ],
)
def test_the_first_region_of_the_path_is_the_district_if_it_is_one(
    read: Callable[..., SearchPage], region: str, district: str | None, tags: list[str] | None
) -> None:
    path = f'<div class="breadcrumb"><a href="/x/ch10">美食</a><a href="/x/ch10/r5"> {region} </a><span>店</span></div>'

    listing = read(dianping.ShopPage, shop("", path), SHOP).items[0]

    assert isinstance(listing, Listing)
    assert (listing.district, listing.tags, listing.name) == (district, tags, "店")


def test_a_review_in_glyphs_has_no_text_but_says_so(read: Callable[..., SearchPage]) -> None:
    row = '<li data-id="1"><div class="review-words">菜<b class="fo-a1"></b>好</div></li><li>没有号码</li>'
    page = read(dianping.ReviewsPage, f'<div class="reviews-items"><ul>{row}</ul></div>', f"{SHOP}/review_all")

    (review,) = page.items
    assert isinstance(review, Review)
    assert (review.about_ref, review.text, review.hidden) == ("H1aB2cD3eF4gH5iJ", None, ["text"])


@pytest.mark.parametrize("page", ["ListPage", "ReviewsPage", "ShopPage", "MobileShopPage"])
@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html>",
        "[]",
        '<div id="shop-all-list"><ul><li></li></ul></div>',
        "window.shop_config={",
        "PAGE_DATA = {shopId:1}",
    ],
)
def test_what_is_not_there_gives_nothing(read: Callable[..., SearchPage], page: str, body: str) -> None:
    assert read(getattr(dianping, page), body).items == []


def test_a_page_for_phones_without_its_scripts() -> None:
    page = """<html><head><link rel="canonical" href="https://m.dianping.com/shop/5001"></head><body>
    <h1 class="shopName">望云楼</h1><div class="star_review"><span class="price">¥88/人</span></div></body></html>"""
    reading = extracted("dianping", HttpResponse("", page.encode()))

    assert [(one.ref, type(one).__name__) for one in reading.items] == [("5001", "Listing"), ("5001", "Offer")]
