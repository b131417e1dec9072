"""Runs the clinic server: from the settings to a listening socket, and to an orderly end."""

import logging
import os
import socket
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ui.serve.app import Lanes, build_app
from ui.serve.authority import FOLDER, Authority
from ui.serve.connections import patient_protocol
from ui.serve.errors import CannotStart
from ui.serve.guard import Guard
from ui.serve.journal import Journal, WithoutDetails
from ui.serve.lane import CannotOpen, Lane, LanePlan
from ui.serve.rules import Rules, allowed_hosts
from ui.serve.tokens import TokenBook
from ui.serve.worker import work
from ui.settings import Settings

if TYPE_CHECKING:
    import uvicorn

LOOPBACK = ("127.0.0.1", "::1", "localhost")
MOST_PROCESSES = 4
_MODEL_WIDTH = 4
PLAIN = (
    "Other machines can be let in over TLS only, or everyone on the network could read what is"
    " asked.\n  aidpost serve ca init\n  aidpost serve ca issue 192.168.1.10 clinic.local    (the"
    " address and name of this machine)\nand start again. To serve without TLS all the same, on a"
    " cable that you trust: --insecure-plain-http"
)


@dataclass(frozen=True, slots=True)
class ServePlan:
    """How the server is to run."""

    host: str = "127.0.0.1"
    port: int = 8443
    plain_http: bool = False
    """Whether it may be open to the network without TLS."""
    names: tuple[str, ...] = ()
    """Further names by which desks reach it."""
    processes: int = 0
    """Answering processes; 0 = one for each core, four at most."""
    log: bool = True


def token_book(home: Path) -> TokenBook:
    """The tokens of this installation."""
    return TokenBook(home / FOLDER / "tokens.json")


def serve(settings: Settings, plan: ServePlan, ready: Callable[[str], None]) -> None:
    """Serve until told to end; `ready` is told the address.

    Raises:
        ServeError: it cannot be started as it was asked to.
    """
    authority = Authority(settings.home)
    tls, names = _protected(plan, authority)
    listener = _listening(plan)
    port = listener.getsockname()[1]
    rules = Rules(allowed_hosts((*names, *plan.names), port, tls=tls))
    lanes = open_lanes(settings, plan.processes)
    app = build_app(lanes, lambda: _bytes(authority.ca_file) if tls else b"")
    journal = Journal(sys.stderr if plan.log else None)
    guard = Guard(app, rules, token_book(settings.home), journal)
    shown = names[0] if names else plan.host
    address = f"http{'s' if tls else ''}://{f'[{shown}]' if ':' in shown else shown}:{port}"
    server = web_server(guard, rules, authority if tls else None)
    _prepare(server, lanes.quick.start, lambda: ready(address))
    try:
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listener])
    except CannotOpen as error:
        raise CannotStart(str(error)) from error
    finally:
        for lane in (lanes.quick, lanes.slow):
            lane.kill()


def open_lanes(settings: Settings, processes: int) -> Lanes:
    """The lines of questions for these settings; nothing starts yet."""
    cores = min(os.cpu_count() or 1, MOST_PROCESSES)
    plain = replace(settings, model="", remote="")
    quick = LanePlan(work, plain, processes or cores)
    slow = LanePlan(work, settings, 1, _MODEL_WIDTH, most_waiting=40, wait_s=120.0, answer_s=300.0)
    return Lanes(Lane(quick), Lane(slow), has_model=plain != settings)


def _protected(plan: ServePlan, authority: Authority) -> tuple[bool, tuple[str, ...]]:
    """Whether TLS is used, and the names that the server goes by."""
    if plan.host in LOOPBACK:
        return False, LOOPBACK
    if plan.plain_http:
        every = plan.host in ("0.0.0.0", "::")  # noqa: S104 - named to tell it apart
        return False, (*(() if every else (plan.host,)), *LOOPBACK)
    if not authority.certificate_file.exists():
        raise CannotStart(PLAIN)
    facts, note = authority.usable()
    if note:
        sys.stderr.write(f"{note}\n")
    return True, (*facts.names, *LOOPBACK)


def _listening(plan: ServePlan) -> socket.socket:
    family = socket.AF_INET6 if ":" in plan.host else socket.AF_INET
    # Named in full, or answers in two parts wait 40 ms for the second (no TCP_NODELAY).
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((plan.host, plan.port))
        listener.listen(256)
    except OSError as error:
        listener.close()
        where = f"{plan.host}, port {plan.port}"
        raise CannotStart(f"The server cannot listen at {where}: {error.strerror}.") from error
    return listener


def web_server(guard: Guard, rules: Rules, authority: Authority | None) -> "uvicorn.Server":
    """The web server around a guarded app; TLS where there is an authority."""
    import uvicorn  # noqa: PLC0415 - only the server needs it

    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).addFilter(WithoutDetails())
    config = uvicorn.Config(
        guard, http=patient_protocol(rules), ws="none", loop="asyncio", lifespan="on",
        log_level="warning", access_log=False, server_header=False, date_header=False,
        timeout_keep_alive=60, timeout_graceful_shutdown=15, backlog=256,
        h11_max_incomplete_event_size=32_768, limit_concurrency=1000, proxy_headers=False,
        ssl_certfile=str(authority.certificate_file) if authority else None,
        ssl_keyfile=str(authority.key_file) if authority else None,
    )  # fmt: skip
    return uvicorn.Server(config)


def _prepare(
    server: "uvicorn.Server", first: Callable[[], Awaitable[None]], ready: Callable[[], None]
) -> None:
    """Have `first` done before the server answers, and `ready` called once it does."""
    start = server.startup

    async def started(sockets: list[socket.socket] | None = None) -> None:
        await first()
        await start(sockets=sockets)
        if server.started:
            ready()

    server.startup = started  # type: ignore[method-assign]


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""
