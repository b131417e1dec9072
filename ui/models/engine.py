"""Opens language models for `ui.wiring`: a listed file with its listed digest, or a refusal."""

from dataclasses import dataclass
from pathlib import Path

from assistant.errors import ModelError
from assistant.writing.language import LanguageModel
from ui.models.allowed import allowed_model
from ui.models.machine import this_machine
from ui.models.refused import RefusedModel

OLD_PROCESSOR = (
    "This computer's processor lacks instructions that language models need ({missing})."
    " Answers come as the library's own lines."
)
PREFIXES = "prefixes"
"""Folder of what an engine made of the shipped system texts; never of anything else."""
_TRIAL_CONTEXT = 1024
_TRIAL_LOAD_S = 45.0


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How an engine may use this machine."""

    threads: int
    gpu: bool = True
    memory_mb: int = 0
    """Most memory of the engine's process; 0 = nine tenths of the machine's."""


def open_checked(home: Path, setting: str, engine: EngineOptions) -> LanguageModel:
    """The model that the setting means, started when first asked.

    A model that may not be loaded is no error here: it says so when it is asked, and the answer
    comes in reference mode.
    """
    from assistant.writing.llama_shared import shared_texts  # noqa: PLC0415 - only with a model
    from assistant.writing.model_file import ModelOptions  # noqa: PLC0415
    from assistant.writing.model_process import ProcessModel  # noqa: PLC0415

    if missing := this_machine().missing:
        return RefusedModel(OLD_PROCESSOR.format(missing=", ".join(missing)))
    try:
        found = allowed_model(home, setting)
    except ModelError as error:
        return RefusedModel(str(error))
    options = ModelOptions(
        sha256=found.sha256,
        threads=engine.threads,
        gpu_layers=-1 if engine.gpu else 0,
        memory_limit_mb=engine.memory_mb,
        prefix_folder=home / PREFIXES,
        shared_texts=shared_texts(),
    )
    return ProcessModel(found.path, options)


def open_trial(path: Path, threads: int) -> LanguageModel:
    """The file that `ui.models.trial` made itself."""
    from assistant.writing.model_file import ModelOptions  # noqa: PLC0415
    from assistant.writing.model_process import ProcessModel  # noqa: PLC0415

    return ProcessModel(
        path,
        ModelOptions(context_length=_TRIAL_CONTEXT, threads=threads, load_limit_s=_TRIAL_LOAD_S),
    )
