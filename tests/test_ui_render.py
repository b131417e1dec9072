"""The answer on the page: whole, and nothing in it is ever live."""

import re
from html.parser import HTMLParser

import pytest

from assistant.messages import Answer, Citation, Computed, Dropped, Fact, Flag, Sentence, Urgency
from kb.extract.places import Rectangle
from kb.messages import Document, Passage, Source
from ui.render import answer_html, error_html, source_link, to_text, urgency_html, working_html
from ui.render_text import fact_words
from ui.web.views import (
    PagePicture,
    View,
    good_html,
    library_html,
    page_html,
    source_html,
    status_html,
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
    "a", "article", "blockquote", "body", "dd", "details", "div", "dl", "dt", "em", "figcaption",
    "figure", "footer", "h2", "h3", "head", "header", "html", "img", "li", "link", "main", "mark",
    "meta", "nav", "p", "rect", "s", "section", "small", "span", "strong", "summary", "svg",
    "title", "ul",
}  # fmt: skip


class Tags(HTMLParser):
    """Collects tags and attributes."""

    def __init__(self):
        super().__init__()
        self.found = []
        self.text = []

    def handle_data(self, data):
        self.text.append(data)

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
        if not attributes.get("src", PICTURE).startswith(PICTURE):
            return False
    return True


PICTURE = "data:image/png;base64,"


def document(text, **more):
    source = Source("s1", text, text, 2020, text, text, text)
    return Document(f"local/{text}", "local", text, "d", text, text, file_name=text,
                    sources=(source,), notes=(text,), pages=2, **more)  # fmt: skip


def passage(text, start=0, page=None, section=("Part",)):
    return Passage("local/a#1", "local/a", "local", "T", section, page, start, start + len(text),
                   text, (), (), "s", "d")  # fmt: skip


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
    shown = passage(payload, section=(payload,))
    picture = PagePicture(1, b"png", (Rectangle(0.1, 0.1, 0.5, 0.1),))
    views = [
        View(document(payload), [shown], (0, len(payload)), notice=payload),
        View(document(payload), [passage(payload, page=1)], (0, 2), picture),
    ]
    pages = [
        urgency_html(answer(payload).urgency),
        answer_html(answer(payload)),
        working_html(answer(payload)),
        error_html(payload),
        good_html(payload),
        library_html([document(payload)]),
        status_html([document(payload)]),
        *(page_html(payload, source_html(view)) for view in views),
    ]
    assert all(inert(page) for page in pages)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_payloads_are_shown_as_they_were_typed(payload):
    parser = Tags()
    parser.feed(error_html(payload))
    assert "".join(parser.text) == payload.replace("\x00", "\x00")


@pytest.mark.parametrize("text", ["one\n\n![x](/y)", "a\r\n\r\n# big", "\n\n<script>", "$$x$$\n\n"])
def test_what_a_reader_of_markdown_gets_is_one_block(text):
    for html in (answer_html(answer(text)), urgency_html(answer(text).urgency), error_html(text),
                 library_html([document(text)])):  # fmt: skip
        assert "\n" not in html
        assert "\r" not in html
        assert html.startswith("<")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("age_days", "5", "age 5 days"), ("age_days", "60", "age 60 days"),
        ("age_days", "61", "age 2 months"), ("age_days", "244", "age 8 months"),
        ("age_days", "731", "age 2 years"), ("age_days", "1095", "age 3 years"),
        ("age_days", "1096", "age 3 years"), ("age_days", "about 5", "age days about 5"),
        ("weight_kg", "12", "weight 12 kg"), ("gest_weeks", "36", "36 weeks pregnant"),
        ("new_sign", "4", "new sign 4"),
    ],
)  # fmt: skip
def test_facts_are_said_as_people_say_them(name, value, words):
    assert fact_words(Fact(name, value, 0, 1)) == words


def test_what_the_patient_panel_says_stands_on_the_sheet():
    assert "<li>weight 12</li>" in answer_html(answer("Zinc"), ["weight 12"])


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
    for words in ("Not a diagnosis", "Status: Zinc", "Missing", "left out", "Please check"):
        assert words in html
    nothing = Answer("q", "reference", Urgency(), abstained=True, reason="I don't know.")
    assert "Status: draft, not clinician-reviewed" in answer_html(nothing)
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
    shown = [passage("one two", start=10)]
    assert '<mark id="quote" tabindex="-1">two</mark>' in source_html(
        View(document("T"), shown, (14, 17))
    )
    assert "<mark" not in source_html(View(document("T"), shown, (14, 14)))
    assert "<mark" not in source_html(View(document("T"), shown, (90, 99)))
    assert source_html(View(document("T"), shown, (14, 99))).count("<mark") == 1


def test_a_quote_over_two_passages_is_marked_in_both():
    shown = [passage("one two"), passage("three four", start=8)]
    html = source_html(View(document("T"), shown, (4, 13)))
    assert re.findall(r"<mark[^>]*>([^<]*)", html) == ["two", "three"]


def test_only_the_passages_around_a_quote_are_shown_until_all_are_asked_for():
    shown = [passage(f"line {n:03}", start=n * 10) for n in range(100)]
    near = source_html(View(document("T"), shown, (500, 508)))
    assert "line 050" in near
    assert "line 030" not in near
    assert "?whole=1" in near
    whole = source_html(View(document("T"), shown, (500, 508), is_whole=True))
    assert "line 000" in whole
    assert "?whole=1" not in whole


def test_places_of_a_quote_are_drawn_over_the_page_and_pages_can_be_turned():
    picture = PagePicture(1, b"png", (Rectangle(0.1, 0.25, 0.5, 0.02),))
    html = source_html(View(document("T"), [passage("x", page=1)], (0, 1), picture))
    assert '<rect x="0.0960" y="0.2460" width="0.5080" height="0.0280"/>' in html
    assert "Page 1 of 2; the quote is marked" in html
    assert re.findall(r"\?page=(\d)", html) == ["2"]


def test_what_was_calculated_shows_its_inputs_formula_and_source():
    dose = Computed("dose", {"dose": "250 mg"}, {"weight_kg": "10"}, "25 mg/kg x 10 kg", "AWaRe")
    shown = Answer("q", "reference", Urgency(), computed=(dose,))
    for words in ("dose 250 mg", "weight kg 10", "25 mg/kg x 10 kg", "AWaRe"):
        assert words in answer_html(shown)
    assert "dose: dose 250 mg (25 mg/kg x 10 kg; AWaRe)" in to_text(shown)


def test_sentences_under_the_same_heading_stand_together():
    lines = tuple(
        Sentence(t, "quote", (), label) for t, label in (("1", "A"), ("2", "B"), ("3", "A"))
    )
    html = answer_html(Answer("q", "reference", Urgency(), sentences=lines))
    assert re.findall(r"<h2>([AB])", html) == ["A", "B"]
    assert re.findall(r'<li class="quote">(\d)', html) == ["1", "3", "2"]


def test_a_model_s_words_are_told_from_quotes():
    html = answer_html(answer("Zinc"))
    assert html.count("model&#x27;s words") + html.count("model's words") == 1
