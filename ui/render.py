"""An answer as HTML and as plain text. Pure; everything from outside is escaped here.

Text of documents, models and people is untrusted: it only ever stands between tags, never in one.
Addresses of sources are shown without their scheme, so that nothing on the page can be fetched.
Each piece of HTML is one line: a reader of Markdown then takes it as it is, whatever the text says.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from urllib.parse import quote, urlencode

from assistant.messages import CARD_STATUS, Answer, Citation, Computed, Fact, Sentence, Urgency
from ui.render_text import (
    LEVEL_WORDS,
    USE,
    by_label,
    fact_words,
    missing_words,
    numbers_of,
    pairs,
    reference,
    to_text,
    unsaid,
)

__all__ = ["USE", "answer_html", "error_html", "one_line", "source_link", "to_text", "urgency_html",
           "working_html"]  # fmt: skip

KIND_WORDS = {"written": " <small>(model's words)</small>"}
_SPAN = re.compile(r"\?start=\d+&amp;end=\d+#quote")
_MARKS = re.compile(r"^(?:[-*]|\d+\.)\s+|\s*\[s\d+\]", re.MULTILINE)


def urgency_html(urgency: Urgency, call: str = "") -> str:
    """The banner above everything; empty when there is nothing to say.

    Args:
        urgency: what was found.
        call: the local emergency number; empty where it is not known.
    """
    if urgency.level not in ("emergency", "urgent"):
        return ""
    why: dict[tuple[str, str], list[str]] = {}
    for flag in urgency.flags:
        seen = f"<strong>{escape(flag.title)}</strong> <span>({escape(flag.evidence)})</span>"
        why.setdefault((flag.action, flag.source), []).append(seen)
    items = "".join(
        f'<li><div class="why">{"; ".join(seen)}</div><div class="act">{escape(action)}</div>'
        f"<small>Source: {escape(source)}</small></li>"
        for (action, source), seen in why.items()
    )
    asked = _list("Check now", urgency.ask, "check")
    number = f'<p class="call">Emergency number here: <strong>{escape(call)}</strong></p>'
    return one_line(
        f'<section class="banner {urgency.level}" role="alert">'
        f"<h2>{escape(LEVEL_WORDS[urgency.level])}</h2>{number if call else ''}"
        f"<ul>{items}</ul>{asked}</section>"
    )


def answer_html(answer: Answer, given: Sequence[str] = ()) -> str:
    """The answer sheet: what was understood, sentences with numbered citations, sources.

    Args:
        answer: what is shown.
        given: what was said of the patient apart from the question, such as `weight 12`.
    """
    parts = [
        _head(answer),
        _list("From the patient panel", given, "facts"),
        _facts(answer.facts),
        _list("Missing; it would change this answer", missing_words(answer), "missing"),
        _abstention(answer),
        "".join(_computed(one) for one in unsaid(answer)),
        _sentences(answer),
        _list("Please note", answer.warnings, "notes"),
        _sources(answer),
        _dropped(answer),
        _receipt(answer),
    ]
    return one_line(f'<article class="sheet">{"".join(parts)}</article>')


def working_html(answer: Answer) -> str:
    """What is shown while the answer is being written."""
    note = '<p class="working" role="status">Looking in the library…</p>'
    return note + answer_html(answer) if answer.sentences else note


def error_html(message: str) -> str:
    """A plain message in the place of an answer."""
    return one_line(f'<p class="problem" role="alert">{escape(message)}</p>')


def source_link(citation: Citation) -> str:
    """Address, on this machine, of the document with the quote highlighted."""
    query = urlencode({"start": citation.start, "end": citation.end})
    return f"/source/{quote(citation.document)}?{query}#quote"


def one_line(html: str) -> str:
    """The same HTML for a reader of Markdown, to whom an empty line would end it."""
    return html.replace("\r", "").replace("\n", "&#10;")


def _head(answer: Answer) -> str:
    shown = [*answer.citations.values(), *answer.nearest]
    statuses = dict.fromkeys(citation.status for citation in shown if citation.status)
    status = "; ".join(statuses) or CARD_STATUS
    return (
        f'<header><p class="status">Status: {escape(status)}</p>'
        '<p class="use">Decision support for health workers; not a diagnosis</p>'
        f'<p class="asked">Question: {escape(answer.question)}</p></header>'
    )


def _abstention(answer: Answer) -> str:
    if not answer.abstained:
        return ""
    nearest = "".join(
        f"<li>{_title_link(c)}<blockquote>{escape(_MARKS.sub('', c.quote)[:300])}</blockquote></li>"
        for c in answer.nearest
    )
    shown = f"<h3>Nearest in the library</h3><ul>{nearest}</ul>" if nearest else ""
    reason = escape(answer.reason or "")
    return f'<section class="abstained"><h2>No answer</h2><p>{reason}</p>{shown}</section>'


def _computed(one: Computed) -> str:
    rows = {"Result": pairs(one.result), "From": pairs(one.inputs), "Formula": one.formula}
    shown = "".join(f"<dt>{k}</dt><dd>{escape(text)}</dd>" for k, text in rows.items() if text)
    return (
        f'<section class="computed"><h2>Calculated: {escape(one.engine)}</h2><dl>{shown}</dl>'
        f"<small>Source: {escape(one.source)}</small></section>"
    )


def _sentences(answer: Answer) -> str:
    numbers = numbers_of(answer)
    parts = []
    for label, group in by_label(answer.sentences):
        items = "".join(
            f'<li class="{s.kind}">{escape(s.text)}{KIND_WORDS.get(s.kind, "")}'
            f" {_chips(s, numbers, answer)}</li>"
            for s in group
        )
        parts.append(f'<section class="lines">{_heading(label)}<ul>{items}</ul></section>')
    return "".join(parts)


def _heading(label: str) -> str:
    """A label such as `Medicines: Acute sinusitis`: what it is, and in small of which document."""
    name, _, title = label.partition(": ")
    of = f" <small>{escape(title)}</small>" if title else ""
    return f"<h2>{escape(name)}{of}</h2>" if label else ""


def _chips(sentence: Sentence, numbers: dict[str, int], answer: Answer) -> str:
    return "".join(_chip(answer.citations[key], numbers[key]) for key in sentence.citations)


def _chip(citation: Citation, number: int) -> str:
    name = f'aria-label="Source {number}: {escape(citation.title)}"'
    if _in_library(citation):
        return f'<a class="chip" href="{escape(source_link(citation))}" {name}>{number}</a>'
    return f'<span class="chip" role="note" {name}>{number}</span>'


def _in_library(citation: Citation) -> bool:
    """Whether there is a document to open; a row of a table or a formula is shown where it is."""
    return citation.end > citation.start


def _sources(answer: Answer) -> str:
    """Sources under their numbers; those that read the same share a line."""
    together: dict[str, list[int]] = {}
    links: dict[str, str] = {}
    for key, number in numbers_of(answer).items():
        citation = answer.citations[key]
        line = f"{_title_link(citation)} {escape(reference(citation))}"
        together.setdefault(_SPAN.sub("", line), []).append(number)
        links.setdefault(_SPAN.sub("", line), line)
    items = "".join(
        f"<li><strong>{', '.join(map(str, numbers))}</strong> {links[line]}</li>"
        for line, numbers in together.items()
    )
    return f'<section class="sources"><h2>Sources</h2><ul>{items}</ul></section>' if items else ""


def _title_link(citation: Citation) -> str:
    if not _in_library(citation):
        return f"<b>{escape(citation.title)}</b>"
    return f'<a href="{escape(source_link(citation))}">{escape(citation.title)}</a>'


def _facts(facts: Sequence[Fact]) -> str:
    said = [fact_words(fact) for fact in facts if not fact.doubt]
    doubts = [fact.doubt for fact in facts if fact.doubt]
    title = "Read from your words; the patient panel corrects it"
    return _list(title, said, "facts") + _list("Please check", doubts, "doubts")


def _list(title: str, items: Iterable[str], kind: str) -> str:
    rows = "".join(f"<li>{escape(item)}</li>" for item in items)
    head = f"<h3>{escape(title)}</h3>"
    return f'<section class="{kind}">{head}<ul>{rows}</ul></section>' if rows else ""


def _dropped(answer: Answer) -> str:
    rows = "".join(
        f"<li><s>{escape(d.text)}</s> <em>{escape(d.reason)}</em></li>" for d in answer.dropped
    )
    summary = f"<summary>{len(answer.dropped)} left out: not traced to a source</summary>"
    return f'<details class="dropped">{summary}<ul>{rows}</ul></details>' if rows else ""


def _receipt(answer: Answer) -> str:
    packs = answer.versions.get("packs")
    named = ", ".join(f"{k} {v}" for k, v in packs.items()) if isinstance(packs, Mapping) else ""
    model = answer.versions.get("model")
    time = f"{answer.timings_ms.get('total', 0):.0f} ms"
    parts = [f"Aidpost {answer.versions.get('app', '')}", f"library {named}" if named else ""]
    parts += [f"model {model}"] if model and answer.mode == "model" else []
    parts += [f"{answer.mode} mode", time]
    shown = escape("; ".join(part for part in parts if part))
    return f'<footer class="receipt"><p>{escape(USE)}</p><p>{shown}</p></footer>'
