"""The address of a model server: read strictly, and held to the clinic's own network.

Pure, apart from the look-up that it is given. The promise is that no question leaves the building,
so an address of the public internet is refused unless a setting allows it. What a name stands for
is looked up once for each request and the connection is made to exactly that address; a name that
changes its meaning in between gains nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from assistant.writing.remote_errors import RemoteRefused

_PORTS = {"http": 80, "https": 443}
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})")
_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)*")
_OWN = tuple(
    ip_network(one)
    for one in (
        "127.0.0.0/8", "::1/128",  # this machine
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7",  # private (RFC 1918, RFC 4193)
        "169.254.0.0/16", "fe80::/10",  # the same cable (RFC 3927, RFC 4291)
    )
)  # fmt: skip
_FORM = "such as http://192.168.1.20:8080 or https://gpu.local/v1"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a model server is."""

    scheme: str
    host: str
    """A name or an IP address, without brackets."""
    port: int
    path: str
    """Beginning of all paths, such as `/v1`."""

    @property
    def authority(self) -> str:
        """The value of the header Host."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    def url(self, ip: str, ending: str) -> str:
        """The address of a page, reached through one IP address."""
        host = f"[{ip}]" if ":" in ip else ip
        return f"{self.scheme}://{host}:{self.port}{self.path}{ending}"


def read_address(text: str) -> Address:
    """The address that a person set.

    Raises:
        RemoteRefused: it is not the address of a server, or holds a name and password.
    """
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise _unreadable(text) from error
    if parts.scheme not in _PORTS or not _is_host(host):
        raise _unreadable(text)
    if parts.username or parts.password or parts.query or parts.fragment:
        message = "The address of the model server must hold no password, “?” or “#”."
        raise RemoteRefused(f"{message} A key belongs into a file of its own.")
    path = parts.path.rstrip("/")
    if not _PATH.fullmatch(path):
        raise _unreadable(text)
    path = path if path.endswith("/v1") else f"{path}/v1"
    return Address(parts.scheme, host, port or _PORTS[parts.scheme], path)


def require_own_network(address: Address, found: Sequence[str], *, public: bool) -> list[str]:
    """The IP addresses that a host stands for, if all of them may be spoken to.

    Args:
        address: what the person set.
        found: what the name was found to stand for.
        public: whether the setting allows addresses outside the clinic's network.

    Raises:
        RemoteRefused: one of them lies outside the clinic's own network.
    """
    plain = [one.partition("%")[0] for one in found]
    outside = [one for one in plain if not is_own(one)]
    if outside and not public:
        raise RemoteRefused(
            f"The model server {address.host} ({outside[0]}) is outside this clinic's network,"
            " and questions must not leave it. If it is yours and you want this, set"
            " remote_public = true in aidpost.toml."
        )
    return list(dict.fromkeys(found))


def is_own(ip: str) -> bool:
    """Whether an IP address is of this machine or of a private network."""
    try:
        address: IPv4Address | IPv6Address = ip_address(ip)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in network for network in _OWN if network.version == address.version)


def _is_host(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return _NAME.fullmatch(host) is not None
    return True


def _unreadable(text: str) -> RemoteRefused:
    shown = "".join(char for char in text[:80] if char.isprintable())
    return RemoteRefused(f"“{shown}” is not the address of a model server, {_FORM}.")
