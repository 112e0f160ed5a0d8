"""The demonstration's page templates: pure functions from a `View` to HTML, one for each style of site.

Each style has the noise of its kind: what real news pages put round and into their text, and what a cleaner
must take out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from html import escape

from crawler.demo.content import Style


@dataclass(frozen=True, slots=True, kw_only=True)
class Teaser:
    """Another article of the site, as its boxes show it. Without a `url` it is shown without a link."""

    title: str
    url: str | None
    summary: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """All that a template shows. `paragraphs` is the article and nothing but the article."""

    site: str
    language: str
    url: str
    title: str
    paragraphs: tuple[str, ...]
    summary: str
    authors: tuple[str, ...]
    tags: tuple[str, ...]
    published: datetime
    modified: datetime
    menu: tuple[tuple[str, str], ...]
    related: tuple[Teaser, ...] = ()
    also: Teaser | None = None
    paywalled: bool = False
    charset: str = "utf-8"


def article_page(style: Style, view: View) -> str:
    """The page of an article in the style of its site."""
    return _TEMPLATES[style](view)


def list_page(
    view_title: str, language: str, menu: Iterable[tuple[str, str]], teasers: Iterable[Teaser], note: str = ""
) -> str:
    """A home or section page: links to articles among links that lead to none."""
    items = "\n".join(
        f'<li><h3><a href="{escape(teaser.url or "#")}">{escape(teaser.title)}</a></h3>'
        f"<p>{escape(teaser.summary)}</p></li>"
        for teaser in teasers
    )
    return f"""<!doctype html>
<html lang="{escape(language)}"><head><meta charset="utf-8"><title>{escape(view_title)}</title></head>
<body>
<header><ul class="menu">{_menu(menu)}</ul></header>
<h1>{escape(view_title)}</h1>
<p>{escape(note)}</p>
<ul class="list">
{items}
</ul>
<footer><ul>{_menu(menu)}</ul>
<a href="mailto:desk@example.invalid">Mail</a> <a href="javascript:void(0)">Top</a></footer>
</body></html>
"""


def _menu(menu: Iterable[tuple[str, str]]) -> str:
    return "".join(f'<li><a href="{escape(url)}">{escape(name)}</a></li>' for name, url in menu)


def _paragraphs(paragraphs: Iterable[str]) -> str:
    return "\n".join(f"<p>{escape(text, quote=False)}</p>" for text in paragraphs)


def _link(teaser: Teaser) -> str:
    if teaser.url is None:
        return escape(teaser.title)
    return f'<a href="{escape(teaser.url)}">{escape(teaser.title)}</a>'


def _head(view: View, extra: str = "") -> str:
    return f"""<!doctype html>
<html lang="{escape(view.language)}"><head>
<meta charset="{escape(view.charset)}">
<title>{escape(view.title)} | {escape(view.site)}</title>
<link rel="canonical" href="{escape(view.url)}">
<meta name="description" content="{escape(view.summary)}">
{extra}</head>
"""


def _json_ld(view: View) -> str:
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": view.title,
        "datePublished": view.published.isoformat(),
        "dateModified": view.modified.isoformat(),
        "author": [{"@type": "Person", "name": name} for name in view.authors],
        "publisher": {"@type": "Organization", "name": view.site},
        "isAccessibleForFree": not view.paywalled,
        "keywords": list(view.tags),
        "inLanguage": view.language,
    }
    # `</script>` in a headline must not end the script.
    return json.dumps(data, ensure_ascii=True).replace("<", "\\u003c")


def _semantic(view: View) -> str:
    """A newspaper of today: article, aside, JSON-LD and Open Graph; newsletter line, topics, related box."""
    extra = f"""<meta property="og:type" content="article">
<meta property="og:title" content="{escape(view.title)}">
<meta property="og:site_name" content="{escape(view.site)}">
<meta property="article:published_time" content="{view.published.isoformat()}">
<meta property="article:modified_time" content="{view.modified.isoformat()}">
<script type="application/ld+json">{_json_ld(view)}</script>
"""
    body = _paragraphs(view.paragraphs)
    if view.paywalled:
        body += """
<div class="paywall"><h2>Subscribe to continue reading</h2>
<p>You have read your two free articles this month. Subscribe to continue reading.</p>
<a class="button" href="/subscribe">See our offers</a></div>"""
    related = "\n".join(f"<li><h4>{_link(teaser)}</h4><p>{escape(teaser.summary)}</p></li>" for teaser in view.related)
    topics = "".join(f"<li>{escape(tag)}</li>" for tag in view.tags)
    return f"""{_head(view, extra)}<body>
<header><a href="/">{escape(view.site)}</a><nav><ul>{_menu(view.menu)}</ul></nav></header>
<main>
<article>
<header><h1>{escape(view.title)}</h1>
<p class="standfirst">{escape(view.summary)}</p>
<p class="byline">By <span rel="author">{escape(" and ".join(view.authors))}</span>
<time datetime="{view.published.isoformat()}">{view.published:%d %B %Y, %H:%M}</time></p></header>
<div class="story">
{body}
</div>
<p class="newsletter">Sign up for our morning newsletter and never miss a story.</p>
<ul class="topics">{topics}</ul>
<div class="share"><button>Share</button> <button>Copy link</button> <button>Print</button></div>
</article>
<aside><h3>Related articles</h3><ul>
{related}
</ul></aside>
</main>
<footer><ul>{_menu(view.menu)}</ul><p>© 2026 {escape(view.site)}. All rights reserved.</p></footer>
</body></html>
"""


def _soup(view: View) -> str:
    """A site of long ago: div soup, meaningless class names, <br><br> between paragraphs, "Also read"."""
    text = "<br><br>\n".join(escape(paragraph, quote=False) for paragraph in view.paragraphs)
    also = f"<br><br>Also Read : {_link(view.also)}" if view.also else ""
    bullets = "<br>".join(f"&bull; {escape(tag)}" for tag in view.tags)
    return f"""{_head(view)}<body bgcolor="#ffffff">
<div class="x1"><div class="x1a"><b>{escape(view.site)}</b></div>
<div class="q7"><ul>{_menu(view.menu)}</ul></div></div>
<div class="w"><div class="c2">
<div class="t9"><h1>{escape(view.title)}</h1></div>
<div class="z4">&bull; {view.published:%B %d, %Y}<br>
&bull; {escape(", ".join(view.authors))}, {view.published:%H:%M}<br>
&bull; Local Press</div>
<div class="k3">{text}{also}</div><span class="pp">print</span> <span class="pp">PRINT</span>
<div class="z5">{bullets}</div>
</div>
<div class="c3"><b>Most read</b><br>
<a href="/city/">City</a><br><a href="/business/">Business</a></div></div>
<div class="x9">Copyright {escape(view.site)} 2026 | <a href="/contact">Contact</a></div>
</body></html>
"""


def _one_column(view: View) -> str:
    """One container of <p>s: date, text, share line and related links look all alike (Japanese)."""
    related = "\n".join(f"<p>{_link(teaser)}</p>" for teaser in view.related)
    tags = " ".join(f"#{tag}" for tag in view.tags)
    return f"""{_head(view)}<body>
<div id="menu"><ul>{_menu(view.menu)}</ul></div>
<div id="main">
<h1>{escape(view.title)}</h1>
<p>{view.published:%Y年%m月%d日 %H時%M分} {escape("、".join(view.authors))}</p>
{_paragraphs(view.paragraphs)}
<p>{escape(tags)}</p>
<p>この記事をシェアする</p>
<p>関連記事</p>
{related}
</div>
<div id="foot"><p>当サイトの記事・写真の無断転載を禁じます。</p></div>
</body></html>
"""


def _magazine(view: View) -> str:
    """Microdata, a teaser box in the middle of the text, a comment form (German)."""
    middle = max(1, len(view.paragraphs) // 2)
    also = f'<div class="teaser-inline"><strong>Lesen Sie auch:</strong> {_link(view.also)}</div>' if view.also else ""
    related = "".join(f"<li>{_link(teaser)}</li>" for teaser in view.related)
    return f"""{_head(view)}<body itemscope itemtype="https://schema.org/NewsArticle">
<div class="kopf"><a href="/">{escape(view.site)}</a><ul>{_menu(view.menu)}</ul></div>
<div class="inhalt">
<h1 itemprop="headline">{escape(view.title)}</h1>
<div class="autor">Von <span itemprop="author">{escape(", ".join(view.authors))}</span>
<meta itemprop="datePublished" content="{view.published.isoformat()}">
{view.published:%d.%m.%Y, %H:%M} Uhr</div>
<div itemprop="articleBody">
{_paragraphs(view.paragraphs[:middle])}
{also}
{_paragraphs(view.paragraphs[middle:])}
</div>
<div class="teilen">Artikel teilen · Drucken · Merken</div>
<div class="mehr"><h3>Mehr zum Thema</h3><ul>{related}</ul></div>
<div class="kommentare"><h3>Kommentare</h3><p>Noch keine Kommentare. Schreiben Sie den ersten!</p></div>
</div>
<div class="fuss">© 2026 {escape(view.site)} · Impressum · Datenschutz</div>
</body></html>
"""


def _aggregator(view: View) -> str:
    """Others' stories, with hashtags, a chat widget, comments and related stories longer than the article."""
    hashtags = " ".join(f"#{''.join(part.capitalize() for part in tag.split())}" for tag in view.tags)
    also = f"<p>Also read: {_link(view.also)}</p>" if view.also else ""
    cards = "\n".join(
        f"""<div class="card"><div class="from">The Daily Feed<br>{29 + number} minutes ago</div>
<h4>{_link(teaser)}</h4><p>{escape(" ".join(teaser.paragraphs), quote=False)}</p></div>"""
        for number, teaser in enumerate(view.related)
    )
    return f"""{_head(view)}<body>
<div class="top"><a href="/">{escape(view.site)}</a><ul>{_menu(view.menu)}</ul></div>
<main><article>
<h1>{escape(view.title)}</h1>
<div class="meta">The Daily Feed ·
<time datetime="{view.published.isoformat()}">{view.published:%d %b %Y}</time></div>
{_paragraphs(view.paragraphs)}
{also}
<div class="tags"><h3>Hashtags</h3><p>{escape(hashtags)}</p></div>
<div class="chat"><h3>Ask the Wirepool assistant</h3>
<p>Let our assistant sum up this story for you in one tap.</p></div>
<div class="comments"><h3>Comments</h3><p>No comments yet...</p></div>
</article>
<aside><h3>Related Articles</h3>
{cards}
</aside></main>
<div class="bottom">© 2026 {escape(view.site)} <button>Print</button></div>
</body></html>
"""


_TEMPLATES = {
    "semantic": _semantic,
    "soup": _soup,
    "paragraphs": _one_column,
    "magazine": _magazine,
    "aggregator": _aggregator,
}
