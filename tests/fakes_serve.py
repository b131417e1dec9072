"""Answering processes that do what the question says, and a started server around them."""

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path

from ui.serve.frames import Frame, packed, unpacked
from ui.settings import Settings

START = "from ui.cli.main import cli, main; from ui.cli.serve import serve; cli.add_command(serve); main()"


def obedient(pipe: Connection, settings: Settings, width: int) -> None:
    """Answers `echo`, sleeps for `sleep S`, dies at `die`, and stays silent at `hang`."""
    stopped: set[int] = set()
    lock = threading.Lock()

    def tell(frame: Frame) -> None:
        with lock:
            pipe.send_bytes(packed(frame))

    def answer(frame: Frame) -> None:
        words = frame.body.decode().split()
        if words[0] == "die":
            os._exit(3)
        if words[0] == "hang":
            return
        until = time.monotonic() + (float(words[1]) if words[0] == "sleep" else 0.0)
        while time.monotonic() < until and frame.job not in stopped:
            time.sleep(0.005)
        tell(Frame("part", frame.job, body=frame.body))
        tell(Frame("end", frame.job))

    tell(Frame("ready"))
    for frame in _frames(pipe):
        if frame.kind == "stop":
            stopped.add(frame.job)
        else:
            threading.Thread(target=answer, args=(frame,), daemon=True).start()


def _frames(pipe: Connection) -> Iterator[Frame]:
    try:
        while True:
            yield unpacked(pipe.recv_bytes())
    except (EOFError, OSError):
        os._exit(0)


def unwilling(pipe: Connection, settings: Settings, width: int) -> None:
    """Cannot open its library."""
    pipe.send_bytes(packed(Frame("failed", body=b"The library is damaged.")))


def crashing(pipe: Connection, settings: Settings, width: int) -> None:
    """Dies before it is ready."""
    os._exit(4)


class Started:
    """A started `aidpost serve`."""

    def __init__(self, home: Path, *arguments: str) -> None:
        self.home = home
        self.log = home.parent / f"{home.name}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", START, "serve", "--port", "0", *arguments],
                env={**os.environ, "AIDPOST_HOME": str(home)},
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        line = self.process.stdout.readline()
        found = re.search(r"at (https?)://\S+:(\d+)", line)
        assert found, f"{line} {self.log.read_text()}"
        self.port = int(found[2])

    def ask(self, path: str, body: object = None, token: str = "", **headers: str):
        """Status, body and headers of one answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        named = {"authorization": f"Bearer {token}"} if token else {}
        named |= {name.replace("_", "-"): value for name, value in headers.items()}
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        try:
            # What is too large is answered before all of it was sent.
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.request("GET" if body is None else "POST", path, data, named)
            response = connection.getresponse()
            return response.status, response.read(), dict(response.getheaders())
        finally:
            connection.close()

    def end(self) -> int:
        self.process.terminate()
        code = self.process.wait(40)
        self.process.stdout.close()
        return code


@contextmanager
def started(home: Path, *arguments: str) -> Iterator[Started]:
    server = Started(home, *arguments)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.end()


def command(home: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Run the command line to its end."""
    return subprocess.run(
        [sys.executable, "-c", START, *arguments],
        env={**os.environ, "AIDPOST_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def raw(port: int, data: bytes, wait_s: float = 10.0) -> bytes:
    """What a server says to bytes, until it closes or falls silent."""
    with socket.create_connection(("127.0.0.1", port), timeout=wait_s) as connection:
        connection.sendall(data)
        said = b""
        try:
            while part := connection.recv(65536):
                said += part
        except (TimeoutError, ConnectionResetError):
            pass
        return said
