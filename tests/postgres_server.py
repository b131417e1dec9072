"""A real PostgreSQL server for the tests: Debian's, in a folder of its own, on a Unix socket."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

USER = "postgres"
"""The server refuses to run as root; Debian's package brings this user."""


def programs() -> Path | None:
    """The folder of the newest server's programs; None where none is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: path.parts)
    on_path = shutil.which("initdb")
    if found:
        return found[-1].parent
    return Path(on_path).parent if on_path else None


@dataclass
class Server:
    """One running server."""

    home: Path
    bin: Path
    numbers: count = field(default_factory=lambda: count(1))

    def address(self, database: str = "postgres", user: str = USER, more: str = "") -> str:
        """The address of a database."""
        return f"postgresql://{user}@/{database}?host={self.home}{more}"

    def new_database(self) -> str:
        """The address of a new, empty database."""
        name = f"library{next(self.numbers)}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
        return self.address(name)

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run a statement as the server's owner."""
        told = [str(self.bin / "psql"), "-qAt", "-v", "ON_ERROR_STOP=1", "-h", str(self.home)]
        return _run([*told, "-U", USER, "-d", database, "-c", statement]).strip()

    def start(self, more: str = "-c listen_addresses=''") -> None:
        """Start it and wait until it answers."""
        told = f"-k {self.home} -c fsync=off -c shared_buffers=64MB {more}"
        data, log = str(self.home / "data"), str(self.home / "log")
        _run([str(self.bin / "pg_ctl"), "-D", data, "-l", log, "-w", "-o", told, "start"])

    def stop(self) -> None:
        """Stop it at once, as a power cut would."""
        data = str(self.home / "data")
        _run([str(self.bin / "pg_ctl"), "-D", data, "-m", "immediate", "-w", "stop"])


def started(home: Path) -> Server:
    """A server in an empty folder; the test is skipped where none is installed."""
    found = programs()
    if found is None:
        pytest.skip("Debian's package postgresql is not installed")
    home.mkdir(mode=0o755, parents=True, exist_ok=True)
    if os.geteuid() == 0:
        shutil.chown(home, USER, USER)
    data = str(home / "data")
    _run([str(found / "initdb"), "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C"])
    server = Server(home, found)
    server.start()
    return server


def _run(command: Sequence[str]) -> str:
    if os.geteuid() == 0:
        command = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", *command]
    # The server that is started would hold a pipe open for ever.
    out = subprocess.DEVNULL if command[-1] == "start" else subprocess.PIPE
    done = subprocess.run(command, check=False, stdout=out, stderr=out, text=True, cwd="/")
    if done.returncode:
        message = f"{command[-1]}: {done.stdout} {done.stderr}"
        raise RuntimeError(message)
    return done.stdout or ""
