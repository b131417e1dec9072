"""The only door to a PostgreSQL server: one connection, made once more when it was lost.

Passwords come from the address, the environment or `~/.pgpass`, as the server's own tools take
them; they are never shown or logged. Knows nothing of what the tables mean.
"""

import ipaddress
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from kb.errors import LibraryError
from kb.postgres_dialect import translated
from kb.postgres_errors import LibraryServerError, not_opened, refused, went_away
from kb.rows import Row

if TYPE_CHECKING:
    from psycopg import Connection

SCHEMES = ("postgresql://", "postgres://")
"""How addresses of such libraries begin."""
LOCK_S = 15
"""Seconds to wait for others who write."""
WAITS = (
    ("connect_timeout", 10),
    ("keepalives_idle", 30),
    ("keepalives_interval", 10),
    ("keepalives_count", 3),
    ("tcp_user_timeout", 30_000),
)
"""How soon a server whose cable was pulled is given up: seconds, the last in milliseconds."""


class Transaction:
    """A transaction in which rows are written."""

    def __init__(self, connection: "Connection[Any]") -> None:
        """Take an open connection inside a transaction."""
        self._connection = connection

    def execute(self, sql: str, parameters: Sequence[object] | None = None, /) -> Any:  # noqa: ANN401 - a cursor
        """Run one statement; the answer has `fetchone`."""
        return self._connection.execute(translated(sql), parameters or [], binary=True)

    def script(self, sql: str) -> None:
        """Run several statements as they stand, without parameters."""
        self._connection.execute(sql)

    def copy(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Append rows to a table; the fastest way."""
        names = ", ".join(f'"{column}"' for column in columns)
        with (
            self._connection.cursor() as cursor,
            cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row(row)


class Link:
    """A connection to one database; safe to share between threads."""

    def __init__(self, address: str) -> None:
        """Connect to a `postgresql://` address.

        Raises:
            LibraryServerError: the server cannot be reached, or refuses.
            LibraryError: the address is none, or the driver is not installed.
        """
        self._settings = connection_settings(address)
        self.where = _where(self._settings)
        """Server and database, for messages."""
        self._lock = threading.RLock()
        self._writing = False
        self._connection = self._connected()

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._connection.close()

    def query(self, sql: str, parameters: Sequence[object] = (), /) -> list[Row]:
        """Rows of a SELECT as dictionaries; asked once more if the connection was lost."""
        with self._lock, self._plain_errors():
            try:
                return self._rows(sql, parameters)
            except _driver().OperationalError:
                if self._writing or not self._connection.broken:
                    raise
                self._connection = self._connected()
                return self._rows(sql, parameters)

    @contextmanager
    def writing(self, *first: str) -> Iterator[Transaction]:
        """One transaction that begins with some statements; all of it lands or nothing.

        Raises:
            LibraryReadOnly: the server is read-only, or its disk is full.
            LibraryServerError: the connection was lost on the way, or others write too long.
        """
        with self._lock, self._plain_errors():
            self._awake()
            self._writing = True
            try:
                with self._connection.transaction():
                    for statement in first:
                        self._connection.execute(statement)
                    yield Transaction(self._connection)
            finally:
                self._writing = False

    def _awake(self) -> None:
        """Connect once more if the connection was lost since."""
        self.query("SELECT 1")

    def _rows(self, sql: str, parameters: Sequence[object]) -> list[Row]:
        cursor = self._connection.execute(translated(sql), list(parameters), binary=True)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    def _connected(self) -> "Connection[Any]":
        driver = _driver()
        try:
            connection: Connection[Any] = driver.connect(**self._settings, autocommit=True)
        except driver.Error as error:
            raise not_opened(str(error), self.where) from None  # the cause may name what was typed
        connection.execute(f"SET lock_timeout = '{LOCK_S}s'")
        if connection.info.parameter_status("server_encoding") != "UTF8":
            connection.close()
            message = f"The database {self.where} must be made with the encoding UTF8."
            raise LibraryServerError(message)
        return connection

    @contextmanager
    def _plain_errors(self) -> Iterator[None]:
        driver = _driver()
        try:
            yield
        except driver.Error as error:
            if self._connection.broken:
                raise went_away() from error
            raise refused(error.sqlstate, str(error) or type(error).__name__) from error


def _driver() -> Any:  # noqa: ANN401 - a module
    try:
        import psycopg  # noqa: PLC0415 - only a district has it
    except ImportError as error:
        message = (
            "The library is on a PostgreSQL server, and the part that talks to it is not"
            " installed. Install it with: pip install 'aidpost[district]'"
        )
        raise LibraryError(message) from error
    return psycopg


def connection_settings(address: str) -> dict[str, Any]:
    """Settings of the connection; to another machine it is encrypted unless the address says no."""
    driver = _driver()
    wrong = "AIDPOST_LIBRARY must be an address such as postgresql://name@server/database."
    if not address.startswith(SCHEMES):
        raise LibraryError(wrong)
    try:
        settings: dict[str, Any] = driver.conninfo.conninfo_to_dict(address)
    except driver.ProgrammingError:
        raise LibraryError(wrong) from None  # the cause repeats the address, password and all
    for name, seconds in WAITS:
        settings.setdefault(name, seconds)
    settings.setdefault("application_name", "aidpost")
    settings["client_encoding"] = "UTF8"
    if not _near(str(settings.get("host", ""))):
        settings.setdefault("sslmode", "require")
    return settings


def _near(host: str) -> bool:
    """Whether a server is this machine: a socket in a folder, or a loopback address."""
    if host in ("", "localhost") or host.startswith(("/", "@")):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _where(settings: dict[str, Any]) -> str:
    host = str(settings.get("host") or "on this machine")
    return f"{host} (database {settings.get('dbname') or settings.get('user') or 'of this user'})"
