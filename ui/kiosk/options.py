"""How the kiosk behaves; kept in one small file of the data folder, changed behind the PIN."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from ui.kiosk.small_files import read_object, write_object
from ui.kiosk.texts import LANGUAGES

FILE = "kiosk.json"
RESET_S = (15, 900)
SILENCE_S = (0.3, 2.0)
SPEED = (0.5, 2.0)
VOLUME = (20, 100)


class BadOption(Exception):
    """A value that cannot be used; the message names it."""


@dataclass(frozen=True, slots=True)
class Options:
    """How the kiosk behaves."""

    language: str = "en"
    volume: int = 100
    """Percent."""
    speed: float = 1.0
    reset_s: int = 120
    """Seconds without any sign of a person after which the patient is forgotten."""
    silence_s: float = 0.7
    """Pause after which a person has finished speaking."""
    hands_free: bool = False

    def changed(self, given: Mapping[str, Any]) -> "Options":
        """The options with some values replaced.

        Raises:
            BadOption: a name is not known or a value is out of range.
        """
        known = {field.name for field in fields(self)}
        unknown = sorted(given.keys() - known)
        if unknown:
            raise BadOption(f"There is no setting “{unknown[0][:40]}”.")
        return replace(self, **{name: _checked(name, value) for name, value in given.items()})


_RANGES: Mapping[str, tuple[float, float]] = {
    "volume": VOLUME, "speed": SPEED, "reset_s": RESET_S, "silence_s": SILENCE_S,
}  # fmt: skip
_WHOLE = ("volume", "reset_s")


def _checked(name: str, value: Any) -> Any:  # noqa: ANN401 - comes from a page
    if name == "language":
        if value not in LANGUAGES:
            raise BadOption(f"There is no language “{str(value)[:20]}”.")
        return value
    if name == "hands_free":
        if not isinstance(value, bool):
            raise BadOption("“hands_free” must be true or false.")
        return value
    low, high = _RANGES[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise BadOption(f"“{name}” must be a number from {low:g} to {high:g}.")
    return round(value) if name in _WHOLE else float(value)


def load_options(home: Path) -> Options:
    """The options that were kept; a value that cannot be used gives way to the standard one."""
    options = Options()
    for name, value in read_object(home / FILE).items():
        try:
            options = options.changed({name: value})
        except BadOption:
            continue  # a kiosk must start; the screen shows the standard value
    return options


def save_options(home: Path, options: Options) -> None:
    """Keep the options.

    Raises:
        OSError: they cannot be written, such as on a full disk.
    """
    write_object(home / FILE, json.dumps(asdict(options), indent=1))
