"""The HTML of mafengwo's pages and pagelets: the classes and nesting of the real ones, invented content."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, timezone
from html import escape
from typing import Any

from sandbox.model import Listing, Review
from sandbox.names import City

_CHINA = timezone(timedelta(hours=8))
IMAGES = "https://p1-q.mafengwo.net/s18/M00"
_HOSTS = {"WWW_HOST": "www.mafengwo.cn", "PAGELET_HTTP": "https://pagelet.mafengwo.cn", "UID": 0, "CSTK": "0f"}


def page(title: str, env: dict[str, Any], body: str) -> str:
    """Return a whole page."""
    return (
        f'<!DOCTYPE html>\n<html>\n<head>\n<meta http-equiv="Content-Type" content="text/html; charset=UTF-8"/>\n'
        f"<title>{escape(title)} - 马蜂窝</title>\n"
        f'<script type="text/javascript">\nwindow.Env = {_script({**env, **_HOSTS})};\n</script>\n</head>\n<body>\n'
        f'<div id="header"><a class="mfw-logo" title="马蜂窝自由行" href="/"></a><a href="/mdd/">目的地</a></div>\n'
        f'{body}\n<div id="footer"><p>马蜂窝旅游网</p></div>\n</body>\n</html>\n'
    )


def poi(listing: Listing, reviews: str) -> str:
    """Return the page of a place."""
    city, name = listing.place.city, escape(listing.name)
    english = f'<div class="en">{escape(listing.name_en)}</div>' if listing.name_en else ""
    env = {"mddid": city.mafengwo, "mddname": city.name, "poiid": int(listing.ref), "poiname": listing.name}
    body = f"""
<div class="container" data-cs-t="景点详情页">
<div class="row row-top"><div class="wrapper">
<div class="crumb" data-cs-p="面包屑"><div class="item"><a href="/mdd/" target="_blank">目的地</a><em>&gt;</em></div>
<div class="item"><div class="drop"><span class="hd">
<a href="/travel-scenic-spot/mafengwo/{city.mafengwo}.html">{city.name}<i></i></a></span></div><em>&gt;</em></div>
<div class="item cur">{city.name}景点</div></div>
<div class="title"><h1>{name}</h1>{english}</div>
<div class="r-nav" id="poi-navbar"><ul class="clearfix"><li data-scroll="commentlist">
<a title="蜂蜂点评">蜂蜂点评<span>（{listing.review_count}条）</span></a></li></ul></div>
</div></div>
<div data-anchor="overview">
<div class="row row-picture row-bg"><div class="wrapper"><a class="photo" href="/photo/poi/{listing.ref}.html">
<div class="bd">
<div class="pic-big"><img src="{IMAGES}/poi{listing.ref}.jpeg" width="690" height="370"/></div></div></a></div></div>
{_details(listing)}
<div class="mod mod-location"><div class="mhd">景点位置<p class="sub">{escape(full_address(listing))}</p></div>
<div class="mbd clearfix">{_pagelet("poiLocationApi", listing.ref)}</div></div>
{_pagelet("poiTicketsApi", listing.ref)}
<div data-anchor="subPoilist">{_pagelet("poiSubPoiApi", listing.ref)}</div>
</div>
<div data-anchor="commentlist" id="commentlist">{reviews or _pagelet("poiCommentListApi", listing.ref)}</div>
</div>"""
    return page(f"{listing.name}攻略,{listing.name}门票_地址", env, body)


def full_address(listing: Listing) -> str:
    """Return the address as mafengwo writes it: from the province down."""
    city = listing.place.city
    province = "" if city.province == city.full_name else city.province
    return f"{province}{city.full_name}{listing.place.district.name}{listing.address}"


def _details(listing: Listing) -> str:
    rows = ""
    if listing.phones:
        phones = escape("；".join(listing.phones))
        rows += f'<li class="tel"><div class="label">电话</div><div class="content">{phones}</div></li>'
    if listing.website:
        site = escape(listing.website)
        rows += (
            f'<li class="item-site"><div class="label">网址</div>'
            f'<div class="content"><a href="{site}" target="_blank" rel="nofollow">{site}</a></div></li>'
        )
    rows += '<li class="item-time"><div class="label">用时参考</div><div class="content">1-3小时</div></li>'
    facts = f"<dl><dt>交通</dt><dd>乘地铁到{listing.place.district.areas[0]}站下车。</dd></dl>"
    if listing.price is not None:
        price = "免费" if listing.price == 0 else f"成人票:{listing.price:g}人民币 (1月1日-12月31日 周一-周日)<br />"
        facts += f"<dl><dt>门票</dt><dd><div> {price}</div></dd></dl>"
    if listing.hours:
        facts += f"<dl><dt>开放时间</dt><dd>{listing.hours} (1月1日-12月31日 周一-周日)<br /></dd></dl>"
    summary = f'<div class="summary">{escape(listing.summary)}</div>' if listing.summary else ""
    return (
        f'<div class="mod mod-detail" data-cs-p="概况">{summary}<ul class="baseinfo clearfix">{rows}</ul>{facts}</div>'
    )


def review_list(reviews: Sequence[Review], number: int, last: int, total: int) -> str:
    """Return what poiCommentListApi gives as HTML."""
    items = "".join(_review(review) for review in reviews)
    return f"""<div class="mod mod-reviews" data-cs-p="评论列表">
<div class="mhd mhd-large">蜂蜂点评<span>（共有<em>{total}</em>条真实评价）</span></div>
<div class="review-nav"><ul class="clearfix"><li data-type="0" data-category="0" class="on"><span class="divide">
</span><a><span>全部</span></a></li>
<li data-type="0" data-category="2"><a><span>有图</span><span class="num">（{total // 3}条）</span></a></li></ul></div>
<div class="loading-img" style="display: none;"></div>
<div class="_j_commentlist"><div class="rev-list"><ul>{items}</ul></div>
<div align="right" class="m-pagination">{_pages(number, last, total)}</div></div></div>"""


def _review(review: Review) -> str:
    author, moment = review.author, local(review.published_at, "%Y-%m-%d %H:%M:%S")
    photos = "".join(
        f'<a href="/photo/poi/{review.about_ref}_{review.ref}.html" target="_blank">'
        f'<img src="{IMAGES}/{photo}" width="200"/></a>'
        for photo in review.photos
    )
    text = escape(review.text or "").replace("\n", "<br />\n")
    return f"""<li class="rev-item comment-item clearfix">
<div class="user"><a class="avatar" href="/u/{author.id}.html" target="_blank">
<img src="{IMAGES}/{author.avatar}" width="48" height="48"/></a><span class="level">LV.{review.likes + 8}</span>
</div>
<a class="useful" data-id="{review.ref}" title="点赞"><i></i><span class="useful-num">{review.likes}</span> </a>
<a class="name" href="/u/{author.id}.html" target="_blank">{escape(author.name)}</a>
<span class="s-star s-star{review.rating}"></span>
<p class="rev-txt">{text}</p>
<div class="rev-img">{photos}</div>
<div class="info clearfix"><a class="btn-comment _j_comment" title="添加评论">评论</a><span class="time">{moment}</span>
</div>
</li>"""


def _pages(number: int, last: int, total: int) -> str:
    if last < 2:
        return ""
    links = "".join(
        f'<span class="pg-current">{page}</span>'
        if page == number
        else f'<a class="pi" data-page="{page}" rel="nofollow" title="第{page}页">{page}</a>'
        for page in range(1, last + 1)
    )
    following = f'<a class="pi pg-next" data-page="{number + 1}" title="后一页">后一页</a>' if number < last else ""
    return f'<span class="count">共<span>{last}</span>页 / <span>{total}</span>条</span>{links}{following}'


def pagination(number: int, last: int, total: int) -> str:
    """Return the links to the pages of a list."""
    return f'<div align="right" class="m-pagination">{_pages(number, last, total)}</div>' if last > 1 else ""


def neighbours(around: Iterable[tuple[Listing, float, float]]) -> str:
    """Return what poiLocationApi gives as HTML."""
    items = "".join(
        f'<li data-id="{sight.ref}" data-lat="{lat:.6f}" data-lng="{lon:.6f}" data-name="{escape(sight.name)}">'
        f'<a href="/poi/{sight.ref}.html" target="_blank"><h3>{escape(sight.name)}</h3></a></li>'
        for sight, lon, lat in around
    )
    return f'<div class="map-box"></div><div class="bd"><ul class="_j_poi_list">{items}</ul></div>'


def sight_list(city: City, top: Sequence[Listing], hot: Sequence[Listing], on_map: Sequence[dict[str, Any]]) -> str:
    """Return a city's page of sights."""
    best = "".join(_top(number, sight) for number, sight in enumerate(top, 1))
    more = "".join(
        f'<div class="figure"><a href="/poi/{sight.ref}.html" target="_blank" title="{escape(sight.name)}">'
        f'<img src="{IMAGES}/poi{sight.ref}.jpeg"><h3 class="title">{escape(sight.name)}</h3></a></div>'
        for sight in hot
    )
    body = f"""
<div class="container"><div class="row row-summary row-bg"><div class="wrapper"><h2 class="title">景点概况</h2></div>
</div>
<div class="row row-top5" data-cs-p="必游景点"><div class="wrapper"><h2 class="title">必游景点TOP5</h2>{best}</div></div>
<div class="row row-hotScenic row-bg" data-cs-p="热门景点"><div class="wrapper"><h2 class="title">热门景点</h2>
<div class="bd"><div class="grid grid-two">{more}</div></div></div></div>
<div class="row row-allScenic" data-cs-p="全部景点"><div class="wrapper"><h2 class="title">{city.name}全部景点</h2>
<ul class="nav clearfix"><li><a title="全部景点">全部景点</a></li></ul><div class="bd"><ul class="scenic-list clearfix">
</ul></div><div class="_j_tn_pagination"></div></div></div>
<script type="text/javascript">
(function ($) {{ function getPage() {{ $.ajax({{ url: '/ajax/router.php', dataType: "json", type: 'post',
  data: {{ 'sAct': 'KMdd_StructWebAjax|GetPoisByTag', 'iMddid': {city.mafengwo}, 'iTagId': 0, 'iPage': page }}
}}); }} }})(jQuery);
</script>
<div class="row row-allPlace row-bg" data-cs-p="地图"><div class="wrapper"><script type="text/javascript">
$(function(){{ var latandlng = {{ 'zoom': 12, 'lat': {city.districts[0].lat}, 'lng': {city.districts[0].lon} }},
  mapponints = {_script(on_map)};
}});</script></div></div></div>"""
    return page(f"{city.name}景点介绍,{city.name}旅游景点", {"isCnmain": True, "country_mddid": 21536}, body)


def _top(number: int, sight: Listing) -> str:
    name = escape(sight.name)
    return f"""<div class="item clearfix"><div class="info"><div class="middle"><h3><span class="num">{number}</span>
<a href="/poi/{sight.ref}.html" target="_blank" title="{name}">{name}</a>
<a href="/poi/{sight.ref}.html" target="_blank" title="{name}"><span class="rev-total">
<em>{sight.review_count}</em> 条点评</span></a></h3>
<p>{escape(sight.summary or "")}</p></div></div>
<div class="pic"><a href="/poi/{sight.ref}.html" target="_blank" title="{name}"><div class="large">
<img src="{IMAGES}/poi{sight.ref}.jpeg" width="380"/></div></a></div></div>"""


def map_point(sight: Listing) -> dict[str, Any]:
    """Return what the map of a list page knows of a sight, without its position."""
    return {
        "id": sight.ref,
        "type_id": "3",
        "type_code": "jd",
        "name": sight.name,
        "foreign_name": sight.name_en or "",
        "num_comment": str(sight.review_count),
        "rank": "90",
        "description": sight.summary or "",
        "subList": [],
    }


def sight_grid(sights: Sequence[Listing]) -> str:
    """Return the list in an answer of GetPoisByTag."""
    return "".join(
        f'<li><a href="/poi/{sight.ref}.html" target="_blank" title="{escape(sight.name)}">'
        f'<div class="img"><img src="{IMAGES}/poi{sight.ref}.jpeg" width="192" height="130"></div>'
        f"<h3>{escape(sight.name)}</h3></a></li>"
        for sight in sights
    )


def empty_list(city: City) -> str:
    """Return a city's page of places of a sort that it has none of."""
    return page(f"{city.name}攻略", {}, '<div class="container"><div class="row row-top5"></div></div>')


def city_list(cities: Iterable[City]) -> str:
    """Return the list of cities."""
    links = "".join(f'<li><a href="/travel-scenic-spot/mafengwo/{c.mafengwo}.html">{c.name}</a></li>' for c in cities)
    return page("旅游目的地", {}, f'<div class="row row-list"><ul>{links}</ul></div>')


def found_places(words: str, sights: Iterable[Listing]) -> str:
    """Return the page of a search for places."""
    items = "".join(
        f'<li><div class="clearfix"><div class="ct-text"><h3><a href="/poi/{sight.ref}.html">景点 - {escape(sight.name)}</a>'
        f"</h3></div></div></li>"
        for sight in sights
    )
    return page(f"{words}搜索结果", {}, f'<div class="att-list" data-category="poi"><ul>{items}</ul></div>')


def local(moment: datetime, form: str) -> str:
    """Return a moment as China's clocks show it."""
    return moment.astimezone(_CHINA).strftime(form)


def _pagelet(name: str, ref: str) -> str:
    params = escape(json.dumps({"poi_id": ref}, separators=(",", ":")))
    return (
        f'<div data-pagelet id="pagelet-block-{name}" class="" data-api=":poi:pagelet:{name}" '
        f'data-params="{params}" data-async="1"></div>'
    )


def _script(data: Any) -> str:
    return json.dumps(data).replace("/", "\\/")
