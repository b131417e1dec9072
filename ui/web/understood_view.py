"""What was understood from a text, to be confirmed: marked in the text, and as a list. Pure."""

from collections.abc import Iterable, Sequence
from html import escape

from assistant.clinical.understood.stated import Stated
from ui.render import one_line
from ui.web.tool_views import Shown

TITLE = "Understood from what you wrote. Please check."
STATES = {
    "denied": "not present",
    "possible": "possible",
    "history": "in the past",
    "hypothetical": "only asked about",
}


def understood_shown(text: str, stated: Sequence[Stated]) -> Shown:
    """The text with what was understood marked in it, a list of it, and questions first."""
    if not stated:
        return Shown()
    doubts = list(dict.fromkeys(one.doubt for one in stated if one.doubt))
    sure = [in_words(one) for one in stated if not one.doubt]
    html = [f'<section class="sheet understood"><h3>{escape(TITLE)}</h3>']
    html += [f"<p>{marked(text, stated)}</p>"]
    html += [_list("doubts", doubts), _list("facts", sure), "</section>"]
    lines = [TITLE, *(f"Check: {doubt}" for doubt in doubts), *sure]
    return Shown(one_line("".join(html)), "\n".join(lines))


def in_words(one: Stated) -> str:
    """One statement as a line: label, value, and whether, for whom and since when it holds."""
    said = f"{one.label}: {one.shown or one.value}" if one.shown or one.value else one.label
    about = [STATES.get(one.status, ""), "in the family" if one.whose == "family" else ""]
    about += [one.trend, one.when]
    notes = ", ".join(part for part in about if part)
    return f"{said} ({notes})" if notes else said


def marked(text: str, stated: Iterable[Stated]) -> str:
    """The text as HTML with the words of every statement marked; of overlapping ones the first."""
    parts: list[str] = []
    at = 0
    for one in sorted(stated, key=lambda each: (each.start, -each.end)):
        if one.start < at:
            continue
        kind = "doubt" if one.doubt else one.kind
        parts.append(escape(text[at : one.start]))
        parts.append(
            f'<mark class="{kind}" title="{escape(in_words(one))}">'
            f"{escape(text[one.start : one.end])}</mark>"
        )
        at = one.end
    return "".join([*parts, escape(text[at:])])


def _list(kind: str, items: Iterable[str]) -> str:
    listed = "".join(f"<li>{escape(item)}</li>" for item in items)
    return f'<ul class="{kind}">{listed}</ul>' if listed else ""
