"""The HTML of Dianping's pages: the classes and nesting of the real ones, invented content, glyphs that say nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from html import escape
from itertools import cycle, islice

from sandbox.model import Listing, Review
from sandbox.names import KINDS, City, District

_CHINA = timezone(timedelta(hours=8))
_IMAGES = "https://img.meituan.net/msmerchant"
_CHANNELS = {"10": "美食", "30": "休闲娱乐", "35": "景点/周边游"}
_KINDS = [kind for kinds in KINDS.values() for kind in kinds]
_GLYPHS = ("e305", "f2a7", "ea76", "ed32", "e2ef", "edf2", "ea51", "e37a", "f630", "e8c2", "e220", "f7f1")


def glyphs(count: int, kind: str, start: int = 0) -> str:
    """Return characters that only the page's own font draws."""
    codes = islice(cycle(_GLYPHS), start % 7, start % 7 + count)
    return "".join(f'<svgmtsi class="{kind}">&#x{code};</svgmtsi>' for code in codes)


def category_code(shop: Listing) -> str:
    """Return the number of a shop's category."""
    return str(101 + _KINDS.index(shop.place.kind))


def region_code(district: District) -> str:
    """Return the number of a district."""
    return str(int(district.adcode[2:]))


def shop_list(city: City, channel: str, shops: Sequence[Listing], total: int, following: str | None) -> str:
    """Return a list of shops with the tables of categories and regions."""
    base = f"http://www.dianping.com/{city.pinyin}/ch{channel}"
    kinds = dict.fromkeys(shop.place.kind for shop in shops)
    classes = "".join(
        f'<a href="{base}/g{101 + _KINDS.index(kind)}" data-cat-id="{101 + _KINDS.index(kind)}"><span>{kind.word}</span></a>'
        for kind in kinds
    )
    regions = "".join(
        f'<a href="{base}/r{region_code(district)}" data-cat-id="{region_code(district)}"'
        f' data-click-title="{district.name}"><span>{district.name}</span></a>'
        for district in city.districts
    )
    rows = "".join(_row(shop, base) for shop in shops)
    listed = f"<ul>{rows}</ul>" if shops else '<div class="not-found-words">没有找到符合条件的商户</div>'
    nextpage = f'<a href="{following}" class="next" title="下一页">下一页</a>' if following else ""
    return f"""<!DOCTYPE html>
<html><head><title>【{city.name}{_CHANNELS.get(channel, "")}】推荐-大众点评网</title><meta charset="UTF-8"/>
<meta name="Description" content="大众点评为您找到{total}家{city.name}商户"/>
<script type="text/javascript">
    window._DP_HeaderData = {{
        'cityId': '{city.dianping}',
        'cityChName': '{city.name}',
        'cityEnName': '{city.pinyin}',
        'pageType': 'search',
        'userId': '',
        'shopTypeChName': '{_CHANNELS.get(channel, "")}'
    }};
</script>
<link rel="stylesheet" type="text/css" href="//s3plus.meituan.net/v1/mss_0/svgtextcss/0f.css"></head>
<body><div class="nc-contain"><div class="con"><div id="classfy" class="nc-items">{classes}</div></div></div>
<div class="nc-contain"><div class="con"><div id="region-nav" class="nc-items">{regions}</div></div></div>
<div class="shop-list J_shop-list shop-all-list" id="shop-all-list">{listed}</div>
<div class="page">{nextpage}</div></body></html>"""


def _row(shop: Listing, base: str) -> str:
    name, number = escape(shop.name), shop.place.id
    address = f"http://www.dianping.com/shop/{shop.ref}"
    counted = f"1{glyphs(2, 'shopNum', number)}" if shop.review_count is None else str(shop.review_count)
    price = f"￥1{glyphs(2, 'shopNum', number)}" if shop.price is None else f"￥{shop.price:g}"
    return f"""<li class=""><div class="pic"><a target="_blank" href="{address}" data-shopid="{shop.ref}" rel="nofollow">
<img title="{name}" alt="{name}" data-src="{_IMAGES}/{shop.ref}.jpg" src="{_IMAGES}/{shop.ref}.jpg"/></a></div>
<div class="txt"><div class="tit"><a data-click-name="shop_title_click" data-shopid="{shop.ref}" title="{name}"
 target="_blank" href="{address}"><h4>{name}</h4></a></div>
<div class="comment"><span class="sml-rank-stars sml-str{_stars(shop.rating)}" title="星级商户"></span>
<a href="{address}#comment" class="review-num" data-shopid="{shop.ref}"><b>{counted}</b>条点评</a><em class="sep">|</em>
<a href="{address}" class="mean-price" data-shopid="{shop.ref}">人均<b>{price if shop.place.sort == "restaurant" else "-"}</b></a></div>
<div class="tag-addr"><a href="{base}/g{category_code(shop)}"><span class="tag">{glyphs(3, "tagName", number)}</span></a>
<em class="sep">|</em><a href="{base}/r{region_code(shop.place.district)}"><span class="tag">{glyphs(4, "tagName", number)}</span></a>
<span class="addr">{glyphs(3, "address", number)}{shop.place.number}{glyphs(1, "address", number)}</span></div></div></li>"""


def shop(shop: Listing, lon: float, lat: float) -> str:
    """Return a shop's page for desktops: the state is plain, what people see is partly not."""
    place, city, name = shop.place, shop.place.city, escape(shop.name)
    base = f"//www.dianping.com/{city.pinyin}/ch{'10' if place.sort == 'restaurant' else '35'}"
    counted = f"{glyphs(3, 'shopNum', place.id)}条评论" if shop.review_count is None else f"{shop.review_count}条评论"
    price = "人均:-" if place.sort != "restaurant" else f"人均:{glyphs(2, 'shopNum', place.id)}元"
    price = price if shop.price is None else f"人均:{shop.price:g}元"
    hours = ""
    if shop.hours:
        hours = (
            f'<p class="info info-indent"><span class="info-name">营业时间：</span>'
            f'<span class="item">周一至周日 {shop.hours}</span></p>'
        )
    phones = " ".join(f'<span class="item">{phone}</span>' for phone in shop.phones)
    tel = f'<p class="expand-info tel"><span class="info-name">电话：</span>{phones}</p>' if shop.phones else ""
    return f"""<!DOCTYPE html>
<html><head><title>【{name}】电话_地址_价格_营业时间-{city.name}-大众点评网</title>
<meta name="location" content="province={city.province.rstrip("省市")};city={city.name};">
<link rel="canonical" href="//www.dianping.com/shop/{shop.ref}">
<script>window.shop_config={_literal(_config(shop, lon, lat))}</script></head>
<body id="top"><div class="breadcrumb"><a href="{base}">{city.name}美食</a> &gt;
<a href="{base}/r{region_code(place.district)}">{place.district.name}</a> &gt;
<a href="{base}/g{category_code(shop)}">{place.kind.word}</a> &gt; <span>{name}</span></div>
<div id="basic-info" class="basic-info default nug_shop_ab_pv-a"><h1 class="shop-name">{name}</h1>
<div class="brief-info"><span class="mid-rank-stars mid-str{_stars(shop.rating)}" title="星级商户"></span>
<span id="reviewCount" class="item">{counted}</span><span id="avgPriceTitle" class="item">{price}</span></div>
<div class="expand-info address"><span class="info-name">地址：</span>
<span class="item" id="address">{glyphs(4, "address", place.id)}{place.number}{glyphs(1, "address", place.id)}</span></div>
{tel}{hours}</div></body></html>"""


def _config(shop: Listing, lon: float, lat: float) -> dict[str, object]:
    place, city = shop.place, shop.place.city
    return {
        "userId": "0",
        "shopId": shop.ref,
        "shopCityId": city.dianping,
        "shopName": shop.name,
        "fullName": shop.name,
        "address": shop.address,
        "publicTransit": "",
        "cityId": city.dianping,
        "cityCnName": city.name,
        "cityName": city.name,
        "cityEnName": city.pinyin,
        "isOverseasCity": 0,
        "shopPower": int(_stars(shop.rating)),
        "shopGlat": f"{lat:.6f}",
        "shopGlng": f"{lon:.6f}",
        "shopType": 10 if place.sort == "restaurant" else 35,
        "mainRegionId": int(region_code(place.district)),
        "mainCategoryName": place.kind.word,
        "mainCategoryId": int(category_code(shop)),
        "categoryURLName": "food",
        "shopGroupId": place.id,
        "textCssVersion": "0f0f",
    }


def _literal(config: dict[str, object]) -> str:
    """Return a JavaScript literal: keys without quotes, as the site writes it."""
    rows = ",\n".join(f"  {key}: {json.dumps(value, ensure_ascii=False)}" for key, value in config.items())
    return f"{{\n{rows}\n}}"


def mobile_shop(shop: Listing) -> str:
    """Return a shop's page for phones."""
    name, city, place = escape(shop.name), shop.place.city, shop.place
    price = f"¥1{_sprite('obz')}/人" if shop.price is None else f"¥{shop.price:g}/人"
    counted = f"1{_sprite('obz')}条" if shop.review_count is None else f"{shop.review_count}条"
    star = f'<span class="star star_{_stars(shop.rating)}"></span>'
    detail = {"shopId": shop.ref, "shopName": shop.name, "address": shop.address, "phoneNum": (shop.phones or ("",))[0]}
    return f"""<!DOCTYPE html>
<html><head><title>大众点评</title><meta name="location" content="province={city.province.rstrip("省市")};city={city.name}">
<link rel="canonical" href="http://www.dianping.com/shop/{shop.ref}" ></head>
<body class="shop-details"><script>
    window.PAGE_DATA = {{
        shopId:'{shop.ref}',
        cityId: '{city.dianping}',
        shopType: '10',
        categoryId: '{category_code(shop)}',
        showMTP:'false'
    }}
</script>
<div class="shopDescription"><h1 class="shopName">{name}</h1><div class = "star_review"><div class="nebula_star">
<div class="star_icon">{star * 5}</div></div><span class="itemNum">{counted}</span><span class="price">{price}</span></div>
<span class="aboutType"><span class="mainType">{place.district.areas[0]}</span><span class="subType">{place.kind.word}</span></span></div>
<div class = "addressInfo"><span class= "addressText">{_sprite("uan")}{place.number}{_sprite("uan")}</span></div>
<textarea style="display:none" id="shop-detail">{escape(json.dumps(detail, ensure_ascii=False))}</textarea></body></html>"""


def _sprite(kind: str) -> str:
    return f'<span class="{kind}86q"></span><span class="{kind}4ci"></span>'


def reviews_page(shop: Listing, reviews: Sequence[Review]) -> str:
    """Return the first page of a shop's reviews."""
    rows = "".join(_review(review) for review in reviews)
    more = f'<a href="/shop/{shop.ref}/review_all/p2" class="NextPage" title="下一页">下一页</a>'
    paging = f'<div class="reviews-pages">{more}</div>' if len(reviews) >= 15 else ""
    return f"""<!DOCTYPE html>
<html><head><title>{escape(shop.name)}点评-大众点评网</title>
<link rel="canonical" href="//www.dianping.com/shop/{shop.ref}/review_all"></head>
<body><div class="review-list-header"><h1><a href="/shop/{shop.ref}">{escape(shop.name)}</a></h1></div>
<div class="reviews-wrapper"><div class="reviews-items"><ul>{rows}</ul></div>{paging}</div></body></html>"""


def _review(review: Review) -> str:
    author = review.author
    words = f"味道{glyphs(5, 'review', int(review.ref))}不错" if review.text is None else escape(review.text)
    photos = "".join(
        f'<li class="item"><a href="/photos/{photo}"><img data-big="{_IMAGES}/{photo}" data-lazyload="{_IMAGES}/s-{photo}"></a></li>'
        for photo in review.photos
    )
    return f"""<li><a class="dper-photo-aside" target="_blank" href="/member/{author.id}" data-user-id="{author.id}">
<img data-lazyload="{_IMAGES}/{author.avatar}"></a><div class="main-review"><div class="dper-info">
<a class="name" target="_blank" href="/member/{author.id}">{escape(author.name)}</a></div>
<div class="review-rank"><span class="sml-rank-stars sml-str{(review.rating or 0) * 10} star"></span></div>
<div class="review-words Hide">{words}<div class="less-words"><a href="javascript:;" class="fold">收起评价</a></div></div>
<div class="review-pictures"><ul>{photos}</ul></div><div class="misc-info clearfix"><span class="time">{_local(review.published_at)}</span>
<span class="actions"><a href="javascript:;" class="praise J-praise " data-id="{review.ref}">赞</a><em class="col-exp">({review.likes})</em>
</span></div></div></li>"""


def gone() -> str:
    """Return the page that stands for what is not there."""
    return (
        "<html><head><title> 美食, 餐厅餐饮, 团购,生活,优惠券-大众点评网</title>"
        '<link rel="stylesheet" href="//www.dpfile.com/app/dpindex-new-static/static/new_404_pc.min.css"/></head>'
        "<body><p>页面无法访问......</p></body></html>"
    )


def _stars(rating: float | None) -> str:
    return f"{round((rating or 0) * 10):02d}" if rating else "0"


def _local(moment: datetime) -> str:
    return moment.astimezone(_CHINA).strftime("%Y-%m-%d %H:%M")
