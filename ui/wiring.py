"""Puts the parts together; the only place that opens doors to native engines and files."""

import os
import threading
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from assistant.clinical.allergies import load_allergies
from assistant.clinical.facts import find_facts, merge
from assistant.clinical.volumes import load_fluids
from assistant.messages import Patient, Urgency
from assistant.pipeline import Assistant, Rules, Triage
from assistant.scope import load_scope
from assistant.triage import load_rules
from assistant.writing.intent import load_intents
from assistant.writing.language import LanguageModel
from kb.extract.places import Rectangle
from kb.library import Library
from kb.messages import Extraction
from kb.starter_pack import index_starter
from kb.store import Store, load_key
from ui.settings import Settings


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything an interface needs to serve a person."""

    assistant: Assistant
    library: Library
    rules: Rules
    settings: Settings
    banners: tuple[str, ...] = ()
    model: LanguageModel | None = None

    def close(self) -> None:
        """Close the library and the model."""
        if self.model is not None:
            self.model.close()
        self.library.close()


def open_desk(settings: Settings, banners: tuple[str, ...] = ()) -> Desk:
    """Open the library, index the starter cards if they are new, and make the assistant."""
    library = open_library(settings)
    rules = open_rules()
    model = open_model(settings)
    versions = {
        "app": version("aidpost"),
        "packs": _short(library),
        "model": settings.model or None,
    }
    assistant = Assistant(library, rules, versions, model)
    return Desk(assistant, library, rules, settings, banners, model)


def open_library(settings: Settings) -> Library:
    """The library with its starter cards."""
    store = Store(settings.library_path, load_key(settings.key_path))
    library = Library(store, _extract)
    index_starter(library)
    return library


def open_rules() -> Rules:
    """All that works with nothing else loaded."""
    return Rules(
        _one_at_a_time(),
        find_facts,
        merge,
        load_scope(),
        load_intents(),
        load_fluids(),
        load_allergies(),
    )


def _one_at_a_time() -> Triage:
    """Triage for many threads: the rules remember words while they work, so they take turns."""
    rules = load_rules()
    turn = threading.Lock()

    def triage(text: str, patient: Patient) -> Urgency:
        with turn:
            return rules.triage(text, patient)

    return triage


def open_model(settings: Settings) -> LanguageModel | None:
    """The language model of the settings, started when first asked; None where none is set."""
    if not settings.model:
        return None
    from assistant.writing.model_file import ModelOptions  # noqa: PLC0415
    from assistant.writing.model_process import ProcessModel  # noqa: PLC0415

    threads = settings.threads or max(1, (os.cpu_count() or 2) - 1)
    return ProcessModel(Path(settings.model), ModelOptions(threads=threads))


def _extract(data: bytes, name: str) -> Extraction:
    from ui.workers import extract_in_child  # noqa: PLC0415 - only needed when a file is added

    return extract_in_child(data, name)


def _short(library: Library) -> dict[str, str]:
    return {pack: digest[:12] for pack, digest in library.versions().items()}


def render_page(data: bytes, page: int, quote: str) -> tuple[bytes, list[Rectangle]]:
    """Picture of a PDF page and the places of a quote on it, made in a child process."""
    from ui.workers import render_in_child  # noqa: PLC0415 - only needed when a page is shown

    return render_in_child(data, page, quote)
