"""The gate before every engine: only a listed file is loaded, and only with its listed digest.

The setting `model` names a model of the list, as `aidpost models use` writes it. A path written by
hand is accepted where the list holds the file of that path; else the person is told the one command
that checks it in. Nobody is asked in between: a kiosk has no one to ask.
"""

from dataclasses import dataclass
from pathlib import Path

from ui.models.errors import ModelFilesError, NotChecked, UnknownModel
from ui.models.folder import Models
from ui.models.lock import LockedFile, LockedModel

FOLDER = "models"


@dataclass(frozen=True, slots=True)
class Allowed:
    """A chat model that may be loaded, if it has this digest."""

    name: str
    path: Path
    sha256: str
    """For `ModelOptions.sha256`: the worker reads the whole file and compares before it loads."""
    projector: Path | None = None


def models_of(home: Path) -> Models:
    """The models of a data folder."""
    return Models(home / FOLDER)


def allowed_model(home: Path, setting: str) -> Allowed:
    """The file that the setting `model` means.

    Args:
        home: The data folder.
        setting: Name of a model, or path of a GGUF file.

    Raises:
        NotChecked: the file was never checked in.
        UnknownModel: there is no such model.
        ModelFilesError: the file is gone or has another size, or the list cannot be read.
    """
    models = models_of(home)
    model = _by_path(models, setting) if _is_path(setting) else models.lock().model(setting)
    file = model.file("model")
    if file is None:
        raise UnknownModel(f"{model.name} is not a model that writes text.")
    _check_size(models, file)
    projector = model.file("projector")
    return Allowed(
        model.name,
        models.path(file),
        file.sha256,
        models.path(projector) if projector else None,
    )


def allowed_files(home: Path, name: str) -> dict[str, Path]:
    """The files of a model by name, after each was read and compared; for small models.

    Raises:
        UnknownModel: there is no such model.
        ModelFilesError: a file is not what it was when it came.
    """
    models = models_of(home)
    model = models.lock().model(name)
    models.check(model.files)
    return {Path(file.path).name: models.path(file) for file in model.files}


def allowed_folder(home: Path, setting: str, kind: str) -> Path:
    """The folder of a model whose engine takes a folder, after every file in it was compared.

    Args:
        home: The data folder.
        setting: Name of a model, or path of the folder of one.
        kind: What it has to be, such as `translation`.

    Raises:
        NotChecked: the folder was never checked in, or holds a file that was not.
        UnknownModel: there is no such model, or it is of another kind.
        ModelFilesError: a file is not what it was when it came.
    """
    models = models_of(home)
    model = _by_folder(models, setting) if _is_folder(setting) else models.lock().model(setting)
    if model.kind != kind:
        raise UnknownModel(f"{model.name} is a model for {model.kind}, not for {kind}.")
    models.check(model.files)
    listed = {models.path(file).resolve() for file in model.files}
    folder = models.path(model.files[0]).parent
    # An engine that takes a folder reads whatever has the right name in it.
    strays = sorted(one.name for one in folder.iterdir() if one.resolve() not in listed)
    if strays := [name for name in strays if not name.startswith(".")]:
        raise NotChecked(
            f"The model {model.name} is not used: {strays[0]} lies in its folder and was never"
            " checked in. Take it away, or import the model again."
        )
    return folder


def _is_folder(setting: str) -> bool:
    return "/" in setting or "\\" in setting or setting in {".", ".."}


def _by_folder(models: Models, setting: str) -> LockedModel:
    folder = Path(setting).expanduser().resolve()
    for model in models.lock().models:
        if models.path(model.files[0]).resolve().parent == folder:
            return model
    raise NotChecked(
        f"The model in {folder.name} was never checked in on this machine, so it is not used."
        f" If you know where it comes from, run: aidpost models import {setting}"
    )


def _is_path(setting: str) -> bool:
    return setting.casefold().endswith(".gguf") or "/" in setting or "\\" in setting


def _by_path(models: Models, setting: str) -> LockedModel:
    path = Path(setting).expanduser().resolve()
    for model in models.lock().models:
        file = model.file("model")
        if file is not None and models.path(file).resolve() == path:
            return model
    raise NotChecked(
        f"The model file {path.name} was never checked in on this machine, so it is not used."
        f" If you know where it comes from, run: aidpost models import --in-place {setting}"
    )


def _check_size(models: Models, file: LockedFile) -> None:
    path = models.path(file)
    try:
        size = path.stat().st_size
    except OSError as error:
        raise ModelFilesError(
            f"The model file {path.name} is gone ({error.strerror})."
            " Get it again with `aidpost models pull` or `aidpost models import`."
        ) from error
    if size != file.size:
        raise ModelFilesError(
            f"The model file {path.name} has another size than when it came and is not used."
            " Get it again with `aidpost models pull` or `aidpost models import`."
        )
