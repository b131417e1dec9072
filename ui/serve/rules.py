"""What the clinic server lets through: addresses, sizes, times and how often; plain values."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from ui.serve.limits import Limit

API = "/api/v1/"
ROUTES = {
    f"{API}{name}": name
    for name in ("ask", "triage", "dose", "interactions", "calc", "search", "transcribe", "status")
} | {"/v1/chat/completions": "chat", "/v1/models": "models", f"{API}health": "health"}
"""Path -> name, as it stands in the log."""
PAGE = {"/": "page", "/desk.js": "page", "/desk.css": "page", "/ca.crt": "page"}
OPEN = {*PAGE, f"{API}health"}
"""Paths that need no token: they tell nothing of patients or of the library."""
UPLOADS = {f"{API}transcribe"}


_TOKEN, _ADDRESS, _WRONG = Limit(10.0, 40), Limit(40.0, 160), Limit(0.1, 5)


@dataclass(frozen=True, slots=True)
class Rules:
    """How requests are judged before anything looks at what they say."""

    hosts: frozenset[str]
    """Values of the header Host that are served, in lower case, with the port."""
    most_body: int = 1_000_000
    most_upload: int = 25_000_000
    body_within_s: float = 30.0
    head_within_s: float = 20.0
    """From the connection, or from the last answer on it, to the end of a request's head."""
    most_ranges: int = 5
    connections_each: int = 64
    """Connections that one address may hold open."""
    per_token: Limit = _TOKEN
    per_address: Limit = _ADDRESS
    """Higher than for a token: several desks may stand behind one address."""
    wrong_tokens: Limit = _WRONG
    """Of one address; after five wrong tokens in a row one more every ten seconds is looked at."""


def allowed_hosts(names: Sequence[str], port: int, *, tls: bool) -> frozenset[str]:
    """The values of the header Host for names and IP addresses of this server."""
    usual = 443 if tls else 80
    written = [f"[{name}]" if ":" in name else name.lower() for name in names]
    ports = [f":{port}", ""] if port == usual else [f":{port}"]
    return frozenset(f"{name}{ending}" for name in written for ending in ports)


def source_of(client: object) -> str:
    """Whom a request counts for: an IPv4 address, or the network of an IPv6 address."""
    host = str(client[0]) if isinstance(client, tuple | list) and client else ""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if address.version == 6 and not address.is_loopback:
        return str(ip_network((address, 64), strict=False))
    return str(address)
