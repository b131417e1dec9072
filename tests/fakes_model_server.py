"""A small real model server on loopback that misbehaves on request."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Act = Callable[[socket.socket], None]


def head(status: int = 200, kind: str = "text/event-stream", more: str = "") -> bytes:
    return (
        f"HTTP/1.1 {status} x\r\ncontent-type: {kind}\r\n{more}connection: close\r\n\r\n".encode()
    )


def event(text: str = "", finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": {"content": text} if text else {}, "finish_reason": finish}
    return f"data: {json.dumps({'choices': [choice]})}\n\n".encode()


DONE = b"data: [DONE]\n\n"


def answers(*parts: bytes | float) -> Act:
    """Sends parts, and rests for numbers of seconds between them."""

    def act(connection: socket.socket) -> None:
        for part in parts:
            if isinstance(part, float):
                threading.Event().wait(part)
            else:
                connection.sendall(part)

    return act


def says(text: str) -> Act:
    words = [event(word + " ") for word in text.split()]
    return answers(head(), *words, event(finish="stop"), DONE)


def silent(connection: socket.socket) -> None:
    """Waits until the other side closes."""
    connection.settimeout(20)
    while connection.recv(1000):
        pass


@dataclass
class ModelServer:
    """Plays one act a request to chat; lists one model."""

    acts: list[Act]
    requests: list[tuple[str, dict, dict]] = field(default_factory=list)
    closed: threading.Event = field(default_factory=threading.Event)
    """Set when the other side closed a connection while an act was going on."""
    models: bytes = b'{"data": [{"id": "tiny", "max_model_len": 2048}]}'
    port: int = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                path, headers, body = _request(connection)
                self.requests.append((path, headers, body))
                if path.endswith("/models"):
                    answers(head(kind="application/json"), self.models)(connection)
                    return
                act = self.acts.pop(0) if len(self.acts) > 1 else self.acts[0]
                act(connection)
            except OSError:
                self.closed.set()
                return
            if act is silent:
                self.closed.set()

    @property
    def chats(self) -> list[dict]:
        return [body for path, _, body in self.requests if path.endswith("/chat/completions")]


def _request(connection: socket.socket) -> tuple[str, dict, dict]:
    connection.settimeout(10)
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536) or _gone()
    top, _, body = data.partition(b"\r\n\r\n")
    first, *lines = top.decode().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65536) or _gone()
    return first.split()[1], headers, json.loads(body or b"{}")


def _gone() -> bytes:
    raise OSError("the other side left")


@contextmanager
def model_server(*acts: Act) -> Iterator[ModelServer]:
    server = ModelServer(list(acts))
    listener = socket.create_server(("127.0.0.1", 0))
    server.port = listener.getsockname()[1]

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=server._serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield server
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
