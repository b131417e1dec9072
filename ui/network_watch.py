"""Notices every attempt of this process to use the network; for the self-test and the tests.

An audit hook cannot be taken out again, so it only writes to the list it was given.
"""

import sys

EVENTS = frozenset(
    {"socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}
)
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def watch_network(seen: list[str]) -> None:
    """Append one line to `seen` for each event of the network."""

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event in EVENTS:
            seen.append(f"{event} {_place(event, arguments)}")

    sys.addaudithook(hook)


def outside(seen: list[str]) -> list[str]:
    """The events that were not for this machine itself."""
    return [line for line in seen if not any(host in line for host in LOOPBACK)]


def _place(event: str, arguments: tuple[object, ...]) -> str:
    if event in ("socket.getaddrinfo", "socket.gethostbyname"):
        return str(arguments[0])
    return str(arguments[1]) if len(arguments) > 1 else ""
