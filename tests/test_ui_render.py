"""The answer on the page: whole, and nothing in it is ever live."""

import re
from html.parser import HTMLParser

import pytest

from assistant.messages import Answer, Citation, Dropped, Fact, Flag, Sentence, Urgency
from kb.messages import Document, Source
from ui.render import (
    answer_html,
    document_html,
    error_html,
    library_html,
    source_link,
    to_text,
    urgency_html,
)

PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "javascript:alert(1)",
    '"><script>alert(1)</script>',
    "'><img src=x onerror=alert(1)>",
    "</mark></pre><script>alert(1)</script>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<object data=javascript:alert(1)></object>",
    "<embed src=javascript:alert(1)>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<style>@import '//evil.example/x.css';</style>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<base href='//evil.example/'>",
    "<form action=//evil.example><input type=submit>",
    "<button formaction=javascript:alert(1)>x</button>",
    "<template><script>alert(1)</script></template>",
    "<noscript><p title='</noscript><script>alert(1)</script>'>",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "${alert(1)}",
    "{{constructor.constructor('alert(1)')()}}",
    "`${alert(1)}`",
    "![x](javascript:alert(1))",
    "[x](javascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "<<script>script>alert(1)<</script>/script>",
    "<scr\x00ipt>alert(1)</scr\x00ipt>",
    "<ScRiPt>alert(1)</sCrIpT>",
    "<img src='x' onerror='alert(1)'",
    "\u003cscript\u003ealert(1)\u003c/script\u003e",
    "<a\thref=javascript:alert(1)>x</a>",
    "' onmouseover='alert(1)",
    '" onmouseover="alert(1)',
]
ALLOWED = {
    "a", "article", "details", "em", "footer", "h2", "h3", "li", "ol", "p", "s", "section", "small",
    "strong", "summary", "table", "tbody", "td", "th", "thead", "tr", "ul", "html", "head", "meta",
    "title", "link", "body", "main", "h1", "pre", "mark", "span",
}  # fmt: skip


class Tags(HTMLParser):
    """Collects tags and attributes."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def inert(html):
    """Whether a page has only our tags, no handlers, and links to this machine only."""
    parser = Tags()
    parser.feed(html)
    for tag, attributes in parser.found:
        if tag not in ALLOWED or any(name.startswith("on") for name in attributes):
            return False
        target = attributes.get("href", "/")
        if not target.startswith("/") or target.startswith("//"):
            return False
    return True


def citation(text):
    return Citation(
        "p#1", text, text, text, text, 3, f"https://{text}", text, text, 0, 4, f"local/{text}"
    )


def answer(text):
    flag = Flag(text, text, "emergency", text, text, text)
    return Answer(
        question=text,
        mode="reference",
        urgency=Urgency("emergency", (flag,), (text,)),
        abstained=True,
        reason=text,
        missing=(text,),
        sentences=(Sentence(text, "quote", ("c1",), text), Sentence(text, "written", ("c1",))),
        citations={"c1": citation(text)},
        dropped=(Dropped(text, text),),
        facts=(Fact(text, text, 0, 1), Fact(text, text, 0, 1, doubt=text)),
        nearest=(citation(text),),
        warnings=(text,),
        versions={"app": text, "packs": {text: text}},
    )


@pytest.mark.parametrize("payload", PAYLOADS)
def test_forty_payloads_are_inert_everywhere(payload):
    document = Document(f"local/{payload}", "local", payload, "d", payload, payload, file_name=payload,
                        sources=(Source("s1", payload, payload, 2020, payload, payload, payload),),
                        notes=(payload,), pages=2)  # fmt: skip
    pages = [
        urgency_html(answer(payload).urgency),
        answer_html(answer(payload)),
        error_html(payload),
        library_html([document]),
        document_html(document, payload * 3, (0, len(payload)), ""),
        document_html(document, payload, None, ""),
    ]
    assert all(inert(page) for page in pages)


def test_there_are_at_least_forty():
    assert len(set(PAYLOADS)) >= 40


def test_no_address_with_a_scheme_is_shown():
    assert "://" not in answer_html(answer("who.int"))
    assert "who.int" in answer_html(answer("who.int"))


def test_chips_count_from_one_and_open_the_quote():
    html = answer_html(answer("Zinc"))
    assert re.findall(r'aria-label="Source (\d): Zinc"', html) == ["1", "1"]
    assert source_link(citation("Zinc")) == "/source/local/Zinc?start=0&end=4#quote"


def test_everything_that_must_be_said_is_said():
    html = answer_html(answer("Zinc"))
    for words in (
        "Not a diagnosis",
        "draft, not clinician-reviewed",
        "What would change",
        "left out",
    ):
        assert words in html
    assert 'role="alert"' in urgency_html(answer("x").urgency)


def test_no_banner_without_danger():
    assert urgency_html(Urgency("routine")) == ""


def test_same_action_is_said_once():
    flags = tuple(Flag(i, i, "emergency", "seen", "Do this now.", "S") for i in ("a", "b"))
    assert urgency_html(Urgency("emergency", flags)).count("Do this now.") == 1


def test_text_form_has_marks_and_sources():
    text = to_text(answer("Zinc"))
    assert "- Zinc [1]" in text
    assert "[1] Zinc; Zinc; Zinc; page 3" in text


def test_highlight_is_exact_and_a_wrong_span_harmless():
    document = Document("local/a", "local", "T", "d", "text/plain", "s")
    assert '<mark id="quote" tabindex="-1">two</mark>' in document_html(
        document, "one two", (4, 7), ""
    )
    assert "<mark" not in document_html(document, "one two", (4, 99), "")
