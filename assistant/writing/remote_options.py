"""How a model server on the clinic's network is reached: address, key, certificates, patience."""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from assistant.writing.remote_errors import RemoteRefused

KEY = "AIDPOST_REMOTE_KEY"
"""Variable of the environment that may hold the key."""
_LONGEST_KEY = 4096


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the server may take; seconds."""

    connect_s: float = 5.0
    """To find it and to be let in."""
    first_s: float = 90.0
    """From the request to the first piece of text: it may have to load its model and to wait."""
    between_s: float = 20.0
    """From one piece of text to the next."""


@dataclass(frozen=True, slots=True)
class Retry:
    """How often and when a request is sent again that brought no text."""

    times: int = 2
    wait_s: float = 0.5
    """Before the first repetition; doubled for each further one."""
    longest_s: float = 8.0
    """The longest wait; a server that asks for more counts as away."""


@dataclass(frozen=True, slots=True)
class RemoteOptions:
    """A model server, as a person set it up."""

    address: str
    """Such as `http://192.168.1.20:8080`; the `/v1` behind it may be left out."""
    model: str = ""
    """Name of the model there; empty: the first that the server lists."""
    key: str = field(default="", repr=False)
    """Sent as a bearer token; empty: none."""
    ca_file: str = ""
    """Certificates that are trusted, in place of those of the system; a PEM file."""
    public: bool = False
    """Whether an address outside the clinic's network may be used."""
    context_length: int = 4096
    """Tokens of prompt and answer together, where the server does not tell."""
    at_once: int = 8
    """Requests that run at the same time; more wait."""
    patience: Patience = field(default_factory=Patience)
    retry: Retry = field(default_factory=Retry)


def read_key(file: str, environment: Mapping[str, str] = os.environ) -> str:
    """The key of the model server: from a file, or else from the environment; may be empty.

    A key never comes from the command line, where every program of the machine can read it.

    Raises:
        RemoteRefused: the file cannot be read, may be read by others, or holds no key.
    """
    key = _from_file(Path(file).expanduser()) if file else environment.get(KEY, "").strip()
    if len(key) > _LONGEST_KEY or not all("!" <= char <= "~" for char in key):
        message = "The key of the model server must be one line of letters, digits and signs."
        raise RemoteRefused(message)
    return key


def _from_file(path: Path) -> str:
    try:
        readable_by_others = path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH)
        key = path.read_bytes()[: _LONGEST_KEY + 2].decode("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise RemoteRefused(f"The key file {path.name} cannot be read.") from error
    if os.name != "nt" and readable_by_others:
        message = f"The key file {path.name} can be read by others. Run: chmod 600 {path}"
        raise RemoteRefused(message)
    if not key:
        raise RemoteRefused(f"The key file {path.name} is empty.")
    return key
