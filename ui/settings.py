"""Where things are kept and how the app is served; from the environment and one TOML file.

`AIDPOST_HOME` moves every path. A broken settings file never stops the program: it starts on its
defaults and says so.
"""

import os
import sys
import tomllib
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

HOME = "AIDPOST_HOME"
FILE = "aidpost.toml"
_KINDS = {int: "a number", bool: "true or false", str: "a text"}


@dataclass(frozen=True, slots=True)
class Settings:
    """How this installation is set up."""

    home: Path
    port: int = 7860
    model: str = ""
    """Name of a listed model (`aidpost models use`), or path of a listed GGUF file.

    Empty: reference mode only.
    """
    meaning: bool = True
    """Whether search also goes by meaning (the encoder that comes with the program)."""
    threads: int = 0
    """Threads for the language model; 0 = one fewer than there are cores."""
    gpu: bool = True
    """Whether the language model may use a graphics card, where there is one."""
    model_memory_mb: int = 0
    """Most memory of the language model; 0 = nine tenths of the machine's."""
    remote: str = ""
    """Address of a model server on the clinic's network; empty for none."""
    remote_model: str = ""
    """Name that the server knows the model by; empty for the one it has."""
    remote_key_file: str = ""
    """File with the server's key, readable by this user only."""
    remote_ca_file: str = ""
    """Certificates that the server is checked against; empty for those of the system."""
    remote_public: bool = False
    """Whether the server may lie outside the clinic's own network."""
    images: bool = False
    """Whether pictures of the body may be analysed; regulators treat that as a device."""
    clinic: str = ""
    """Name of the clinic, for the page and what is printed."""
    emergency_number: str = ""
    """What to call here in an emergency; shown with every danger sign."""
    language: str = "en"
    """Language of the kiosk's page."""
    set_up: bool = False
    """Whether the first questions of the page were answered or skipped."""
    host: str = "127.0.0.1"
    """Never anything but loopback."""

    @property
    def has_model(self) -> bool:
        """Whether a language model is set, here or on the network."""
        return bool(self.model or self.remote)

    @property
    def library_path(self) -> Path:
        """The library file."""
        return self.home / "library.db"

    @property
    def packs_path(self) -> Path:
        """The folder of the packs that were installed."""
        return self.home / "packs"

    @property
    def key_path(self) -> Path:
        """The key that the library is encrypted with."""
        return self.home / "library.key"


def load_settings() -> tuple[Settings, tuple[str, ...]]:
    """The settings, and what the person should know about them."""
    settings = Settings(home=_home())
    path = settings.home / FILE
    if not path.exists():
        return settings, ()
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        banner = f"{FILE} cannot be read ({error}); the standard settings are used."
        return settings, (banner,)
    return _apply(settings, table)


def _apply(settings: Settings, table: dict[str, Any]) -> tuple[Settings, tuple[str, ...]]:
    types = {field.name: type(getattr(settings, field.name)) for field in fields(settings)}
    banners = []
    for key, value in table.items():
        if key in ("home", "host") or key not in types:
            banners.append(f"{FILE}: the setting “{key}” is not known and was left out.")
        elif type(value) is not types[key]:
            kind = _KINDS[types[key]]
            banners.append(f"{FILE}: the setting “{key}” must be {kind}; the standard is used.")
        elif key == "port" and not 1024 <= value <= 65535:
            banners.append(f"{FILE}: the port must be 1024 to 65535; the standard is used.")
        else:
            settings = replace(settings, **{key: value})
    return settings, tuple(banners)


def _home() -> Path:
    given = os.environ.get(HOME)
    if given:
        return Path(given).expanduser()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", str(Path.home()))) / "Aidpost"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "Aidpost"
    data = os.environ.get("XDG_DATA_HOME", str(Path.home() / ".local" / "share"))
    return Path(data) / "aidpost"
