"""An answer as HTML and as plain text. Pure; everything from outside is escaped here.

Text of documents, models and people is untrusted: it only ever stands between tags, never in one.
Addresses of sources are shown without their scheme, so that nothing on the page can be fetched.
"""

import re
from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby
from urllib.parse import quote, urlencode

from assistant.messages import Answer, Citation, Fact, Sentence, Urgency
from assistant.writing.quotes import STATUS_WORDS
from kb.messages import Document

USE = "Decision support for health workers. Not a diagnosis. Not a device cleared by any regulator."
LEVEL_WORDS = {
    "emergency": "EMERGENCY: act now",
    "urgent": "URGENT: see today",
    "routine": "No danger sign found in what you wrote",
    "none": "",
}
FACT_WORDS = {
    "age_days": "age in days", "weight_kg": "weight", "height_cm": "height", "spo2": "SpO2",
    "rr": "breathing rate", "hr": "pulse", "sbp": "systolic pressure", "dbp": "diastolic pressure",
    "temp": "temperature", "gest_weeks": "weeks of pregnancy", "hb": "haemoglobin",
    "age_group": "age group",
}  # fmt: skip
_SPAN = re.compile(r"\?start=\d+&amp;end=\d+#quote")
_SCHEME = re.compile(r"^[a-z]+://", re.IGNORECASE)


def urgency_html(urgency: Urgency) -> str:
    """The banner above everything; empty when there is nothing to say."""
    if urgency.level not in ("emergency", "urgent"):
        return ""
    actions: dict[str, list[str]] = {}
    for flag in urgency.flags:
        actions.setdefault(flag.action, []).append(f"{flag.title} ({flag.evidence})")
    sources = {flag.action: flag.source for flag in urgency.flags}
    items = "".join(
        f"<li><strong>{escape(', '.join(why))}</strong><p>{escape(action)}</p>"
        f"<small>Source: {escape(sources[action])}</small></li>"
        for action, why in actions.items()
    )
    ask = "".join(f"<li>{escape(question)}</li>" for question in urgency.ask)
    asked = f"<p>Check now:</p><ul>{ask}</ul>" if ask else ""
    return (
        f'<section class="banner {urgency.level}" role="alert" aria-live="assertive">'
        f"<h2>{escape(LEVEL_WORDS[urgency.level])}</h2><ul>{items}</ul>{asked}</section>"
    )


def answer_html(answer: Answer) -> str:
    """The answer sheet: sentences with numbered citations, what is missing, what was dropped."""
    parts = [
        _abstention(answer),
        _sentences(answer),
        _list("What would change this answer", answer.missing, "missing"),
        _facts(answer.facts),
        _list("Please note", answer.warnings, "notes"),
        _sources(answer),
        _dropped(answer),
        _receipt(answer),
    ]
    return f'<article class="sheet" lang="en">{"".join(parts)}</article>'


def working_html(answer: Answer) -> str:
    """What is shown while the answer is being written."""
    if answer.sentences:
        return answer_html(answer)
    return '<p class="working" role="status">Looking in the library…</p>'


def error_html(message: str) -> str:
    """A plain message in the place of an answer."""
    return f'<p class="problem" role="alert">{escape(message)}</p>'


def source_link(citation: Citation) -> str:
    """Address, on this machine, of the document with the quote highlighted."""
    query = urlencode({"start": citation.start, "end": citation.end})
    return f"/source/{quote(citation.document)}?{query}#quote"


def state_html(documents: Sequence[Document]) -> str:
    """One line on the library, above the question."""
    own = sum(document.pack == "local" for document in documents)
    return (
        f'<p class="state" role="status">{len(documents) - own} built-in cards'
        f" (draft, not clinician-reviewed), {own} added documents.</p>"
    )


def library_html(documents: Sequence[Document]) -> str:
    """Table of the documents, those added here first."""
    own = [document for document in documents if document.pack == "local"]
    built_in = len(documents) - len(own)
    rows = "".join(
        f'<tr><td><a href="/source/{quote(d.id)}" target="source">{escape(d.title)}</a></td>'
        f"<td>{escape(d.file_name)}</td><td>{d.pages or ''}</td><td>{escape(d.added[:10])}</td>"
        f"<td>{escape('; '.join(d.notes))}</td></tr>"
        for d in own
    )
    table = (
        "<table><thead><tr><th>Title</th><th>File</th><th>Pages</th><th>Added</th><th>Notes</th>"
        f"</tr></thead><tbody>{rows}</tbody></table>"
        if own
        else "<p>No document has been added on this machine yet.</p>"
    )
    return (
        f'<section class="library"><p>{built_in} built-in cards (draft, not clinician-reviewed)'
        f" and {len(own)} added documents.</p>{table}</section>"
    )


def document_html(document: Document, text: str, span: tuple[int, int] | None, images: str) -> str:
    """A page with the text of a document and, where asked, one span of it highlighted."""
    if span and 0 <= span[0] < span[1] <= len(text):
        start, end = span
        body = (
            f'{escape(text[:start])}<mark id="quote" tabindex="-1">{escape(text[start:end])}</mark>'
            f"{escape(text[end:])}"
        )
    else:
        body = escape(text)
    status = STATUS_WORDS.get(document.status, document.status)
    sources = "".join(
        f"<li>[{escape(s.id)}] {escape(s.title)}. {escape(s.publisher)}, {s.year}"
        f"{', ' + escape(s.edition) if s.edition else ''}; {escape(s.section)}"
        f" <span class='address'>{escape(_address(s.url))}</span></li>"
        for s in document.sources
    )
    listed = f"<h2>Sources</h2><ul>{sources}</ul>" if sources else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(document.title)}</title>"
        '<link rel="stylesheet" href="/style.css"></head><body class="source-page"><main>'
        f"<h1>{escape(document.title)}</h1>"
        f'<p class="status">Status: {escape(status)}</p>'
        f"{images}<pre>{body}</pre>{listed}</main></body></html>"
    )


def to_text(answer: Answer) -> str:
    """The answer as plain text, for a terminal and for the clipboard."""
    numbers = _numbers(answer)
    lines: list[str] = []
    if answer.urgency.level in ("emergency", "urgent"):
        lines.append(LEVEL_WORDS[answer.urgency.level])
        lines += [
            f"! {flag.title} ({flag.evidence}): {flag.action}" for flag in answer.urgency.flags
        ]
    if answer.abstained:
        lines.append(answer.reason or "")
    for label, group in groupby(answer.sentences, key=lambda sentence: sentence.label):
        lines.append(f"\n{label}" if label else "")
        lines += [f"- {s.text} {_marks(s, numbers)}".rstrip() for s in group]
    if answer.missing:
        lines.append("\nWould change this answer: " + ", ".join(answer.missing))
    lines += [f"Note: {warning}" for warning in answer.warnings]
    lines += [""] if numbers else []
    lines += [f"[{number}] {_reference(answer.citations[key])}" for key, number in numbers.items()]
    lines += [f"Left out: {dropped.text} ({dropped.reason})" for dropped in answer.dropped]
    return "\n".join([*lines, "", USE]).strip()


def _abstention(answer: Answer) -> str:
    if not answer.abstained:
        return ""
    nearest = "".join(f"<li>{_title_link(c)}: {escape(c.quote[:200])}</li>" for c in answer.nearest)
    shown = f"<h3>Nearest in the library</h3><ul>{nearest}</ul>" if nearest else ""
    reason = escape(answer.reason or "")
    return f'<section class="abstained"><h2>No answer</h2><p>{reason}</p>{shown}</section>'


def _sentences(answer: Answer) -> str:
    numbers = _numbers(answer)
    parts = []
    for label, group in groupby(answer.sentences, key=lambda sentence: sentence.label):
        items = "".join(
            f'<li class="{s.kind}">{escape(s.text)} {_chips(s, numbers, answer)}</li>'
            for s in group
        )
        heading = f"<h2>{escape(label)}</h2>" if label else ""
        parts.append(f"<section>{heading}<ul>{items}</ul></section>")
    return "".join(parts)


def _numbers(answer: Answer) -> dict[str, int]:
    """Citation keys in the order in which they are first used, numbered from 1."""
    used = [key for sentence in answer.sentences for key in sentence.citations]
    return {key: number for number, key in enumerate(dict.fromkeys(used), 1)}


def _chips(sentence: Sentence, numbers: dict[str, int], answer: Answer) -> str:
    return "".join(
        f'<a class="chip" target="source" href="{escape(source_link(answer.citations[key]))}"'
        f' aria-label="Source {numbers[key]}: {escape(answer.citations[key].title)}">'
        f"{numbers[key]}</a>"
        for key in sentence.citations
    )


def _marks(sentence: Sentence, numbers: dict[str, int]) -> str:
    return "".join(f"[{numbers[key]}]" for key in sentence.citations)


def _sources(answer: Answer) -> str:
    """Sources under their numbers; those that read the same share a line."""
    together: dict[str, list[int]] = {}
    for key, number in _numbers(answer).items():
        citation = answer.citations[key]
        line = f"{_title_link(citation)}: {escape(_reference(citation))}"
        together.setdefault(_without_span(line), []).append(number)
    items = "".join(
        f"<li><strong>{', '.join(map(str, numbers))}</strong> {line}</li>"
        for line, numbers in together.items()
    )
    return f'<section class="sources"><h2>Sources</h2><ul>{items}</ul></section>' if items else ""


def _without_span(line: str) -> str:
    return _SPAN.sub("", line)


def _title_link(citation: Citation) -> str:
    link = escape(source_link(citation))
    return f'<a target="source" href="{link}">{escape(citation.title)}</a>'


def _reference(citation: Citation) -> str:
    page = f"page {citation.page}" if citation.page else ""
    edition = citation.edition
    known = (
        citation.source,
        edition,
        citation.section,
        page,
        _address(citation.url),
        citation.status,
    )
    return "; ".join(part for part in known if part)


def _address(url: str) -> str:
    return _SCHEME.sub("", url)


def _facts(facts: Sequence[Fact]) -> str:
    said = [
        f"{FACT_WORDS.get(fact.name, fact.name.replace('_', ' '))}: {fact.value}"
        for fact in facts
        if not fact.doubt
    ]
    doubts = [fact.doubt for fact in facts if fact.doubt]
    return _list("Read from your words; correct it in the patient panel", said, "facts") + _list(
        "Please check", doubts, "doubts"
    )


def _list(title: str, items: Iterable[str], kind: str) -> str:
    rows = "".join(f"<li>{escape(item)}</li>" for item in items)
    return (
        f'<section class="{kind}"><h3>{escape(title)}</h3><ul>{rows}</ul></section>' if rows else ""
    )


def _dropped(answer: Answer) -> str:
    rows = "".join(
        f"<li><s>{escape(d.text)}</s> <em>{escape(d.reason)}</em></li>" for d in answer.dropped
    )
    if not rows:
        return ""
    count = len(answer.dropped)
    summary = f"<summary>{count} left out: not traced</summary>"
    return f'<details class="dropped">{summary}<ul>{rows}</ul></details>'


def _receipt(answer: Answer) -> str:
    total = answer.timings_ms.get("total", 0)
    packs = ", ".join(f"{k} {v}" for k, v in dict(_mapping(answer.versions.get("packs"))).items())
    version = escape(str(answer.versions.get("app", "")))
    return (
        f'<footer class="receipt"><p>{escape(USE)}</p><p>Library: draft, not clinician-reviewed.'
        f" Aidpost {version}; packs: {escape(packs)}; mode: {escape(answer.mode)};"
        f" {total:.0f} ms.</p>"
        "</footer>"
    )


def _mapping(value: object) -> dict[str, object]:
    return {str(k): v for k, v in value.items()} if isinstance(value, dict) else {}
