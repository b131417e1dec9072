"""What the tab Read does with confirmed medicines: their list, a check together, the dose tool."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from ui.web.reading_medicines import (
    Taken,
    listed,
    names_in,
    order_note,
    origin,
    pruned,
    without,
)
from ui.web.tools import Tools

PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
Component = gr.components.Component
PATIENT = ("age", "weight", "sex", "pregnant", "allergies")
ASKED = (
    ("drug", "Medicine"),
    ("indication", "What for"),
    ("route", "Route"),
    ("ordered", "Ordered dose to check"),
    ("strength", "Strength on the label"),
)
HEAD = (
    "<h2>Medicines of this patient</h2><p>They stay until they are removed or a new patient is"
    " begun. Names from a picture count as typed by you: compare them with the pack.</p>"
)
CHECK = "Check interactions with the patient's other medicines"


@dataclass(frozen=True, slots=True)
class Boxes:
    """Where the list of the open patient stands on the page."""

    drugs: Component
    """Names with commas."""
    origins: Component
    """Hidden: where names came from."""
    patient: Sequence[Component]
    """Age, weight, sex, pregnant, allergies."""


def drugs_box() -> gr.Textbox:
    """A box for the list, where the page has none of its own."""
    return gr.Textbox(
        label="Medicines of this patient, with commas", placeholder="warfarin", max_length=400,
        max_lines=1, elem_id="read-drugs", interactive=True,
        html_attributes=gr.InputHTMLAttributes(autocomplete="off", spellcheck=False),
    )  # fmt: skip


def medicines_part(tools: Tools, boxes: Boxes) -> None:
    """Build the list with its check and the dose tool; nothing is shown for an empty list."""
    boxes.drugs.change(pruned, [boxes.drugs, boxes.origins], boxes.origins, **PRIVATE)  # type: ignore[attr-defined]

    @gr.render(  # type: ignore[untyped-decorator]
        inputs=[boxes.drugs, boxes.origins, *boxes.patient],
        triggers=[boxes.drugs.change, boxes.origins.change],  # type: ignore[attr-defined]
    )
    def part(text: str, held: str, *patient: str) -> None:
        medicines = listed(text, held)
        if any(one.paper for one in medicines):
            _html(HEAD)
            for at, one in enumerate(medicines):
                _row(at, one, boxes)
            _check(tools, boxes, (names_in(text), patient))
            _dose(tools, boxes, [one for one in medicines if one.paper])


def _row(at: int, one: Taken, boxes: Boxes) -> None:
    with gr.Row(elem_classes="read-line", elem_id=f"read-medicine-{at}"):
        gr.Textbox(
            one.name, label=origin(one), max_lines=1, min_width=180, interactive=False,
            elem_id=f"read-medicine-name-{at}",
        )  # fmt: skip
        drop = gr.Button(f"Remove {one.name}", size="sm", elem_id=f"read-medicine-drop-{at}")
    drop.click(_dropping(one.name), boxes.drugs, boxes.drugs, **PRIVATE)


def _dropping(name: str) -> Callable[[str], str]:
    return lambda text: without(text, name)


def _check(tools: Tools, boxes: Boxes, now: tuple[list[str], Sequence[str]]) -> None:
    """All medicines against each other and against the patient, at once and again on demand."""
    names, patient = now
    again = gr.Button(CHECK, elem_id="read-together")
    first = tools.together(names, _facts(patient)).html
    shown = _html(first, "read-together-result")

    def check(text: str, *facts: str) -> str:
        return tools.together(names_in(text), _facts(facts)).html

    given = [boxes.drugs, *boxes.patient]
    changes = [box.change for box in boxes.patient]  # type: ignore[attr-defined]
    gr.on([again.click, *changes], check, given, shown, **PRIVATE)


def _dose(tools: Tools, boxes: Boxes, papers: Sequence[Taken]) -> None:
    """The dose tool for one of the medicines, filled in; an order is compared, never taken over."""
    choice = gr.Dropdown(
        [one.name for one in papers], value=papers[-1].name, label="Dose of",
        elem_id="read-dose-of", interactive=True,
    )  # fmt: skip

    @gr.render(inputs=choice)  # type: ignore[untyped-decorator]
    def form(name: str | None) -> None:
        one = next((each for each in papers if each.name == name), None)
        if one is not None:
            _form(tools, boxes, one)


def _form(tools: Tools, boxes: Boxes, one: Taken) -> None:
    filled = {"drug": one.name, "ordered": one.ordered, "strength": one.strength}
    texts = [
        gr.Textbox(
            filled.get(key, ""), label=label, max_length=400, max_lines=1, interactive=True,
            elem_id=f"read-dose-{key}",
        )
        for key, label in ASKED
    ]  # fmt: skip
    if order_note(one):
        _html(order_note(one), "read-dose-note")
    go = gr.Button("Show the medicine", variant="primary", elem_id="read-dose-go")
    shown = _html("", "read-dose-result")

    def work(*given: object) -> str:
        values = ["" if value is None else str(value) for value in given]
        asked = dict(zip((key for key, _ in ASKED), values, strict=False))
        drugs, facts = values[len(ASKED)], values[len(ASKED) + 1 :]
        others = without(drugs, asked["drug"])
        return tools.medicine(asked, {**_facts(facts), "drugs": others}).html

    inputs = [*texts, boxes.drugs, *boxes.patient]
    gr.on([go.click, *(box.submit for box in texts)], work, inputs, shown, **PRIVATE)


def _facts(values: Sequence[object]) -> dict[str, str]:
    return {name: str(value or "") for name, value in zip(PATIENT, values, strict=True)}


def _html(value: str, elem_id: str | None = None) -> gr.Markdown:
    return gr.Markdown(value, elem_id=elem_id, sanitize_html=True, latex_delimiters=[])
