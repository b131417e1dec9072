"""A model hub on this machine: real HTTP over loopback, with the faults that real lines have.

It speaks what `ui.models.hub` needs of the hub's documented interface: the list of a repository
with digests, and files, the large ones by a redirect to a store of another origin. Each reply can
be given a fault; faults of a file are used up one after the other.
"""

import hashlib
import json
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Repository:
    """What a repository holds."""

    files: dict[str, bytes]
    gated: bool = False
    licence: str = "mit"
    declared: dict[str, bytes] = field(default_factory=dict)
    """Files whose digest and size are declared of another content."""
    small: tuple[str, ...] = ()
    """Files that git itself keeps: no redirect, and a digest as git counts it."""


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one reply."""

    kind: str
    """cut, whole, slow, endless, wrong-range, status, elsewhere, silent, other-tag or loop."""
    after: int = 0
    """Bytes that still come right."""
    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    target: str = ""


@dataclass(frozen=True)
class Asked:
    """One request, as it came."""

    place: str
    """`hub` or `store`."""
    path: str
    headers: dict[str, str]


class HubStandIn:
    """A hub and the store behind it, each a server of its own; used as a context manager."""

    def __init__(self, token: str = "") -> None:
        self.token = token
        self.repositories: dict[str, Repository] = {}
        self.faults: dict[str, list[Fault]] = defaultdict(list)
        """Faults by `hub:NAME`, `store:NAME` or `list:REPOSITORY`."""
        self.asked: list[Asked] = []
        self.stopping = threading.Event()
        self._servers = [self._server("hub"), self._server("store")]

    def __enter__(self) -> "HubStandIn":
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        for server in self._servers:
            server.shutdown()
            server.server_close()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._servers[0].server_address[1]}"

    @property
    def store(self) -> str:
        return f"http://127.0.0.1:{self._servers[1].server_address[1]}"

    def ranges(self, name: str) -> list[str]:
        """The ranges that were asked of the place that sends a file."""
        return [
            one.headers.get("range", "")
            for one in self.asked
            if one.path.endswith(name) and one.place == "store"
        ]

    def _server(self, place: str) -> ThreadingHTTPServer:
        stand_in = self

        class Handler(_Handler):
            hub = stand_in
            where = place

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        server.block_on_close = False
        return server


class _Handler(BaseHTTPRequestHandler):
    hub: HubStandIn
    where: str

    def log_message(self, *_: Any) -> None:
        """Nothing is printed."""

    def do_GET(self) -> None:
        headers = {name.casefold(): value for name, value in self.headers.items()}
        path = unquote(urlsplit(self.path).path)
        self.hub.asked.append(Asked(self.where, path, headers))
        try:
            if path.startswith("/api/models/"):
                self._list(path)
            else:
                self._file(path)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _list(self, path: str) -> None:
        repository, _, revision = path.removeprefix("/api/models/").partition("/revision/")
        known = self.hub.repositories.get(repository)
        if fault := self._fault(f"list:{repository}"):
            self._break(fault, b"{}", 0)
        elif known is None:
            self._say(401, {"X-Error-Code": "RepoNotFound"})
        elif revision not in {"main", COMMIT}:
            self._say(404, {"X-Error-Code": "RevisionNotFound"})
        else:
            rows = [_row(known, name) for name in known.files]
            values = {"sha": COMMIT, "siblings": rows, "cardData": {"license": known.licence}}
            self._say(200, {}, json.dumps(values).encode())

    def _file(self, path: str) -> None:
        repository, _, rest = path.strip("/").partition("/resolve/")
        name = rest.partition("/")[2]
        known = self.hub.repositories.get(repository)
        fault = self._fault(f"{self.where}:{name}")
        if known is None or name not in known.files:
            self._say(404, {"X-Error-Code": "EntryNotFound"})
        elif self.where == "hub" and known.gated and not self._may():
            self._say(403 if self.headers.get("Authorization") else 401, _GATED)
        elif fault and fault.kind not in {"other-tag"}:
            self._break(fault, known.files[name], self._start())
        elif self.where == "hub" and name not in known.small:
            tag = _sha256(known.declared.get(name, known.files[name]))
            if fault:
                tag = "0" * 64
            size = str(len(known.declared.get(name, known.files[name])))
            linked = {"X-Linked-Etag": f'"{tag}"', "X-Linked-Size": size, "X-Repo-Commit": COMMIT}
            self._say(302, {**linked, "Location": f"{self.hub.store}{self.path}"})
        else:
            self._send(known.files[name], self._start())

    def _may(self) -> bool:
        return self.headers.get("Authorization") == f"Bearer {self.hub.token}"

    def _start(self) -> int:
        given = self.headers.get("Range", "")
        return int(given.removeprefix("bytes=").rstrip("-") or 0)

    def _fault(self, key: str) -> Fault | None:
        waiting = self.hub.faults[key]
        return waiting.pop(0) if waiting else None

    def _send(self, data: bytes, start: int, stop: int | None = None) -> None:
        if start > len(data):
            self._say(416, {"Content-Range": f"bytes */{len(data)}"})
            return
        self._head(data, start)
        self.wfile.write(data[start:stop])

    def _head(self, data: bytes, start: int) -> None:
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(data) - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.end_headers()

    def _break(self, fault: Fault, data: bytes, start: int) -> None:
        getattr(self, "_" + fault.kind.replace("-", "_"))(fault, data, start)

    def _cut(self, fault: Fault, data: bytes, start: int) -> None:
        self._send(data, start, start + fault.after)
        self.close_connection = True

    def _whole(self, fault: Fault, data: bytes, start: int) -> None:
        """A server that knows no ranges."""
        self._send(data, 0)

    def _wrong_range(self, fault: Fault, data: bytes, start: int) -> None:
        self.send_response(206)
        self.send_header("Content-Range", f"bytes 0-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _slow(self, fault: Fault, data: bytes, start: int) -> None:
        self._head(data, start)
        for byte in data[start:]:
            if self.hub.stopping.wait(0.02):
                return
            self.wfile.write(bytes([byte]))
            self.wfile.flush()

    def _endless(self, fault: Fault, data: bytes, start: int) -> None:
        self.send_response(200)
        self.end_headers()
        while not self.hub.stopping.is_set():
            self.wfile.write(bytes(1 << 16))

    def _silent(self, fault: Fault, data: bytes, start: int) -> None:
        self._head(data, start)
        self.wfile.write(data[start : start + fault.after])
        self.wfile.flush()
        self.hub.stopping.wait(30)

    def _status(self, fault: Fault, data: bytes, start: int) -> None:
        self._say(fault.status, dict(fault.headers))

    def _elsewhere(self, fault: Fault, data: bytes, start: int) -> None:
        self._say(302, {"Location": fault.target})

    def _loop(self, fault: Fault, data: bytes, start: int) -> None:
        self.hub.faults[f"{self.where}:{self.path.rpartition('/')[2]}"].append(fault)
        self._say(302, {"Location": self.path})

    def _say(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


_GATED = {"X-Error-Code": "GatedRepo", "X-Error-Message": "Access is restricted."}


def _row(known: Repository, name: str) -> dict[str, Any]:
    data = known.declared.get(name, known.files[name])
    if name in known.small:
        blob = hashlib.sha1(f"blob {len(data)}\0".encode() + data).hexdigest()
        return {"rfilename": name, "size": len(data), "blobId": blob}
    lfs = {"sha256": _sha256(data), "size": len(data), "pointerSize": 130}
    return {"rfilename": name, "size": len(data), "blobId": "0" * 40, "lfs": lfs}


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def wait_until(condition: Any, limit_s: float = 10.0) -> None:
    """Wait for something that happens in another thread."""
    until = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)
