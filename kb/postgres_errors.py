"""What goes wrong with a library on a PostgreSQL server, in words for the person. Pure.

LibraryError
└── LibraryServerError   the server cannot be reached, refuses, or went away
"""

from kb.errors import LibraryDamaged, LibraryError, LibraryReadOnly

READ_ONLY, DISK_FULL, DAMAGED = "25006", "53100", ("XX001", "XX002")
"""SQLSTATEs by PostgreSQL's manual, appendix A."""
NOT_ALLOWED = "42501"
LOCKED = "55P03"


class LibraryServerError(LibraryError):
    """The server of the library cannot be reached, refuses the person, or went away."""


def not_opened(reason: str, where: str) -> LibraryServerError:
    """Why no connection came about; `where` names server and database, never a password."""
    said = reason.lower()
    if "password" in said or "authentication" in said or "pg_hba" in said:
        what = (
            f"The library server {where} refused the name or the password."
            " Check them in the file .pgpass of this user, or ask who runs the server."
        )
    elif "ssl" in said or "certificate" in said:
        what = (
            f"No protected connection to the library server {where} came about: its certificate"
            " does not fit, or it offers none. Ask who runs the server for its certificate."
        )
    elif "does not exist" in said:
        what = f"The server answers, but {where} is not there: the database or the name is unknown."
    else:
        what = (
            f"The library server {where} cannot be reached. Check that it runs and that the"
            " network is connected, then try again."
        )
    return LibraryServerError(what)


def went_away() -> LibraryServerError:
    """The connection was lost while something was written."""
    return LibraryServerError(
        "The connection to the library server was lost. What was being written may be missing;"
        " look it up, and do it again if it is."
    )


def refused(state: str | None, reason: str) -> LibraryError:
    """Why a statement was refused, by its SQLSTATE."""
    if state in (READ_ONLY, DISK_FULL):
        return LibraryReadOnly(
            "The library cannot be written: the server is read-only or its disk is full."
            " What is stored can still be read."
        )
    if state in DAMAGED:
        return LibraryDamaged(
            "The library on the server is damaged. Ask who runs the server to restore a backup."
        )
    if state == NOT_ALLOWED:
        return LibraryServerError(
            "This user may not do that in the library on the server. Ask who runs the server."
        )
    if state == LOCKED:
        return LibraryServerError(
            "Somebody else is writing to the library on the server. Try again in a minute."
        )
    return LibraryError(f"The server of the library refused: {reason.splitlines()[0]}")
