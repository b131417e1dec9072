"""The list of checked model files, `models.lock`: what may be loaded, and where it came from.

A JSON file, so that bundles for a stick carry the same list. It is read as strictly as the
manifest of a pack: a bundle comes from anywhere.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from kb.errors import LibraryError
from kb.formulary_table import Table
from kb.packs import strict_json
from kb.packs.names import check_name
from ui.models.disk import written_whole
from ui.models.errors import ModelFilesError, UnknownModel

NAME = "models.lock"
MOST_BYTES = 4_000_000
"""A list of thousands of files; a longer one is not read."""
_DIGEST_BYTES = 32


@dataclass(frozen=True, slots=True)
class LockedFile:
    """One checked file."""

    path: str
    """Below the folder of models, parted by `/`; absolute for a file that was left in its place."""
    sha256: str
    """Hexadecimal, lower case."""
    size: int
    """Bytes."""
    role: str
    """What it is to its model: `model`, `projector`, or `part`."""


@dataclass(frozen=True, slots=True)
class LockedModel:
    """A model whose files were checked when they came."""

    name: str
    kind: str
    """A kind of the catalogue, such as `chat` or `speech`."""
    files: tuple[LockedFile, ...]
    source: str
    """Address of the hub and repository, or `import` with the name of what was imported."""
    revision: str
    """Commit of the repository; empty for an import."""
    licence: str
    quantization: str
    date: date
    """Day on which it came (UTC)."""

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    def file(self, role: str) -> LockedFile | None:
        """The file with a role."""
        return next((file for file in self.files if file.role == role), None)


@dataclass(frozen=True, slots=True)
class Lock:
    """All checked models, by name."""

    models: tuple[LockedModel, ...] = ()

    def model(self, name: str) -> LockedModel:
        """The model of a name, or the only one whose name begins so.

        Raises:
            UnknownModel: there is none, or there are several.
        """
        exact = [model for model in self.models if model.name == name]
        near = exact or [model for model in self.models if model.name.startswith(f"{name}-")]
        if len(near) == 1:
            return near[0]
        if near:
            raise UnknownModel(f"“{name}” can mean {_listed(near)}. Give the full name.")
        known = f" There are: {_listed(self.models)}." if self.models else " There is none yet."
        raise UnknownModel(f"No model “{name}” is on this machine.{known}")

    def put(self, model: LockedModel) -> "Lock":
        """The list with a model added, or put in place of the one with its name."""
        others = [other for other in self.models if other.name != model.name]
        return replace(self, models=tuple(sorted([*others, model], key=lambda one: one.name)))

    def without(self, name: str) -> "Lock":
        """The list without a model."""
        return replace(self, models=tuple(one for one in self.models if one.name != name))


def read_lock(path: Path, *, inside: bool = False) -> Lock:
    """Read a list; an empty one where there is no file.

    Args:
        path: The file.
        inside: Whether every file has to lie below the folder of the list, as in a bundle.

    Raises:
        ModelFilesError: it cannot be read.
    """
    if not path.exists():
        return Lock()
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ModelFilesError(f"{path.name} cannot be read: {error.strerror}.") from error
    if len(data) > MOST_BYTES:
        raise ModelFilesError(f"{path.name} is too long to be a list of models.")
    try:
        return strict_json.read(data, path.name, lambda table: _lock(table, inside=inside))
    except LibraryError as error:
        raise ModelFilesError(f"The list of models cannot be used: {error}") from error


def write_lock(path: Path, lock: Lock) -> None:
    """Put a list in its place, whole."""
    values = {"format": strict_json.FORMAT, "models": [_values(model) for model in lock.models]}
    text = json.dumps(values, indent=1, sort_keys=True, ensure_ascii=False)
    written_whole(path, f"{text}\n".encode())


def today() -> date:
    """The day, in UTC."""
    return datetime.now(UTC).date()


def _values(model: LockedModel) -> dict[str, object]:
    return {**asdict(model), "date": model.date.isoformat()}


def _lock(table: Table, *, inside: bool) -> Lock:
    models = [_model(row, inside=inside) for row in table.tables("models", "model")]
    if len({model.name for model in models}) != len(models):
        raise table.fault("models", "names a model twice")
    return Lock(tuple(models))


def _model(table: Table, *, inside: bool) -> LockedModel:
    model = LockedModel(
        _plain(table, "name"),
        strict_json.line(table, "kind"),
        tuple(_file(row, inside=inside) for row in table.tables("files", "file")),
        strict_json.line(table, "source", ""),
        strict_json.line(table, "revision", ""),
        strict_json.line(table, "licence", ""),
        strict_json.line(table, "quantization", ""),
        strict_json.day(table, "date"),
    )
    table.done()
    if not model.files:
        raise table.fault("files", "must name at least one file")
    return model


def _file(table: Table, *, inside: bool) -> LockedFile:
    path = strict_json.line(table, "path")
    if inside or not Path(path).is_absolute():
        check_name(path)
    found = LockedFile(
        path,
        strict_json.hexadecimal(table, "sha256", _DIGEST_BYTES),
        strict_json.whole(table, "size"),
        strict_json.line(table, "role"),
    )
    table.done()
    return found


def _plain(table: Table, key: str) -> str:
    name = strict_json.line(table, key)
    if "/" in name:
        raise table.fault(key, "must be a name without “/”")
    check_name(name)
    return name


def _listed(models: Iterable[LockedModel]) -> str:
    return ", ".join(model.name for model in models)
