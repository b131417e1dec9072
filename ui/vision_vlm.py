"""The model that sees of this installation: only where image analysis is on, only from the list.

Opened for one picture and closed after it, because it takes as much memory as the model that
writes. A picture never leaves the machine: a model on the network is not asked.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from assistant.errors import ModelError
from assistant.vision.encoder_prepare import Pixels
from assistant.vision.evidence import Evidence, Looked
from assistant.vision.vlm_evidence import called, opinions, with_opinions
from assistant.vision.vlm_process import ProcessSight
from assistant.writing.language import Cancel
from assistant.writing.model_file import ModelOptions
from assistant.writing.mtmd_worker import SeeingFiles
from ui.models.allowed import allowed_model, models_of
from ui.models.engine import OLD_PROCESSOR
from ui.models.errors import UnknownModel
from ui.models.machine import this_machine
from ui.settings import Settings
from ui.vision_images import check_on

NO_MODEL = "No language model is set on this machine, so none can look at the picture."
NO_PROJECTOR = (
    "The language model {model} came without a projector, so it cannot be shown pictures."
    " `aidpost models list` shows models that see."
)
STOPPED = "The language model was not asked about the picture: {reason}"


@contextmanager
def open_sight(settings: Settings) -> Iterator[ProcessSight]:
    """The model that sees, for as long as it is needed.

    Raises:
        ImagesOff: image analysis is switched off.
        ModelError: there is none, or it may not be loaded.
    """
    check_on(settings)
    model = ProcessSight(files_of(settings))
    try:
        yield model
    finally:
        model.close()


def files_of(settings: Settings) -> SeeingFiles:
    """The listed model of the settings and its listed projector, with their digests.

    Raises:
        UnknownModel: no model is set, or it came without a projector.
        ModelError: it may not be loaded, or cannot run here.
    """
    if missing := this_machine().missing:
        raise ModelError(OLD_PROCESSOR.format(missing=", ".join(missing)))
    if not settings.model:
        raise UnknownModel(NO_MODEL)
    found = allowed_model(settings.home, settings.model)
    listed = models_of(settings.home).lock().model(found.name).file("projector")
    if found.projector is None or listed is None:
        raise UnknownModel(NO_PROJECTOR.format(model=found.name))
    options = ModelOptions(
        sha256=found.sha256,
        threads=settings.threads or max(1, (os.cpu_count() or 2) - 1),
        gpu_layers=-1 if settings.gpu else 0,
        memory_limit_mb=settings.model_memory_mb,
    )
    return SeeingFiles(found.path, found.projector, options, listed.sha256)


def has_sight(settings: Settings) -> bool:
    """Whether a model that sees is set and listed; opens nothing."""
    try:
        files_of(settings)
    except ModelError:
        return False
    return True


def heard_too(
    settings: Settings,
    found: Evidence,
    looked: Looked,
    pixels: Pixels,
    cancelled: Cancel | None = None,
) -> tuple[Evidence, str]:
    """The evidence with what the model that sees says of what was called, and a note if it failed.

    The evidence stands by itself: a model that cannot be used is no error here.

    Raises:
        ImageError: image analysis is switched off, or it is no picture.
    """
    check_on(settings)
    findings = () if found.abstained else called(looked)
    if not findings or not has_sight(settings):
        return found, ""
    try:
        with open_sight(settings) as model:
            heard = opinions(model, pixels, findings, cancelled or threading.Event())
            return with_opinions(found, heard, model.describe().name), ""
    except ModelError as error:
        return found, STOPPED.format(reason=error)
