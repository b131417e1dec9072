"""Puts the parts together; the only place that opens doors to native engines and files."""

import os
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.clinical.allergies import load_allergies
from assistant.clinical.dosing.engine import DoseEngine
from assistant.clinical.facts import find_facts, merge
from assistant.clinical.interactions.check import Interactions
from assistant.clinical.volumes import load_fluids
from assistant.engines.engines import Engines, load_cues
from assistant.engines.finding import Engine
from assistant.follow_up.understanding import FollowUps
from assistant.messages import Patient, Urgency
from assistant.parts import load_parts
from assistant.pipeline import Assistant, Rules, Triage
from assistant.scope import load_scope
from assistant.triage import load_rules
from assistant.writing.intent import load_intents
from assistant.writing.language import LanguageModel
from kb import onnx_encoder
from kb.embed import Embedder
from kb.extract.places import Rectangle
from kb.library import Library
from kb.messages import Extraction
from kb.model_files import ModelUnusable, open_folder
from kb.ready_vectors import load_ready
from kb.starter_pack import index_starter
from ui.district import open_store
from ui.settings import Settings

if TYPE_CHECKING:
    from assistant.clinical.dosing.mentioned import Mentioned
    from assistant.clinical.medicines.names import Names
    from assistant.clinical.understood.reader import Understanding
    from kb.medicines import Formulary


@dataclass(frozen=True)
class Desk:
    """Everything an interface needs to serve a person."""

    assistant: Assistant
    library: Library
    rules: Rules
    settings: Settings
    banners: tuple[str, ...] = ()
    model: LanguageModel | None = None
    shelf: "MedicineShelf" = field(default_factory=lambda: MedicineShelf())  # noqa: PLW0108 - it stands below

    @cached_property
    def follow_ups(self) -> FollowUps:
        """What understands a question in its conversation."""
        return FollowUps(lambda: self.shelf.mentioned)

    def close(self) -> None:
        """Close the library and the model."""
        if self.model is not None:
            self.model.close()
        self.library.close()


def open_desk(settings: Settings, banners: tuple[str, ...] = ()) -> Desk:
    """Open the library, index the starter cards if they are new, and make the assistant."""
    library = open_library(settings)
    banners += _packs_caught_up(settings, library)
    shelf = MedicineShelf()
    rules = open_rules(shelf)
    model = open_model(settings)
    versions = {
        "app": version("aidpost"),
        "packs": _short(library),
        "model": settings.model or settings.remote or None,
    }
    assistant = Assistant(library, rules, versions, model)
    return Desk(assistant, library, rules, settings, banners, model, shelf)


def open_library(settings: Settings) -> Library:
    """The library with its starter cards."""
    library = Library(
        open_store(settings), _extract, open_encoder() if settings.meaning else None, load_ready
    )
    index_starter(library)
    return library


def _packs_caught_up(settings: Settings, library: Library) -> tuple[str, ...]:
    """What the person should know of the packs, after the library was brought in line."""
    if not settings.packs_path.is_dir():
        return ()
    from ui.installed_packs import catch_up  # noqa: PLC0415 - few machines have packs

    return catch_up(settings, library)


def open_encoder() -> Embedder | None:
    """The encoder that comes with the program; None where there is none."""
    try:
        encoder = onnx_encoder.open_encoder(threads=max(1, os.cpu_count() or 1))
    except ModelUnusable:
        return None
    # Loading takes as long as opening the library; beside it, nobody waits for it.
    # The process waits for it at its end: native code must not be cut off while it starts.
    threading.Thread(target=_load_quietly, args=(encoder,)).start()
    return encoder


def _load_quietly(encoder: onnx_encoder.OnnxEncoder) -> None:
    """Load the encoder; what is wrong with it is met, and told, by the first question."""
    with suppress(ModelUnusable):
        encoder.load()


def open_encoder_at(folder: Path) -> Embedder:
    """An encoder from a model folder.

    Raises:
        ModelUnusable: the folder does not hold one.
    """
    return onnx_encoder.OnnxEncoder(open_folder(folder), threads=max(1, os.cpu_count() or 1))


def open_rules(shelf: "MedicineShelf | None" = None) -> Rules:
    """All that works with nothing else loaded."""
    shelf = shelf or MedicineShelf()
    return Rules(
        _one_at_a_time(),
        find_facts,
        merge,
        load_scope(),
        load_intents(),
        load_parts(),
        load_fluids(),
        load_allergies(),
        Engines((shelf.pairs, shelf.doses, shelf.facts, _calculations)),
    )


class MedicineShelf:
    """What is known of medicines, read once and shared by the engines that need it."""

    @cached_property
    def formulary(self) -> "Formulary":
        """The formulary of the package."""
        from kb.formulary import starter_formulary  # noqa: PLC0415 - only with a medicine

        return starter_formulary()

    @cached_property
    def names(self) -> "Names":
        """All names that the library knows."""
        from assistant.clinical.medicines.names import Names  # noqa: PLC0415
        from assistant.clinical.medicines.spelling import load_label_words  # noqa: PLC0415
        from kb.medicine_names import load_named  # noqa: PLC0415

        return Names(load_named(self.formulary.medicines.values()), load_label_words())

    @cached_property
    def mentioned(self) -> "Mentioned":
        """Finds names in texts."""
        from assistant.clinical.dosing.mentioned import index_names  # noqa: PLC0415

        return index_names(self.names.medicines)

    def dosing(self) -> DoseEngine:
        """The dosing engine."""
        from assistant.clinical.dosing.load import load_engine  # noqa: PLC0415

        return load_engine(self.formulary, self.names)

    def interactions(self) -> Interactions:
        """The interaction rules."""
        from kb.interactions_read import load_rules as load_book  # noqa: PLC0415

        return Interactions(self.names, load_book())

    def doses(self) -> Engine:
        """Doses inside a question."""
        from assistant.engines.doses import DoseCues, Doses  # noqa: PLC0415

        return Doses(self.dosing(), self.mentioned, DoseCues(**load_cues()["dose"]))

    def facts(self) -> Engine:
        """What else is known of a medicine."""
        from assistant.engines.medicine_facts import MedicineFacts  # noqa: PLC0415

        return MedicineFacts(self.formulary, self.mentioned, load_cues()["facts"])

    def pairs(self) -> Engine:
        """Interactions inside a question."""
        from assistant.engines.pairs import Pairs  # noqa: PLC0415

        asks = load_cues()["interactions"]["asks"]
        return Pairs(self.interactions, self.mentioned, asks)


def _calculations() -> Engine:
    from assistant.clinical.solve.solving import open_solver  # noqa: PLC0415 - with the first
    from assistant.engines.calculators import Calculations  # noqa: PLC0415

    return Calculations(open_solver(bench_compat=False), load_cues()["calculators"]["asks"])


def _one_at_a_time() -> Triage:
    """Triage for many threads: the rules remember words while they work, so they take turns."""
    rules = load_rules()
    turn = threading.Lock()

    def triage(text: str, patient: Patient) -> Urgency:
        with turn:
            return rules.triage(text, patient)

    return triage


def open_dosing() -> DoseEngine:
    """The dosing engine with the formulary of the package."""
    return MedicineShelf().dosing()


def open_interactions() -> Interactions:
    """The interaction rules with all names the library knows."""
    return MedicineShelf().interactions()


def open_understanding() -> "Understanding":
    """What reads the facts of a text, the names of medicines among them."""
    from assistant.clinical.understood.reader import Understanding  # noqa: PLC0415 - a form only

    return Understanding(MedicineShelf().mentioned)


def open_model(settings: Settings) -> LanguageModel | None:
    """The language model of the settings, started when first asked; None where none is set.

    A file that is not in the list of checked files is never loaded, and an address that is not
    allowed never called: the model then says so when it is asked, and the answer comes in
    reference mode. A model on the network is followed by the local one where it does not answer.
    """
    local = _open_local(settings) if settings.model else None
    return _open_remote(settings, local) if settings.remote else local


def _open_local(settings: Settings) -> LanguageModel:
    from ui.models.engine import EngineOptions, open_checked  # noqa: PLC0415 - only where a model is set

    threads = settings.threads or max(1, (os.cpu_count() or 2) - 1)
    options = EngineOptions(threads, settings.gpu, settings.model_memory_mb)
    return open_checked(settings.home, settings.model, options)


def _open_remote(settings: Settings, local: LanguageModel | None) -> LanguageModel:
    from assistant.writing.remote import RemoteModel  # noqa: PLC0415 - only where one is set
    from assistant.writing.remote_errors import RemoteRefused  # noqa: PLC0415
    from assistant.writing.remote_fallback import FallbackModel  # noqa: PLC0415
    from assistant.writing.remote_options import RemoteOptions, read_key  # noqa: PLC0415
    from ui.models.refused import RefusedModel  # noqa: PLC0415

    try:
        options = RemoteOptions(
            settings.remote,
            settings.remote_model,
            read_key(settings.remote_key_file),
            settings.remote_ca_file,
            settings.remote_public,
        )
        return FallbackModel(RemoteModel(options), local)
    except RemoteRefused as error:
        return local or RefusedModel(str(error))


def _extract(data: bytes, name: str) -> Extraction:
    from ui.workers import extract_in_child  # noqa: PLC0415 - only needed when a file is added

    return extract_in_child(data, name)


def _short(library: Library) -> dict[str, str]:
    return {pack: digest[:12] for pack, digest in library.versions().items()}


def render_page(data: bytes, page: int, quote: str) -> tuple[bytes, list[Rectangle]]:
    """Picture of a PDF page and the places of a quote on it, made in a child process."""
    from ui.workers import render_in_child  # noqa: PLC0415 - only needed when a page is shown

    return render_in_child(data, page, quote)
