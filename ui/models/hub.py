"""The HTTP interface of the model hub: what a repository holds, and its files.

As documented at huggingface.co/docs/hub (api, security-tokens, models-gated) and spoken by mirrors
of it. What the hub declares decides: the digest of each file, by which every byte that comes, from
wherever the hub points to, is judged.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NoReturn
from urllib.parse import quote, urljoin, urlsplit

from kb.packs.names import shown
from ui.models.errors import HubError, NoAccess, UnknownModel
from ui.models.listing import HubFile, Listing, is_hex, read_listing
from ui.models.transport import Cut, NotTrusted, Reply, Transport

STANDARD = "https://huggingface.co"
MOST_LISTING = 16_000_000
"""Bytes of the longest list of files that is read."""
_MOST_REDIRECTS = 5
_REDIRECTS = {301, 302, 303, 307, 308}
_LATER = {408, 425, 429, 500, 502, 503, 504}
_LONGEST_WAIT_S = 60.0
_HERE = {"127.0.0.1", "::1", "localhost"}
_MISSING = {"RevisionNotFound": "this revision of", "EntryNotFound": "this file of"}


class Later(Cut):
    """The hub asks to come back later."""

    def __init__(self, status: int, wait_s: float) -> None:
        """Take the status and how long to wait; 0 where the hub does not say."""
        super().__init__(f"the hub answered with status {status}")
        self.wait_s = wait_s


class Hub:
    """The hub, or a mirror of it."""

    def __init__(self, transport: Transport, address: str = STANDARD, token: str = "") -> None:
        """Take the door, the address of the hub and a token, empty for none.

        Raises:
            HubError: the address is not a safe one.
        """
        self._transport = transport
        self.address = address.rstrip("/")
        self._token = token
        _check_safe(self.address)

    def listing(self, repository: str, revision: str) -> Listing:
        """What a repository holds at a branch, tag or commit.

        Raises:
            HubError: the hub does not give it; the subclass and the message say why.
            Cut: the connection failed.
        """
        path = f"/api/models/{quote(repository)}/revision/{quote(revision, safe='')}?blobs=true"
        with self._opened(self.address + path, {}, repository) as (reply, url):
            if reply.status != 200:
                self._refuse(reply, repository, url)
            data = _limited(reply)
        return read_listing(repository, data)

    @contextmanager
    def opened(self, listing: Listing, file: HubFile, start: int) -> Iterator[Reply]:
        """A file from a byte on; the status is 200 (whole), 206 (from there) or 416 (no such byte).

        Raises:
            HubError: the hub does not give it, or declares another file than in its list.
            Cut: the connection failed.
        """
        path = f"/{quote(listing.repository)}/resolve/{listing.revision}/{quote(file.name)}"
        headers = {"Range": f"bytes={start}-"} if start else {}
        with self._opened(self.address + path, headers, file.name, file) as (reply, url):
            if reply.status not in {200, 206, 416}:
                self._refuse(reply, listing.repository, url)
            yield reply

    @contextmanager
    def _opened(
        self, url: str, headers: Mapping[str, str], what: str, file: HubFile | None = None
    ) -> Iterator[tuple[Reply, str]]:
        """The reply at the end of the redirects, and where it came from."""
        for _ in range(_MOST_REDIRECTS + 1):
            _check_safe(url)
            with _trusted(url), self._transport.get(url, self._headers(url, headers)) as reply:
                if file is not None and self._is_hub(url):
                    _check_declared(reply, file)
                if reply.status not in _REDIRECTS:
                    yield reply, url
                    return
                url = _next(url, reply.headers.get("location", ""))
        raise HubError(f"The hub sends from one address to the next without end for {what}.")

    def _headers(self, url: str, headers: Mapping[str, str]) -> dict[str, str]:
        """The token goes to the hub and to nobody else."""
        plain = {"User-Agent": "aidpost", "Accept-Encoding": "identity", **headers}
        if self._token and self._is_hub(url):
            plain["Authorization"] = f"Bearer {self._token}"
        return plain

    def _is_hub(self, url: str) -> bool:
        return urlsplit(url)[:2] == urlsplit(self.address)[:2]

    def _refuse(self, reply: Reply, repository: str, url: str) -> NoReturn:
        """Say what a status means."""
        # Addresses of the stores behind the hub hold for a while only; the hub gives a new one.
        if reply.status in _LATER or not self._is_hub(url):
            raise Later(reply.status, _wait_in(reply.headers.get("retry-after", "")))
        if reply.status in {401, 403}:
            raise NoAccess(self._no_access(repository, reply.status))
        if reply.status == 404:
            what = _MISSING.get(reply.headers.get("x-error-code", ""), "the repository")
            raise UnknownModel(f"The hub does not know {what} {repository}.")
        raise HubError(f"The hub answered with status {reply.status} for {repository}.")

    def _no_access(self, repository: str, status: int) -> str:
        page = f"{self.address}/{repository}"
        if not self._token or status == 401:
            return (
                f"{repository} is not open to everybody, or does not exist. Open {page} in a"
                " browser, sign in and accept its terms. Then make a token with the right to read"
                f" at {self.address}/settings/tokens, put it into a file and run the command again"
                " with --token-file FILE, or set it as HF_TOKEN."
            )
        return (
            f"The token is not allowed to read {repository}. Open {page} in a browser, signed in"
            " as the owner of the token, and accept its terms; some owners answer only after days."
            " A token also needs the right to read gated repositories."
        )


def _check_declared(reply: Reply, file: HubFile) -> None:
    """What the hub declares while it gives a file is what it declared in its list."""
    tag = reply.headers.get("x-linked-etag", "").removeprefix("W/").strip('"').casefold()
    size = reply.headers.get("x-linked-size", "")
    if file.digest.kind == "sha256" and is_hex(tag, 64) and tag != file.digest.value:
        raise HubError(f"The hub declares two different digests for {file.name}. Try again later.")
    if size.isdecimal() and int(size) != file.size:
        raise HubError(f"The hub declares two different sizes for {file.name}. Try again later.")


def _limited(reply: Reply) -> bytes:
    data = bytearray()
    while block := reply.read(1 << 16):
        data += block
        if len(data) > MOST_LISTING:
            raise HubError("The list of files that the hub sends has no end.")
    return bytes(data)


def _next(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        raise _no_address(location) from None


def _no_address(url: str) -> HubError:
    return HubError(f"The hub sends to an address that is none: {shown(url)}")


def _check_safe(url: str) -> None:
    """Raise `HubError` unless nobody on the way can read or change what comes."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        raise _no_address(url) from None
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and host in _HERE)):
        raise HubError(f"The hub sends to an address that is not safe (no https): {shown(url)}")


@contextmanager
def _trusted(url: str) -> Iterator[None]:
    try:
        yield
    except NotTrusted as error:
        raise HubError(
            f"{urlsplit(url).hostname} could not prove who it is ({error}). Is the clock of this"
            " computer right? Is somebody in between? Nothing was fetched."
        ) from error


def _wait_in(text: str) -> float:
    return min(float(text), _LONGEST_WAIT_S) if text.isdecimal() else 0.0
