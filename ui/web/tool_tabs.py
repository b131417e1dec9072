"""The tabs Medicines, Calculators and Triage; beside the page the only importer of Gradio."""

from collections.abc import Callable
from typing import Any

import gradio as gr

from assistant.clinical.calculators.model import Field
from ui.web.tool_views import Shown
from ui.web.tools import ALERTNESS, OXYGEN, VITALS, Tools

PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
Component = gr.components.Component
ASKED = (
    ("drug", "Medicine", "amoxicillin"),
    ("indication", "What for", "pneumonia"),
    ("route", "Route", "by mouth"),
    ("ordered", "Ordered dose to check", "250 mg"),
    ("strength", "Strength on the label", "250 mg/5 mL"),
)
PATIENT = (
    ("age", "Age", "2 y, 8 m, 3 d"),
    ("weight", "Weight in kg", "12"),
    ("allergies", "Allergies, with commas", "penicillin"),
    ("conditions", "Illnesses, with commas", "asthma"),
    ("drugs", "Other medicines, with commas", "warfarin"),
    ("egfr", "Kidney function (eGFR)", "60"),
)
TRIAGE_PATIENT = (("age", "Age of the patient", "2 y, 8 m, 3 d"),)


def medicine_tab(tools: Tools) -> None:
    """Dose, warnings and interactions of one medicine for one patient."""
    with gr.Row(elem_classes="tool-row"):
        with gr.Column(elem_classes="tool-form"):
            asked = [_text(f"medicine-{key}", label, example) for key, label, example in ASKED]
            patient = [_text(f"medicine-{key}", label, example) for key, label, example in PATIENT]
            sex = _radio("medicine-sex", "Sex of the patient", ("Female", "f"), ("Male", "m"))
            pregnant = _radio("medicine-pregnant", "Is pregnant", ("Yes", "yes"), ("No", "no"))
            go = gr.Button("Show the medicine", variant="primary", elem_id="medicine-go")
        with gr.Column(elem_classes="tool-result"):
            shown = _shown("medicine")
    boxes: list[Component] = [*asked, *patient, sex, pregnant]
    names = [key for key, *_ in ASKED], [*(key for key, *_ in PATIENT), "sex", "pregnant"]

    def look(*values: str) -> tuple[str, str]:
        given = [str(value or "") for value in values]
        first = len(names[0])
        result = tools.medicine(
            dict(zip(names[0], given[:first], strict=True)),
            dict(zip(names[1], given[first:], strict=True)),
        )
        return _pair(result)

    gr.on([go.click, *(box.submit for box in (*asked, *patient))], look, boxes, shown, **PRIVATE)


def calculator_tab(tools: Tools) -> None:
    """Every calculator with a live result."""
    with gr.Row(elem_classes="tool-row"):
        with gr.Column(elem_classes="tool-form"):
            choice = gr.Dropdown(
                tools.calculators(), value=None, label="Calculator or score: type to search",
                elem_id="calculator", filterable=True,
            )  # fmt: skip

            @gr.render(inputs=choice)  # type: ignore[untyped-decorator]
            def fields(name: str | None) -> None:
                if name:
                    _calculator_fields(tools, name, shown)

        with gr.Column(elem_classes="tool-result"):
            shown = _shown("calculation")
    choice.change(
        lambda name: _pair(tools.calculate(name, {})) if name else ("", ""),
        choice, shown, **PRIVATE,
    )  # fmt: skip


def _calculator_fields(tools: Tools, name: str, shown: list[Component]) -> None:
    calculator, hints = tools.fields(name)
    boxes = [
        _calculator_field(field, hint) for field, hint in zip(calculator.fields, hints, strict=True)
    ]
    keys = [field.name for field in calculator.fields]

    def work(*values: str) -> tuple[str, str]:
        return _pair(tools.calculate(name, dict(zip(keys, map(_as_text, values), strict=True))))

    gr.on([box.change for box in boxes], work, boxes, shown, **PRIVATE)


def _calculator_field(field: Field, hint: str) -> Any:  # noqa: ANN401 - one of three components
    name = f"field-{field.name}"
    if field.kind == "yes-no":
        return _radio(name, hint, ("Yes", "yes"), ("No", "no"))
    if field.kind == "choice":
        choices = [("Not known", ""), *((word.replace("-", " "), word) for word in field.choices)]
        return gr.Dropdown(choices, value="", label=hint, elem_id=name)
    example = {"date": "2026-03-14", "doses": "prednisolone 20 mg once a day"}.get(field.kind, "")
    return _text(name, hint, example)


def triage_tab(tools: Tools) -> None:
    """Danger signs from words and vital signs."""
    with gr.Row(elem_classes="tool-row"):
        with gr.Column(elem_classes="tool-form"):
            words = gr.Textbox(
                label="What is the matter", lines=2, max_length=2000, elem_id="triage-words",
                placeholder="Such as: cough, chest pulling in, will not drink",
            )  # fmt: skip
            patient = [_text(f"triage-{k}", label, example) for k, label, example in TRIAGE_PATIENT]
            pregnant = _radio("triage-pregnant", "Is she pregnant", ("Yes", "yes"), ("No", "no"))
            alert = gr.Radio(
                [(word or "Not known", word) for word in ALERTNESS], value="", label="Answers",
                elem_id="triage-alert",
            )  # fmt: skip
            air = gr.Radio(
                [(word or "Not known", word) for word in OXYGEN], value="", label="Breathes",
                elem_id="triage-air",
            )  # fmt: skip
            vitals = [_text(f"triage-{key}", label, "") for key, label, _ in VITALS]
            go = gr.Button("Judge the urgency", variant="primary", elem_id="triage-go")
        with gr.Column(elem_classes="tool-result"):
            shown = _shown("triage")

    names = ["age", "pregnant", "alert", "air", *(key for key, *_ in VITALS)]

    def judge(said: str, *values: str) -> tuple[str, str]:
        given = dict(zip(names, (str(value or "") for value in values), strict=True))
        who = {"age": given["age"], "pregnant": given["pregnant"]}
        return _pair(tools.triage(str(said or ""), who, given))

    boxes: list[Component] = [words, *patient, pregnant, alert, air, *vitals]
    gr.on([go.click, *(box.submit for box in vitals)], judge, boxes, shown, **PRIVATE)


def _shown(name: str) -> list[Component]:
    """Where a result stands, and its text for the clipboard."""
    gr.Button("Copy", elem_id=f"{name}-copy", size="sm", elem_classes="copy")
    html = gr.Markdown("", elem_id=f"{name}-result", sanitize_html=True, latex_delimiters=[])
    plain = gr.Textbox(visible="hidden", elem_id=f"{name}-plain", label=f"{name} as text")
    return [html, plain]


def _pair(shown: Shown) -> tuple[str, str]:
    return shown.html, shown.text


def _as_text(value: object) -> str:
    return "" if value is None else str(value)


def _text(elem_id: str, label: str, example: str) -> gr.Textbox:
    return gr.Textbox(
        label=label, placeholder=example, max_length=400, max_lines=1, elem_id=elem_id,
        html_attributes=gr.InputHTMLAttributes(autocomplete="off", spellcheck=False),
    )  # fmt: skip


def _radio(elem_id: str, label: str, *known: tuple[str, str]) -> gr.Radio:
    return gr.Radio([("Not known", ""), *known], value="", label=label, elem_id=elem_id)


Builder = Callable[[Tools], None]
TABS: tuple[tuple[str, Builder], ...] = (
    ("Medicines", medicine_tab),
    ("Calculators", calculator_tab),
    ("Triage", triage_tab),
)
