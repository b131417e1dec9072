"""Whether a bundle may be installed here: signed by whom we trust, for this machine, and newer."""

import platform
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from kb.errors import LibraryError
from kb.packs.policy import today
from kb.packs.signatures import MAX_SIGNATURES, Signatures, read_signatures, require
from kb.packs.trust import Root, Trust, merged
from kb.packs.trust_store import read_root_file
from ui.bundle.errors import BundleDamaged, BundleNotTrusted, BundleTooOld, WrongPlatform
from ui.bundle.listing import (
    LIST,
    MOST_BYTES,
    ROOT,
    SIGNATURES,
    Bundle,
    Item,
    read_bundle,
)
from ui.bundle.versions import Installed

_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}


@dataclass(frozen=True, slots=True)
class Opened:
    """A bundle whose signatures hold."""

    folder: Path
    bundle: Bundle
    digest: str
    """SHA-256 of the signed list."""
    warnings: tuple[str, ...] = ()


def this_platform() -> str:
    """System and processor of this machine, such as `linux-x86_64`."""
    system = {"darwin": "macos", "win32": "windows"}.get(sys.platform, sys.platform)
    machine = platform.machine().casefold()
    return f"{system}-{_MACHINES.get(machine, machine)}"


def clock() -> date:
    """Today by the machine's clock, in UTC."""
    return datetime.now(UTC).date()


def open_bundle(folder: Path, trust: Trust, day: date) -> Opened:
    """The list of a bundle, if people whom this machine trusts have signed it.

    Args:
        folder: the bundle on the stick.
        trust: roots of this machine.
        day: what the clock shows; a clock that cannot be right is told of.

    Raises:
        BundleDamaged: there is no bundle there, or its list is damaged.
        BundleNotTrusted: its signatures are not good enough.
    """
    data = _file(folder / LIST, MOST_BYTES)
    bundle = read_bundle(data)
    now = today(day, (bundle.made,))
    signed = _file(folder / SIGNATURES, MAX_SIGNATURES)
    root = trust.root(bundle.domain)
    if root is None:
        raise BundleNotTrusted(
            f"This machine does not know the keys of “{bundle.domain}”, who made this bundle."
        )
    if root.expires < now.day:
        raise BundleNotTrusted(
            f"The keys of “{root.domain}” were good until {root.expires}, and the clock of this"
            f" machine shows {day}. If that is wrong, set the date and try again; if it is right,"
            " ask for a bundle with newer keys."
        )
    signatures = _signatures(signed)
    try:
        require(signatures, "manifest", data, root.publics(), root.threshold)
    except LibraryError as error:
        reason = getattr(error, "reason", str(error))
        raise BundleNotTrusted(f"The bundle is refused: {reason}") from error
    return Opened(folder, bundle, signatures.of, now.warnings)


def stick_root(folder: Path) -> Root | None:
    """The keys that came with a bundle; a person compares their ids before they are trusted."""
    path = folder / ROOT
    try:
        return read_root_file(path).root if path.is_file() else None
    except OSError as error:
        raise BundleDamaged(
            f"{path.name} cannot be read from the stick: {error.strerror}."
        ) from error
    except LibraryError as error:
        raise BundleDamaged(f"The keys on the stick cannot be used: {error}") from error


def with_root(trust: Trust, root: Root) -> Trust:
    """Trust in one more root."""
    return merged((*trust.roots, root))


def app_for(bundle: Bundle, wanted: str) -> Item:
    """The program for a platform.

    Raises:
        WrongPlatform: the bundle has none.
    """
    item = bundle.app(wanted)
    if item is None:
        there = ", ".join(sorted(one.platform for one in bundle.of("app")))
        raise WrongPlatform(
            f"This machine is {wanted}, and the bundle holds programs for: {there}."
            " Ask for a bundle with the right one."
        )
    return item


def require_newer(bundle: Bundle, known: Installed | None, *, allow_older: bool) -> None:
    """Raise `BundleTooOld` where the machine has had a newer bundle."""
    if known is not None and bundle.number < known.highest and not allow_older:
        raise BundleTooOld(
            f"This bundle is number {bundle.number}, and this machine has had number"
            f" {known.highest}. Nothing is changed. Ask for the newest bundle; to go back all the"
            " same, use `aidpost bundle rollback`, or --allow-older."
        )


def wanted_items(bundle: Bundle, app: Item) -> Iterable[Item]:
    """The items that this machine needs: its own program, and everything for all."""
    return (item for item in bundle.items if item.kind != "app" or item == app)


def _signatures(data: bytes) -> Signatures:
    try:
        return read_signatures(data)
    except LibraryError as error:
        raise BundleDamaged(
            f"{SIGNATURES} on the stick is damaged: it was not copied to its end, or was edited."
            " Copy the bundle again."
        ) from error


def _file(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except FileNotFoundError as error:
        raise BundleDamaged(
            f"There is no {path.name} in {path.parent}: this is no bundle, or it was not copied to"
            " its end."
        ) from error
    except OSError as error:
        raise BundleDamaged(
            f"{path.name} cannot be read from the stick: {error.strerror}."
        ) from error
    if len(data) > most:
        raise BundleDamaged(f"{path.name} on the stick is too long.")
    return data
