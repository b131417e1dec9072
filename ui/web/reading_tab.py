"""The tab Read: a photographed paper, its fields to edit, one confirmation, filled calculators."""

from collections.abc import Mapping, Sequence
from typing import Any

import gradio as gr

from assistant.clinical.calculators.model import Field
from ui.render import error_html
from ui.web.reading import (
    Line,
    Papers,
    Read,
    calculator_inputs,
    confirmed,
    fed_calculators,
    lines_of,
    patient_fields,
)
from ui.web.reading_medicines import confirmed_medicines, remembered, together
from ui.web.reading_medicines_tab import Boxes, drugs_box, medicines_part
from ui.web.tools import Tools

PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
Component = gr.components.Component
PATIENT = ("age", "weight", "sex", "pregnant", "allergies")
FAILED = "Something went wrong inside Aidpost. Nothing was read; take the picture again."
KINDS = [".jpg", ".jpeg", ".png", ".webp", ".bmp"]
HELP = (
    "<h2>Read a paper</h2><p>Laboratory slips, medicine labels, prescriptions, referral letters:"
    " print only, no handwriting. Lay the paper flat, in even light, with all of it in the"
    " picture. The picture is not kept.</p>"
)
DONE = (
    '<p class="done">Confirmed. The values stand in the calculators below and in the tab Ask;'
    " medicines in the list of this patient.</p>"
)


def reading_tab(tools: Tools, patient: Sequence[Component], papers: Papers | None = None) -> None:
    """Build the tab.

    Args:
        tools: works the calculators.
        patient: boxes of the tab Ask: age, weight, sex, pregnant, allergies, and, where it has
            one, the medicines.
        papers: what reads pictures.
    """
    desk = papers or Papers()
    held = gr.Textbox(visible="hidden", elem_id="read-held", label="Fields as read")
    known = gr.Textbox(visible="hidden", elem_id="read-known", label="Confirmed fields")
    origins = gr.Textbox(visible="hidden", elem_id="read-origins", label="Origins of medicines")
    with gr.Row(elem_classes="tool-row"):
        with gr.Column(elem_classes="tool-form"):
            _html(HELP)
            file = gr.File(
                label="Picture of the paper (JPEG, PNG, WebP, BMP)", file_types=KINDS,
                type="filepath", elem_id="read-file", height=140,
            )  # fmt: skip
            camera = gr.Image(
                # Without a mode the toolkit looks at the header only; the child opens the picture.
                image_mode=None,
                sources=["webcam"], type="filepath", label="Or take it with the camera",
                elem_id="read-camera", webcam_options=gr.WebcamOptions(mirror=False), height=260,
            )  # fmt: skip
            picture = gr.Markdown(
                "", elem_id="read-picture", sanitize_html=False, latex_delimiters=[]
            )
        with gr.Column(elem_classes="tool-result"):
            says = _html("", "read-says")

            @gr.render(inputs=held)  # type: ignore[untyped-decorator]
            def fields(rows: str) -> None:
                if rows:
                    _fields(lines_of(rows), (known, done), boxes)

            done = _html("", "read-done")
            drugs = patient[len(PATIENT)] if len(patient) > len(PATIENT) else drugs_box()
            boxes = Boxes(drugs, origins, patient[: len(PATIENT)])
            medicines_part(tools, boxes)

            @gr.render(inputs=known)  # type: ignore[untyped-decorator]
            def calculators(rows: str) -> None:
                if rows:
                    _calculators(tools, calculator_inputs(rows))

    shown: list[Component] = [picture, says, held, known, done, file, camera]

    def look(path: str | None) -> tuple[object, ...]:
        read = desk.read(path) if path else Read()
        return read.picture, read.says, read.lines, "", "", None, None

    for start, box in ((file.upload, file), (camera.input, camera)):
        start(look, box, shown, **PRIVATE).failure(
            lambda: error_html(FAILED), None, says, **PRIVATE
        )


def _fields(lines: Sequence[Line], told: tuple[Component, Component], boxes: Boxes) -> None:
    """One row for each field, and the one button that confirms them."""
    ticks, values, units = [], [], []
    for at, line in enumerate(lines):
        with gr.Row(elem_classes="read-line"):
            ticks.append(_tick(at, line))
            values.append(_value(at, line))
            units.append(_unit(at, line))
        if line.note or line.choices:
            gr.Markdown(line.note, sanitize_html=True, elem_id=f"read-note-{at}")
    button = gr.Button("Use the ticked values", variant="primary", elem_id="read-confirm")
    count = len(lines)

    def confirm(drugs: str, origins: str, *given: Any) -> list[object]:  # noqa: ANN401 - ticks and texts in turn
        takes = [bool(each) for each in given[:count]]
        texts = [str(each or "") for each in given[count:]]
        pairs = list(zip(texts[:count], texts[count:], strict=True))
        rows = confirmed(lines, takes, pairs)
        taken = confirmed_medicines(lines, takes, pairs)
        facts = patient_fields(rows)
        return [
            rows, DONE, together(drugs, taken), remembered(origins, taken),
            *(facts.get(name, gr.skip()) for name in PATIENT),
        ]  # fmt: skip

    button.click(
        confirm, [boxes.drugs, boxes.origins, *ticks, *values, *units],
        [*told, boxes.drugs, boxes.origins, *boxes.patient], **PRIVATE,
    )  # fmt: skip


def _tick(at: int, line: Line) -> gr.Checkbox:
    return gr.Checkbox(
        line.ticked, label=line.label, elem_id=f"read-tick-{at}", min_width=180,
        interactive=bool(line.feeds or line.choices),
    )  # fmt: skip


def _value(at: int, line: Line) -> Component:
    if line.choices:
        return gr.Dropdown(
            [line.value, *line.choices], value=line.value, label=f"{line.label}: choose",
            elem_id=f"read-value-{at}", allow_custom_value=True, min_width=140, interactive=True,
        )  # fmt: skip
    return gr.Textbox(
        line.value,
        label="Value",
        elem_id=f"read-value-{at}",
        max_lines=1,
        min_width=100,
        interactive=True,
    )


def _unit(at: int, line: Line) -> gr.Textbox:
    return gr.Textbox(
        line.unit,
        label="Unit",
        elem_id=f"read-unit-{at}",
        max_lines=1,
        min_width=80,
        interactive=True,
    )


def _calculators(tools: Tools, inputs: Mapping[str, str]) -> None:
    """The calculators that the confirmed values fill, filled in."""
    choices = fed_calculators(inputs)
    if not choices:
        return
    choice = gr.Dropdown(
        choices, value=choices[0][1], label="Calculators that these values fill",
        elem_id="read-calculator", filterable=True, interactive=True,
    )  # fmt: skip

    @gr.render(inputs=choice)  # type: ignore[untyped-decorator]
    def filled(name: str | None) -> None:
        if name:
            _filled(tools, name, inputs)


def _filled(tools: Tools, name: str, inputs: Mapping[str, str]) -> None:
    calculator, hints = tools.fields(name)
    keys = [field.name for field in calculator.fields]
    boxes = [
        _input(field, hint, inputs.get(field.name, ""))
        for field, hint in zip(calculator.fields, hints, strict=True)
    ]
    first = tools.calculate(name, {key: inputs[key] for key in keys if key in inputs})
    result = gr.Markdown(first.html, elem_id="read-result", sanitize_html=True, latex_delimiters=[])

    def work(*values: object) -> str:
        given = {
            key: "" if value is None else str(value)
            for key, value in zip(keys, values, strict=True)
        }
        return tools.calculate(name, given).html

    gr.on([box.change for box in boxes], work, boxes, result, **PRIVATE)


def _input(field: Field, hint: str, value: str) -> Any:  # noqa: ANN401 - one of three components
    name = f"read-field-{field.name}"
    if field.kind == "yes-no":
        known = [("Not known", ""), ("Yes", "yes"), ("No", "no")]
        return gr.Radio(known, value=value, label=hint, elem_id=name, interactive=True)
    if field.kind == "choice":
        choices = [("Not known", ""), *((word.replace("-", " "), word) for word in field.choices)]
        return gr.Dropdown(choices, value=value, label=hint, elem_id=name, interactive=True)
    return gr.Textbox(
        value, label=hint, max_length=400, max_lines=1, elem_id=name, interactive=True
    )


def _html(value: str, elem_id: str | None = None) -> gr.Markdown:
    return gr.Markdown(value, elem_id=elem_id, sanitize_html=True, latex_delimiters=[])
