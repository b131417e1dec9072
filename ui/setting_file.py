"""Writes settings into `aidpost.toml` and leaves every other line as the person wrote it."""

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ui.models.disk import written_whole
from ui.models.errors import ModelFilesError
from ui.settings import FILE

_TABLE = re.compile(r"\s*\[")


def use_model(home: Path, name: str, threads: int | None = None) -> None:
    """Set `model` to the name of a model; an empty name switches models off.

    Args:
        home: The data folder.
        name: Name of a model of the list.
        threads: For the setting `threads`; None leaves it as it is.

    Raises:
        ModelFilesError: as `write_settings`.
    """
    wanted: dict[str, str | int | bool] = {"model": name}
    if threads is not None:
        wanted["threads"] = threads
    write_settings(home, wanted)


def write_settings(home: Path, wanted: Mapping[str, str | int | bool]) -> None:
    """Set some settings.

    Args:
        home: The data folder.
        wanted: Name of a setting -> its value.

    Raises:
        ModelFilesError: the file cannot be read or written, or is written in a way that only a
            person can change.
    """
    path = home / FILE
    before = after = _read(path)
    lines = {key: f"{key} = {json.dumps(wanted[key], ensure_ascii=False)}" for key in wanted}
    for key, line in lines.items():
        after = with_line(after, key, line)
    if _values(after) != {**(_values(before) or {}), **wanted}:
        raise ModelFilesError(
            f"{FILE} is written in a way that this command cannot change safely."
            f" Please put this into it yourself: {', '.join(lines.values())}"
        )
    written_whole(path, after.encode())


def with_line(text: str, key: str, line: str) -> str:
    """A TOML text with the line of a top-level key replaced, or added before the first table."""
    lines = text.splitlines()
    top = next((at for at, old in enumerate(lines) if _TABLE.match(old)), len(lines))
    named = re.compile(rf"\s*{re.escape(key)}\s*=")
    at = next((at for at, old in enumerate(lines[:top]) if named.match(old)), None)
    if at is None:
        lines.insert(top, line)
    else:
        lines[at] = line
    return "\n".join(lines) + "\n"


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise ModelFilesError(f"{FILE} cannot be read ({error}).") from error


def _values(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        return None
