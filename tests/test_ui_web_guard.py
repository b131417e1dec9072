"""The guard in front of the app, and the scrubber behind it, against a real server on loopback."""

import asyncio
import http.client
import importlib.util
import json
import re
import socket
import threading
from pathlib import Path

import pytest
import uvicorn

from ui.web import guard as guard_module
from ui.web.guard import Fork, Guard, policy
from ui.web.offline import foreign_hosts, scrub
from ui.web.scrubber import Scrubber

PAGE = (
    b'<script src="https://cdn.example.com/x.js"></script><svg xmlns="http://www.w3.org/2000/svg">'
)


async def echo(scope, receive, send):
    """Gives back the body of a POST, a page for a GET."""
    if scope["type"] != "http":
        return
    body = PAGE
    if scope["method"] == "POST":
        message = await receive()
        body = message["body"]
        while message.get("more_body"):
            message = await receive()
            body += message["body"]
    headers = [(b"content-type", b"text/html"), (b"x-frame-options", b"ALLOWALL")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture(scope="module")
def port():
    listener = socket.create_server(("127.0.0.1", 0))
    number = listener.getsockname()[1]
    config = uvicorn.Config(
        Guard(Fork(("/upload",), echo, Scrubber(echo)), number, "/upload"),
        log_level="error",
        lifespan="off",
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        pass
    yield number
    server.should_exit = True
    thread.join()
    listener.close()


def ask(port, method="GET", path="/", body=None, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, named)
    response = connection.getresponse()
    found = (response.status, response.read(), dict(response.getheaders()))
    connection.close()
    return found


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:{port}"}, 200),
        ({"Host": "LOCALHOST:{port}"}, 200),
        ({"Host": "[::1]:{port}"}, 200),
        ({"Host": "evil.example"}, 400),
        ({"Host": "evil.example:{port}"}, 400),
        ({"Host": "127.0.0.1"}, 400),
        ({"Host": "127.0.0.1:1"}, 400),
        ({"Host": "127.0.0.1.evil.example:{port}"}, 400),
        ({"Host": "localhost.evil.example:{port}"}, 400),
        ({"Host": ""}, 400),
        ({"Host": "127.0.0.1:{port}@evil.example"}, 400),
        ({"Origin": "http://127.0.0.1:{port}"}, 200),
        ({"Origin": "http://localhost:{port}"}, 200),
        ({"Origin": "https://127.0.0.1:{port}"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Origin": "http://127.0.0.1:{port}.evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"}, 403),
        (
            {
                "Sec-Fetch-Site": "cross-site",
                "Sec-Fetch-Mode": "navigate",
                "Sec-Fetch-Dest": "iframe",
            },
            403,
        ),
        (
            {
                "Sec-Fetch-Site": "cross-site",
                "Sec-Fetch-Mode": "navigate",
                "Sec-Fetch-Dest": "document",
            },
            200,
        ),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Range": "bytes=" + ",".join(f"{n}-{n}" for n in range(10_000))}, 416),
    ],
)
def test_who_is_let_in(port, headers, status):
    filled = {name: value.format(port=port) for name, value in headers.items()}
    assert ask(port, **filled)[0] == status


def test_security_headers_are_on_every_answer(port):
    for host in (f"127.0.0.1:{port}", "evil.example"):
        headers = ask(port, Host=host)[2]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        for part in ("default-src 'none'", "connect-src 'self'", "frame-ancestors 'none'"):
            assert part in headers["content-security-policy"]


def test_scripts_of_a_page_run_under_a_nonce_that_is_never_used_twice(port):
    seen = set()
    for _ in range(3):
        _, body, headers = ask(port)
        nonce = re.search(rb'<script nonce="([\w-]+)" src', body)[1].decode()
        scripts = re.search(r"script-src ([^;]*);", headers["content-security-policy"])[1]
        assert scripts == f"'self' 'nonce-{nonce}'"
        seen.add(nonce)
    assert len(seen) == 3
    assert "unsafe" not in policy().split("style-src")[0]


@pytest.mark.parametrize(
    "path",
    ["/gradio_api/proxy=http://evil.example", "/gradio_api/file=/etc/passwd", "/file=/etc/passwd",
     "/monitoring", "/gradio_api/runs", "/gradio_api/run/predict", "/gradio_api/call/x", "/login",
     "/gradio_api/component_server", "/dev/reload", "/assets/../../routes.py", "/docs",
     "/gradio_api/vibe-edit", "/gradio_api/stream/a/b/0/playlist.m3u8", "/assets/%2e%2e/x",
     "//evil", "/openapi.json"],
)  # fmt: skip
def test_addresses_that_the_page_does_not_need_do_not_exist(port, path):
    assert ask(port, path=path)[0] in (400, 404)


def test_sizes(port):
    assert ask(port, "POST", body=b"a" * 1_000_000)[0] == 200
    assert ask(port, "POST", "/upload", body=b"a" * 2_000_000)[0] == 200


def test_body_without_a_length_is_counted():
    sent = []
    parts = iter([{"type": "http.request", "body": b"a" * 600_000, "more_body": True}] * 5)

    async def receive():
        return next(parts)

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"host", b"localhost:1")]}
    asyncio.run(Guard(echo, 1, "/upload")(scope, receive, send))
    assert sent[0]["status"] == 413
    assert sent[1]["body"] == b"That is too long: at most 1 MB can be sent."
    assert len(list(parts)) == 3


@pytest.mark.parametrize(
    ("path", "length", "status"),
    [("/", "-5", 400), ("/", "1000001", 413), ("/upload", "60000000", 413), ("/upload", "", 400)],
)
def test_length_that_is_wrong_or_too_much_is_refused_before_the_body_comes(
    port, path, length, status
):
    said = f"Content-Length: {length}" if length else "Transfer-Encoding: chunked"
    with socket.create_connection(("127.0.0.1", port), timeout=10) as raw:
        raw.sendall(f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{said}\r\n\r\n".encode())
        assert f" {status} ".encode() in raw.recv(4096).split(b"\r\n")[0]


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": 1, "a": 2}',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b"{",
        b'{"a": 1e400}',
        b"[" * 100_000,
        b"\xff\xfe",
    ],
)
def test_unsound_json_is_refused(port, body):
    assert ask(port, "POST", body=body, Content_Type="application/json")[0] == 422


def test_sound_json_goes_through_unchanged(port):
    body = json.dumps({"a": [1, {"b": None}]}).encode()
    assert ask(port, "POST", body=body, Content_Type="application/json")[1] == body


def test_slow_sender_is_cut_off(monkeypatch):
    monkeypatch.setattr(guard_module, "BODY_WITHIN_S", 0.2)
    sent = []

    async def never():
        await asyncio.sleep(60)

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"host", b"localhost:1")]}
    asyncio.run(Guard(echo, 1, "/upload")(scope, never, send))
    assert sent[0]["status"] == 408


def test_slow_sender_of_a_document_counts_as_gone(monkeypatch):
    monkeypatch.setattr(guard_module, "BODY_WITHIN_S", 0.2)
    seen = []

    async def app(scope, receive, send):
        seen.append(await receive())

    async def never():
        await asyncio.sleep(60)

    headers = [(b"host", b"localhost:1"), (b"content-length", b"10")]
    scope = {"type": "http", "method": "POST", "path": "/upload", "headers": headers}
    asyncio.run(Guard(app, 1, "/upload")(scope, never, None))
    assert seen == [{"type": "http.disconnect"}]


def test_websockets_are_closed():
    sent = []

    async def send(message):
        sent.append(message)

    asyncio.run(Guard(echo, 1, "/u")({"type": "websocket", "headers": []}, None, send))
    assert sent == [{"type": "websocket.close", "code": 1008}]


def test_foreign_hosts_are_taken_out(port):
    body = ask(port)[1]
    assert foreign_hosts(body) == []
    assert b"cdn.example.com" not in body
    assert b"http://www.w3.org/2000/svg" in body


TOOLKIT = Path(importlib.util.find_spec("gradio").submodule_search_locations[0])
ADDRESS = re.compile(
    rb"(?:https?:|wss?:|[\"'`(])(?:\\?/){2}((?:[A-Za-z0-9-]+\\?\.)+"
    rb"(?:com|org|net|io|co|app|ai|dev|edu|gov|space|xyz|cloud|site))\b"
)
SERVED = TOOLKIT / "templates" / "frontend"
ALLOWED = {b"www.w3.org": "namespaces of SVG and XHTML: names that are compared, never fetched"}


def test_no_file_of_the_toolkit_is_served_with_a_foreign_host_in_it():
    files = [f for f in SERVED.rglob("*") if f.suffix in (".js", ".css", ".html", ".svg", ".json")]
    assert len(files) > 500
    raw, served = set(), set()
    for file in files:
        body = file.read_bytes()
        raw.update(ADDRESS.findall(body))
        served.update(ADDRESS.findall(scrub(body)))
    assert len(raw) > 20, "without the scrubber there is much to find"
    assert served == set(ALLOWED)


def test_scripts_are_kept_by_the_browser_and_pages_are_not(port):
    assert "immutable" in ask(port, path="/assets/index-abc.js")[2]["cache-control"]
    assert ask(port)[2]["cache-control"] == "no-store"


def test_scrub_knows_the_ways_to_write_a_host():
    text = rb'"https://a.example/x" "http:\/\/b.example" wss://c.example:8 `https://d.example/${x}`'
    assert foreign_hosts(text) == [
        "https://a.example", r"http:\/\/b.example", "wss://c.example:8", "https://d.example",
    ]  # fmt: skip
    assert foreign_hosts(scrub(text)) == []
    for kept in (
        b"http://127.0.0.1:7860/x",
        b"http://localhost/",
        b'"https://"+host',
        b"//comment",
    ):
        assert scrub(kept) == kept
