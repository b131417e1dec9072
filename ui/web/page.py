"""The page: question, patient, answer; library. The only importer of Gradio.

Values live in the browser and in the call that answers them; nothing of a patient is kept here.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import gradio as gr

from assistant.messages import Mode
from kb.errors import LibraryError
from ui.render import USE, error_html, library_html, state_html
from ui.web.asking import EMPTY, MOST_CHARACTERS, ask
from ui.wiring import Desk

TITLE = "Aidpost"
EXAMPLES = (
    "ORS amount plan B 10 kg child",
    "BP 170/115 at 36 weeks with headache",
    "Coartem tablets for a 20 kg child",
    "Adult severe asthma attack: what to give",
    "Dengue warning signs",
)
HEAD = (
    '<link rel="stylesheet" href="/style.css"><script src="/app.js" defer></script>'
    '<meta name="description" content="Offline medical assistant">'
)
HEADER = (
    '<header class="top"><h1>Aidpost</h1>'
    '<p class="badges"><span>Works offline</span>'
    "<span>Nothing leaves this machine</span></p></header>"
)
Fields = list[gr.components.Component]
Opened = Callable[[], Desk]


def build_page(opened: Opened) -> gr.Blocks:
    """The whole page; `opened` gives the desk once it is open."""
    page = gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True)
    with page:
        _html(HEADER)
        state = _html(elem_id="library-state")
        with gr.Tabs():
            with gr.Tab("Ask"):
                _ask_tab(opened)
            with gr.Tab("Library"):
                _library_tab(opened, page)
        page.load(_state(opened), None, state, api_visibility="private")
        _html(f'<footer class="use"><p>{USE}</p></footer>')
    return page


def _state(opened: Opened) -> Callable[[], str]:
    return lambda: state_html(opened().library.documents())


def _html(value: str = "", elem_id: str | None = None) -> gr.Markdown:
    """A place for HTML of our own renderer; the toolkit's sanitiser looks at it once more."""
    return gr.Markdown(value, elem_id=elem_id, sanitize_html=True, latex_delimiters=[])


def _ask_tab(opened: Opened) -> None:
    urgency = _html(elem_id="urgency")
    question = gr.Textbox(
        label="Question (Ctrl+Enter asks, Escape stops)",
        placeholder="Such as: severe dehydration 3 years 14 kg, which drip and how fast?",
        lines=2, max_lines=8, max_length=MOST_CHARACTERS, elem_id="question", autofocus=True,
    )  # fmt: skip
    patient = _patient_panel()
    with gr.Row(elem_classes="actions"):
        go = gr.Button("Ask", variant="primary", elem_id="ask")
        stop = gr.Button("Stop", elem_id="stop")
        fresh = gr.Button("New patient", elem_id="new-patient")
        gr.Button("Copy", elem_id="copy")
        gr.Button("Print", elem_id="print")
    mode = _mode()
    answer = _html(elem_id="answer")
    plain = gr.Textbox(visible="hidden", elem_id="plain", label="Answer as text")
    gr.Examples(list(EXAMPLES), question, label="Examples")
    shown = [urgency, answer, plain]
    running = go.click(
        _asking(opened),
        [question, mode, *patient],
        shown,
        show_progress="hidden",
        api_visibility="private",
    )
    stop.click(None, cancels=[running], api_visibility="private")
    blank: Fields = [question, *patient, *shown]
    fresh.click(_cleared, None, blank, cancels=[running], api_visibility="private")


def _patient_panel() -> Fields:
    with (
        gr.Accordion("Patient (optional; nothing is stored)", open=True, elem_id="patient"),
        gr.Row(),
    ):
        return [
            gr.Textbox(label="Age", placeholder="3d, 6w, 8m, 2y", max_length=12, elem_id="age"),
            gr.Textbox(label="Weight in kg", placeholder="12", max_length=8, elem_id="weight"),
            gr.Dropdown(["", "female", "male"], value="", label="Sex", elem_id="sex"),
            gr.Dropdown(["", "yes", "no"], value="", label="Pregnant", elem_id="pregnant"),
            gr.Textbox(
                label="Allergies", placeholder="penicillin", max_length=200, elem_id="allergies"
            ),
        ]


def _mode() -> gr.components.Component:
    return gr.Radio(
        [("Quotes from the library", "reference"), ("Worded by the language model", "model")],
        value="reference", label="Answer as", elem_id="mode",
    )  # fmt: skip


def _asking(opened: Opened) -> Callable[..., Iterator[tuple[str, str, str]]]:
    def stream(
        question: str, mode: Mode, age: str, weight: str, *rest: str
    ) -> Iterator[tuple[str, str, str]]:
        sex, pregnant, allergies = rest
        patient = {
            "age": age, "weight": weight, "sex": sex, "pregnant": pregnant, "allergies": allergies,
        }  # fmt: skip
        for shown in ask(opened(), question, patient, mode):
            yield shown.urgency, shown.answer, shown.text

    return stream


def _cleared() -> tuple[str, ...]:
    return ("", "", "", "", "", "", EMPTY.urgency, EMPTY.answer, EMPTY.text)


def _library_tab(opened: Opened, page: gr.Blocks) -> None:
    _html("<h2>Documents the assistant may quote</h2>")
    status = _html(elem_id="library-status")
    table = _html(elem_id="documents")
    file = gr.File(
        label="Add a document: PDF, DOCX, HTML, Markdown or text, at most 50 MB",
        file_types=[".pdf", ".docx", ".html", ".htm", ".md", ".txt"],
        elem_id="add-document",
    )
    with gr.Row():
        chosen = gr.Dropdown([], label="Document to remove", elem_id="chosen", interactive=True)
        remove = gr.Button("Remove from the library", elem_id="remove")
    shown = [status, table, chosen]
    file.upload(lambda path: _add(opened(), path), file, [*shown, file], api_visibility="private")
    remove.click(lambda name: _remove(opened(), name), chosen, shown, api_visibility="private")
    page.load(lambda: _listed(opened(), ""), None, shown, api_visibility="private")


def _add(desk: Desk, path: str | None) -> tuple[str, str, dict[str, object], None]:
    """Read an uploaded file into the library; the upload itself is deleted at once."""
    if path is None:
        return (*_listed(desk, ""), None)
    upload = Path(path)
    try:
        document = desk.library.add(upload)
        says = f'<p role="status" class="good">Added: {_escaped(document.title)}</p>'
    except LibraryError as error:
        says = error_html(str(error))
    finally:
        upload.unlink(missing_ok=True)
    return (*_listed(desk, says), None)


def _remove(desk: Desk, name: str | None) -> tuple[str, str, dict[str, object]]:
    if not name:
        return _listed(desk, error_html("Choose a document first."))
    try:
        desk.library.remove(name)
    except LibraryError as error:
        return _listed(desk, error_html(str(error)))
    return _listed(desk, '<p role="status" class="good">Removed.</p>')


def _listed(desk: Desk, says: str) -> tuple[str, str, dict[str, object]]:
    documents = desk.library.documents()
    own = [(d.title, d.id) for d in documents if d.pack == "local"]
    banners = "".join(error_html(banner) for banner in desk.banners)
    return banners + says, library_html(documents), gr.update(choices=own, value=None)


def _escaped(text: str) -> str:
    from html import escape  # noqa: PLC0415

    return escape(text)
