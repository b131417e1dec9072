"""The signed packs of this machine, and the library in line with them."""

from datetime import UTC, date, datetime
from importlib.metadata import version

from kb.errors import LibraryError
from kb.library import Library
from kb.packs.install import Packs
from kb.packs.opening import Machine
from kb.packs.trust import Trust
from kb.packs.trust_store import load_trust
from ui.settings import Settings
from ui.workers import extract_in_child


def open_packs(settings: Settings, only: Trust | None = None) -> Packs:
    """The packs in the program's home.

    Args:
        settings: where the home is.
        only: trust these keys and no others; otherwise the keys of the program and of the machine.

    Raises:
        PackError: a file of trusted keys is damaged.
    """
    folder = settings.packs_path
    trusted = only or load_trust(folder / "trust")
    return Packs(
        folder, Machine(trusted, version("aidpost"), extract_in_child, _today_by_the_machine)
    )


def catch_up(settings: Settings, library: Library) -> tuple[str, ...]:
    """Bring the library in line with the packs; what the person should know of them."""
    try:
        return open_packs(settings).catch_up(library)
    except LibraryError as error:
        return (str(error),)


def _today_by_the_machine() -> date:
    return datetime.now(UTC).date()
