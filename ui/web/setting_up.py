"""The tab Set up: the clinic, its computer, models from a stick. One of the importers of Gradio."""

from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from assistant.errors import AssistantError
from ui.models.allowed import models_of
from ui.models.engine import open_trial
from ui.render import error_html
from ui.set_up import LANGUAGES, Clinic, SetUp, in_words, take_from, try_out
from ui.web.views import good_html, hint_html

PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
FIRST = (
    "First time here? The tab Set up asks for the clinic's name, the emergency number and the"
    " language of the kiosk, and measures this computer. All of it can be skipped."
)
MEASURING = "Measuring this computer; this takes at most a minute."
SAVED = "Saved. It holds from now on."
SKIPPED = "Skipped. Everything works without it; this tab stays."
NO_STICK = "Name the folder of the stick, such as /media/stick/models."
ADDING = "Guidelines of your own are added in the tab Library, also many at once."
Component = gr.components.Component


def first_notice(setup: SetUp) -> str:
    """What a new installation says above everything; empty for others."""
    return hint_html(FIRST) if setup.is_new else ""


def header_html(setup: SetUp) -> str:
    """The head of the page, with the clinic's name where it is known."""
    name = setup.clinic.name
    where = f'<span class="clinic">{escape(name)}</span>' if name else ""
    return f'<header class="top"><h1>Aidpost</h1>{where}</header>'


def set_up_tab(
    page: gr.Blocks, setup: SetUp, home: Path, head: Component, banner: Component
) -> None:
    """Questions, a measurement, models from a stick.

    Args:
        page: what is loaded.
        setup: keeps the answers.
        home: the data folder.
        head: the head of the page, which shows the clinic's name.
        banner: the notice of a new installation, which goes away.
    """
    now = setup.clinic
    with gr.Column(elem_id="set-up"):
        name = gr.Textbox(now.name, label="Name of the clinic", elem_id="clinic-name", max_lines=1)
        number = gr.Textbox(
            now.emergency_number, label="Emergency number here", max_lines=1,
            info="Shown with every danger sign", placeholder="112", elem_id="emergency-number",
        )  # fmt: skip
        language = gr.Dropdown(
            [(shown, key) for key, shown in LANGUAGES.items()], value=now.language,
            label="Language of the kiosk", elem_id="kiosk-language",
        )  # fmt: skip
        with gr.Row():
            save = gr.Button("Save", variant="primary", elem_id="set-up-save")
            skip = gr.Button("Skip all of this", elem_id="set-up-skip")
        says = gr.Markdown(elem_id="set-up-says", sanitize_html=True)
        measure = gr.Button("Measure this computer (up to a minute)", elem_id="measure")
        told = gr.Markdown(elem_id="measured", sanitize_html=True)
        folder = gr.Textbox(label="Models from a stick: its folder", elem_id="stick", max_lines=1)
        take = gr.Button("Take the models", elem_id="take-models")
        taken = gr.Markdown(elem_id="models-taken", sanitize_html=True)
        gr.Markdown(ADDING)
    page.load(_loading(setup), None, [head, banner, name, number, language], **PRIVATE)
    save.click(_saving(setup), [name, number, language], [says, head, banner], **PRIVATE)
    skip.click(_skipping(setup), None, [says, banner], **PRIVATE)
    measure.click(_measuring(home), None, told, **PRIVATE)
    take.click(_taking(home), folder, taken, **PRIVATE)


def _loading(setup: SetUp) -> Callable[[], tuple[str, str, str, str, str]]:
    """What a page shows when it is opened: the answers as they are by then."""

    def load() -> tuple[str, str, str, str, str]:
        now = setup.clinic
        answers = now.name, now.emergency_number, now.language
        return header_html(setup), first_notice(setup), *answers

    return load


def _saving(setup: SetUp) -> Callable[[str, str, str], tuple[str, str, str]]:
    def save(name: str, number: str, language: str) -> tuple[str, str, str]:
        try:
            setup.save(Clinic(str(name or ""), str(number or ""), str(language or "en")))
        except AssistantError as error:
            return error_html(str(error)), header_html(setup), first_notice(setup)
        return good_html(SAVED), header_html(setup), first_notice(setup)

    return save


def _skipping(setup: SetUp) -> Callable[[], tuple[str, str]]:
    def skip() -> tuple[str, str]:
        try:
            setup.skip()
        except AssistantError as error:
            return error_html(str(error)), first_notice(setup)
        return good_html(SKIPPED), first_notice(setup)

    return skip


def _measuring(home: Path) -> Callable[[], Iterator[str]]:
    def measure() -> Iterator[str]:
        yield hint_html(MEASURING)
        lines = in_words(try_out(open_trial, models_of(home)))
        yield "".join(f"<p>{escape(line)}</p>" for line in lines)

    return measure


def _taking(home: Path) -> Callable[[str], str]:
    def take(folder: str) -> str:
        if not str(folder or "").strip():
            return error_html(NO_STICK)
        try:
            names = take_from(Path(str(folder).strip()), models_of(home))
        except AssistantError as error:
            return error_html(str(error))
        use = " ".join(f"`aidpost models use {name}`" for name in names)
        return good_html(f"Taken: {', '.join(names)}. To use one: {use}")

    return take
