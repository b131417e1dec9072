"""Whether a signed pack should be installed here and now: version, term, clock, program."""

from dataclasses import dataclass
from datetime import date

from kb.packs.errors import ExpiredPack, FreezeAttack, PackError, RollbackAttack, WrongKey
from kb.packs.manifest import Base, Manifest

BUILT = date(2026, 11, 21)
"""Day on which this version of the program was made: no true clock shows an earlier one."""
_SOON = 60
"""Days before its end at which the person is told to get a newer pack."""


@dataclass(frozen=True, slots=True)
class Installed:
    """Which versions of a pack a machine has, and has had."""

    pack: str
    domain: str
    """Trust domain that its updates must come from."""
    highest: Base
    """Highest version that was ever in use: nothing older is installed again."""
    current: Base | None = None
    """The version in use; None after the pack was removed."""
    previous: Base | None = None
    """The version before it, kept to go back to."""


@dataclass(frozen=True, slots=True)
class Today:
    """The date that terms are held against."""

    day: date
    warnings: tuple[str, ...] = ()


def today(clock: date, made: tuple[date, ...] = ()) -> Today:
    """Today by the clock, but never before a day that is known to have passed.

    Args:
        clock: what the machine's clock shows.
        made: days on which signed packs were made.
    """
    known = max((BUILT, *made))
    if clock >= known:
        return Today(clock)
    warning = f"The clock of this machine shows {clock}, which cannot be right. Set the date."
    return Today(known, (warning,))


def require_wanted(manifest: Manifest, digest: str, known: Installed | None, now: date) -> None:
    """Raise unless a signed pack may be installed over what is known of it.

    Raises:
        WrongKey: it is signed by another domain than the one that it came from.
        RollbackAttack: it is older than what was installed before, or has its number.
        FreezeAttack: it is the installed version, and its term is over.
        ExpiredPack: its term is over.
    """
    if known is not None:
        _require_newer(manifest, digest, known)
    if manifest.expires >= now:
        return
    if known is not None and known.highest.digest == digest:
        raise FreezeAttack(
            f"it is the version that this machine has already, and it was to be replaced by"
            f" {manifest.expires}. Ask for the newest one: somebody may be holding it back."
        )
    raise ExpiredPack(
        f"it was to be used until {manifest.expires}, and today is {now}."
        " Ask for a newer one; if the date is wrong, set the clock."
    )


def _require_newer(manifest: Manifest, digest: str, known: Installed) -> None:
    if manifest.domain != known.domain:
        raise WrongKey(
            f"“{known.pack}” came from “{known.domain}”, and this one is signed"
            f" by “{manifest.domain}”."
        )
    if manifest.version < known.highest.version:
        raise RollbackAttack(
            f"it is version {manifest.version}, and this machine has had version"
            f" {known.highest.version}. An older version is never installed over a newer one."
        )
    if manifest.version == known.highest.version and digest != known.highest.digest:
        raise RollbackAttack(
            f"it calls itself version {manifest.version}, as the one that this machine has does,"
            " but is another. A new edition must have a higher number."
        )


def require_program(manifest: Manifest, app: str) -> None:
    """Raise `PackError` unless the program is new enough for the pack."""
    if _numbers(app) < _numbers(manifest.min_app):
        message = f"The pack needs Aidpost {manifest.min_app}; this is {app}. Update Aidpost first."
        raise PackError(message)


def warnings_for(manifest: Manifest, now: date) -> tuple[str, ...]:
    """What the person should know about a pack in use: its term is over, or soon will be."""
    name = f"{manifest.title} ({manifest.label})"
    if manifest.expires < now:
        return (f"{name} was to be used until {manifest.expires}: get a newer pack.",)
    if (manifest.expires - now).days <= _SOON:
        return (f"{name} is to be used until {manifest.expires}: ask for the next one.",)
    return ()


def _numbers(version: str) -> tuple[int, ...]:
    """Leading numbers of a version; what stands behind them, as in 0.2.0rc1, does not count."""
    found: list[int] = []
    for part in version.split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if digits:
            found.append(int(digits))
        if digits != part:
            break
    while found and found[-1] == 0:
        found.pop()
    return tuple(found)
