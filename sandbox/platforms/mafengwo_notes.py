"""The HTML of mafengwo's travel notes, and of the pages that list them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from sandbox.model import Listing, Note
from sandbox.names import City
from sandbox.platforms.mafengwo_pages import IMAGES, local, page


def destination(city: City, notes: Sequence[Note], sights: Sequence[Listing]) -> str:
    """Return a city's page with the notes about it."""
    links = "".join(f'<li><a href="/poi/{sight.ref}.html">{escape(sight.name)}</a></li>' for sight in sights)
    body = f"""
<div class="container"><div class="crumb"><div class="item"><a href="/mdd/">目的地</a></div></div>
<div class="place-navbar"><a href="/jd/{city.mafengwo}/gonglve.html" title="{city.name}景点">景点</a></div>
<div class="hot-poi"><ul>{links}</ul></div>
<div class="tn-list" id="_j_tn_content">{note_items(notes)}</div></div>"""
    return page(f"{city.name}旅游攻略", {"mddid": city.mafengwo, "mddname": city.name}, body)


def note_items(notes: Iterable[Note]) -> str:
    """Return a list of notes, as recommendNoteApi gives it."""
    return "".join(
        f"""<div class="tn-item clearfix"><div class="tn-image"><a href="/i/{note.ref}.html" target="_blank">
<img src="{IMAGES}/note{note.ref}.jpeg"></a></div>
<div class="tn-wrapper"><dl><dt><a href="/i/{note.ref}.html" target="_blank">{escape(note.title or "")}</a></dt>
<dd><a href="/i/{note.ref}.html" target="_blank">{escape(note.paragraphs[0][:60])}</a></dd></dl>
<div class="tn-extra"><span class="tn-user"><a href="/u/{note.author.id}.html">{escape(note.author.name)}</a></span>
<span class="tn-ding">{note.likes}</span></div></div></div>"""
        for note in notes
    )


def note(note: Note) -> str:
    """Return the page of a travel note."""
    author = note.author
    env = {
        "curr_page": 1,
        "author_uid": author.id,
        "author_name": author.name,
        "is_new_note": True,
        "iid": int(note.ref),
        "new_iid": f"1{note.ref}",
        "has_more": not note.complete,
    }
    pictures = list(zip(note.mentions, note.photos, strict=False))
    body = ""
    for number, paragraph in enumerate(note.paragraphs):
        link = (
            f'<a class="link _j_keyword_mdd" data-kw="{note.city.name}" target="_blank" '
            f'href="/travel-scenic-spot/mafengwo/{note.city.mafengwo}.html">{note.city.name}</a>'
        )
        text = escape(paragraph).replace(note.city.name, link, 1) if number == 1 else escape(paragraph)
        body += f'<p class="_j_note_content _j_seqitem" data-seq="{number}">\n            {text}<br/>\n</p>\n'
        if pictures:
            body += _picture(*pictures.pop(0))
    journey = ""
    if note.travel_date is not None:
        journey = (
            f'<li class="time">出发时间<span>/</span>{note.travel_date}<i></i></li>'
            f'<li class="day">出行天数<span>/</span>{note.days} 天</li><li class="people">人物<span>/</span>和朋友</li>'
            f'<li class="cost">人均费用<span>/</span>{note.cost:.0f}RMB</li>'
        )
    return page(
        f"{note.title}",
        env,
        f"""
<div class="_j_titlebg"><div class="view_info"><div class="vi_con">
<h1 class="headtext lh80">{escape(note.title or "")}</h1></div></div></div>
<div class="view_title clearfix"><div class="vt_center"><div class="ding _j_ding_father">
<div class="num _j_up_num topvote{note.ref}">{note.likes}</div></div>
<div class="person"><a class="per_pic" href="/u/{author.id}.html"><img src="{IMAGES}/{author.avatar}"/></a>
<strong><a class="per_name" href="/u/{author.id}.html" target="_blank" title="{escape(author.name)}">{escape(author.name)}
            ({note.city.name})         </a></strong>
<div class="vc_time"><span class="time">{local(note.published_at, "%Y-%m-%d %H:%M")}</span><span>
<i class="ico_view"></i>{note.views}/0</span></div></div></div></div>
<div class="view clearfix"><div class="view_con"><div class="travel_directory _j_exscheduleinfo">
<div class="tarvel_dir_list clearfix"><ul>{journey}</ul></div></div>
<div class="vc_article"><div class="va_con _j_master_content"><div class="_j_content_box">
{body}</div></div></div></div></div>""",
    )


def _picture(sight: Listing, photo: str) -> str:
    return f"""<div class="add_pic _j_anchorcnt _j_seqitem" data-pid="{sight.ref}9" data-poiid="{sight.ref}">
<a href="{IMAGES}/{photo}" target="_blank">
<img alt="" data-pid="{sight.ref}9" data-src="{IMAGES}/{photo}" src="{IMAGES}/{photo}"/></a>
<span class="pic_tag"><a class="_j_anchor" data-poiid="{sight.ref}" href="/poi/{sight.ref}.html" target="_blank">
<i class="house"></i>{escape(sight.name)}</a></span></div>
"""


def found_notes(words: str, notes: Iterable[Note]) -> str:
    """Return the page of a search for notes."""
    items = "".join(f'<li><h3><a href="/i/{note.ref}.html">{escape(note.title or "")}</a></h3></li>' for note in notes)
    return page(f"{words}搜索结果", {}, f'<div class="att-list" data-category="info"><ul>{items}</ul></div>')
