"""Where the library lies: in the encrypted file of this machine, or on the server of a district.

`AIDPOST_LIBRARY` names a server by a `postgresql://` address; without it, the file is used.
"""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from kb.errors import LibraryError
from kb.postgres_link import SCHEMES
from kb.store import Store, load_key
from kb.store_interface import LibraryStore
from ui.settings import Settings

LIBRARY = "AIDPOST_LIBRARY"


def open_store(settings: Settings, environment: Mapping[str, str] = os.environ) -> LibraryStore:
    """The library's store, as the environment says.

    Raises:
        LibraryError: it cannot be opened; the message says why.
    """
    address = environment.get(LIBRARY, "").strip()
    if not address:
        return Store(settings.library_path, load_key(settings.key_path))
    if not address.startswith(SCHEMES):
        message = (
            f"{LIBRARY} must be an address such as postgresql://name@server/database."
            " Remove it to use the library of this machine."
        )
        raise LibraryError(message)
    from kb.postgres import PostgresStore  # noqa: PLC0415 - few machines are of a district

    settings.home.mkdir(parents=True, exist_ok=True)
    return PostgresStore(address, beside(settings.home, address))


def told(settings: Settings, environment: Mapping[str, str] = os.environ) -> str:
    """Where the library lies, for the person."""
    address = environment.get(LIBRARY, "").strip()
    if not address:
        return str(settings.library_path)
    return f"the library server {urlsplit(address).netloc.rpartition('@')[2] or 'of this machine'}"


def beside(home: Path, address: str) -> Path:
    """Beside what the vectors of a server's library are kept on this machine; no file itself.

    Each server has a name of its own, so that the vectors of two never meet. It is made without
    the password, which could be guessed from it otherwise.
    """
    parts = urlsplit(address)
    told = [(key, value) for key, value in parse_qsl(parts.query) if key != "password"]
    server = parts.netloc.rpartition("@")[2]
    name = hashlib.sha256(repr((server, parts.path, sorted(told))).encode()).hexdigest()[:16]
    return home / f"district_{name}.db"
