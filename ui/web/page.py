"""The page: danger, question, patient, answer; the library. One of two importers of Gradio.

Values live in the browser and in the call that answers them; nothing of a patient is kept here.
All HTML comes from our own renderer, and the toolkit's sanitiser looks at it once more.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, cast

import gradio as gr

from assistant.messages import Mode
from kb.extract.registry import SUFFIXES
from ui.render import USE, error_html
from ui.set_up import SetUp
from ui.web.asking import MOST_CHARACTERS, Asked, Turns
from ui.web.reading_tab import reading_tab
from ui.web.setting_up import first_notice, header_html, set_up_tab
from ui.web.shelf import Listed, Shelf, Working
from ui.web.tool_tabs import TABS
from ui.web.tools import Tools
from ui.web.views import notice_html
from ui.wiring import Desk, open_dosing, open_interactions, open_understanding

TITLE = "Aidpost"
EXAMPLES = (
    "ORS amount plan B 10 kg child",
    "BP 170/115 at 36 weeks with headache",
    "Severe asthma attack in an adult: what to give",
    "Dengue warning signs",
)
HEAD = (
    '<link rel="stylesheet" href="/style.css"><script src="/app.js" defer></script>'
    '<meta name="description" content="Offline medical assistant">'
)
WELCOME = (
    '<section class="welcome"><h2>Ask in plain words</h2><ul><li>Danger signs in what you write'
    " come first, with what to do at once.</li><li>Each line of the answer is quoted from the"
    " library; its number opens the source at that place.</li><li>What is not in the library is"
    " not answered.</li></ul></section>"
)
NOTHING_SHOWN = ["", WELCOME, "", "", ""]
FAILED = "Something went wrong inside Aidpost. Nothing was answered; ask again."
FAILED_ADDING = "Something went wrong inside Aidpost. What is listed below was added."
PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
FIELDS = ("age", "weight", "sex", "pregnant", "allergies", "drugs")
UNKNOWN = ""
CAREFUL = "careful"
Component = gr.components.Component
Steps = tuple[str, str, str, str, str]


def build_page(desk: Desk) -> gr.Blocks:
    """The whole page."""
    shelf = Shelf(desk)
    tools = Tools(desk.rules, open_dosing, open_interactions, open_understanding)
    setup = SetUp(desk.settings)
    page = gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True)
    with page:
        with gr.Row(elem_id="top"):
            head = _html(header_html(setup), "head")
            status = _html(shelf.status(), "library-in-short")
        urgency = _html(elem_id="urgency")
        _html("".join(map(notice_html, desk.banners)), "banners")
        first = _html(first_notice(setup), "first-time")
        with gr.Tabs():
            with gr.Tab("Ask"):
                patient = _ask_tab(page, desk, setup, urgency)
            with gr.Tab("Read"):
                reading_tab(tools, patient)
            for name, build in TABS:
                with gr.Tab(name):
                    build(tools)
            with gr.Tab("Library"):
                _library_tab(page, shelf, status)
            with gr.Tab("Set up"):
                set_up_tab(page, setup, desk.settings.home, head, first)
        _html(f'<p class="use">{USE}</p>', "use")
    return page


def _html(value: str = "", elem_id: str | None = None) -> gr.Markdown:
    return gr.Markdown(value, elem_id=elem_id, sanitize_html=True, latex_delimiters=[])


def _ask_tab(page: gr.Blocks, desk: Desk, setup: SetUp, urgency: Component) -> list[Component]:
    """The tab Ask; gives the fields of the patient."""
    understood, alone, ended = _talk_row()
    with gr.Row(elem_id="desk"):
        with gr.Column(elem_id="asking"):
            question = _question()
            with gr.Row(elem_id="actions"):
                go = gr.Button("Ask", variant="primary", elem_id="ask")
                stop = gr.Button("Stop", elem_id="stop")
                fresh = gr.Button("New patient", elem_id="new-patient")
            patient = _patient_panel()
            mode = _mode(has_model=desk.model is not None)
        with gr.Column(elem_id="answering"):
            with gr.Row(elem_id="sheet-actions"):
                gr.Button("Copy", elem_id="copy", size="sm")
                gr.Button("Print", elem_id="print", size="sm")
            answer = _html(WELCOME, "answer")
            gr.Examples(list(EXAMPLES), question, label="Examples", elem_id="examples")
            plain = gr.Textbox(visible="hidden", elem_id="plain", label="Answer as text")
            talk = gr.Textbox(visible="hidden", elem_id="conversation", label="Conversation")
    shown: list[Component] = [urgency, answer, plain, understood, talk]
    turns = Turns(desk, lambda: setup.clinic.emergency_number)
    given: list[Component] = [question, mode, *patient, talk]
    running = gr.on(
        [go.click, *(box.submit for box in (question, *patient) if isinstance(box, gr.Textbox))],
        _asking(turns, is_alone=False), given, shown, **PRIVATE,
    )  # fmt: skip
    again = alone.click(_asking(turns, is_alone=True), given, shown, **PRIVATE)
    for asked in (running, again):
        asked.failure(lambda: error_html(FAILED), None, answer, **PRIVATE)
    stop.click(_with_key(turns.stop), **PRIVATE)
    for button, fields in ((fresh, [question, *patient]), (ended, [question])):
        button.click(_with_key(turns.forget), **PRIVATE).then(
            partial(list, [UNKNOWN] * len(fields) + NOTHING_SHOWN),
            None, [*fields, *shown], cancels=[running, again], **PRIVATE,
        )  # fmt: skip
    page.unload(_with_key(turns.forget))
    return patient


def _talk_row() -> tuple[gr.Markdown, gr.Button, gr.Button]:
    with gr.Row(elem_id="talk"):
        understood = _html(elem_id="understood")
        alone = gr.Button("Ask it alone", elem_id="ask-alone", size="sm")
        ended = gr.Button("New conversation", elem_id="new-conversation", size="sm")
    return understood, alone, ended


def _question() -> gr.Textbox:
    return gr.Textbox(
        label="Question",
        placeholder="Such as: severe dehydration, 3 years, 14 kg: which drip and how fast?",
        info="Enter asks, Escape stops, Shift+Enter: new line",
        lines=1, max_lines=8, max_length=MOST_CHARACTERS, elem_id="question", autofocus=True,
        html_attributes=gr.InputHTMLAttributes(autocomplete="off", enterkeyhint="go"),
    )  # fmt: skip


def _patient_panel() -> list[Component]:
    with gr.Column(elem_id="patient"):
        _html("<h2>Patient</h2><p>Optional. Nothing is stored.</p>")
        with gr.Row():
            age = _field("Age", "2 y, 8 m, 3 d", 12)
            weight = _field("Weight in kg", "12", 8)
        sex = _choice("Sex", ("Female", "f"), ("Male", "m"))
        pregnant = _choice("Pregnant", ("Yes", "yes"), ("No", "no"))
        allergies = _field("Allergies", "penicillin", 200)
        drugs = _field("Medicines", "warfarin, with commas", 400)
    return [age, weight, sex, pregnant, allergies, drugs]


def _field(label: str, example: str, longest: int) -> gr.Textbox:
    return gr.Textbox(
        label=label, placeholder=example, max_length=longest, max_lines=1, min_width=120,
        elem_id=label.split(maxsplit=1)[0].lower(),
        html_attributes=gr.InputHTMLAttributes(autocomplete="off", spellcheck=False),
    )  # fmt: skip


def _choice(label: str, *known: tuple[str, str]) -> gr.Radio:
    return gr.Radio(
        [("Not known", UNKNOWN), *known], value=UNKNOWN, label=label, elem_id=label.lower()
    )


def _mode(*, has_model: bool) -> gr.Radio:
    return gr.Radio(
        [
            ("Quotes from the library", "reference"),
            ("Worded by the language model", "model"),
            ("Worded by the model with care: several drafts, slower", CAREFUL),
        ],
        value="model" if has_model else "reference", label="Answer as", elem_id="mode",
        visible=has_model,
    )  # fmt: skip


def _asking(turns: Turns, *, is_alone: bool) -> Callable[..., Iterator[Steps]]:
    def stream(request: gr.Request, question: str, mode: str, *given: str) -> Iterator[Steps]:
        fields = {name: str(value or "") for name, value in zip(FIELDS, given[:-1], strict=True)}
        careful = mode == CAREFUL
        chosen = cast("Mode", "model" if careful else mode)
        talk = str(given[-1] or "")
        asked = Asked(str(question or ""), fields, chosen, careful, talk, is_alone)
        for shown in turns.ask(_key(request), asked):
            yield shown.urgency, shown.answer, shown.text, shown.understood, shown.talk

    return stream


def _with_key(act: Callable[[str], None]) -> Callable[[gr.Request], None]:
    def call(request: gr.Request) -> None:
        act(_key(request))

    return call


def _key(request: gr.Request) -> str:
    """Name that the toolkit gives to an open page."""
    return str(request.session_hash)


def _library_tab(page: gr.Blocks, shelf: Shelf, status: gr.Markdown) -> None:
    _html("<h2>Documents the assistant may quote</h2>")
    says = _html(elem_id="library-status")
    with gr.Row(elem_id="adding"):
        stop = gr.Button("Stop adding", elem_id="stop-adding", visible=False)
        go_on = gr.Button("Go on", elem_id="go-on", visible=False)
    file = gr.File(
        label="Add documents: PDF, Word, Excel, EPUB, web pages, pictures, text; each up to 50 MB",
        file_types=list(SUFFIXES), file_count="multiple", elem_id="add-document", height=170,
    )  # fmt: skip
    table = _html(elem_id="documents")
    with gr.Row(elem_id="removing"):
        chosen = gr.Dropdown([], label="Document to remove", elem_id="chosen", interactive=True)
        remove = gr.Button("Remove from the library", elem_id="remove")
    shown: list[Component] = [says, table, chosen, status]
    wide: list[Component] = [*shown, file, stop, go_on]
    for start, given in ((file.upload, file), (go_on.click, None)):
        start(_adding(shelf), given, wide, **PRIVATE).failure(
            lambda: error_html(FAILED_ADDING), None, says, **PRIVATE
        )
    stop.click(_with_key(shelf.stop), **PRIVATE)
    remove.click(lambda name: _row(shelf.remove(name)), chosen, shown, **PRIVATE)
    page.load(lambda: _row(shelf.listed()), None, shown, **PRIVATE)
    page.unload(_with_key(shelf.forget))


def _adding(shelf: Shelf) -> Callable[..., Iterator[tuple[object, ...]]]:
    def stream(
        request: gr.Request, paths: Sequence[str] | None = None
    ) -> Iterator[tuple[object, ...]]:
        # The box is emptied first: while files are read, it takes more.
        yield *[gr.skip()] * 4, None, gr.skip(), gr.skip()
        for now in shelf.add(_key(request), paths or ()):
            if isinstance(now, Working):
                busy = (gr.update(visible=True), gr.update(visible=False))
                yield now.says, *[gr.skip()] * 4, *busy
            else:
                idle = (gr.update(visible=False), gr.update(visible=now.waiting > 0))
                yield *_row(now), gr.skip(), *idle

    return stream


def _row(listed: Listed) -> tuple[str, str, dict[str, object], str]:
    return listed.says, listed.table, gr.update(choices=listed.own, value=None), listed.status
