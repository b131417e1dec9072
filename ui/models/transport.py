"""The only door to the network: one request, one reply, no redirects followed, nothing retried.

Opened by `aidpost models pull` alone. It uses what Python brings. huggingface_hub, which the
desktop app's toolkit brings along, was looked at (2.4.0) and does not do what is needed here: it
compares sizes and not digests, throws away what came when a download ends, and only warns when the
disk is too small.
"""

import http.client
import ssl
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol
from urllib.error import URLError
from urllib.request import (  # noqa: TID251 - this is the door
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)


class Cut(Exception):
    """The connection could not be made or broke off; trying again may help."""


class NotTrusted(Exception):
    """The other end could not prove who it is; trying again does not help."""


class Body(Protocol):
    """What can be read of a reply."""

    def read1(self, most: int, /) -> bytes:
        """The next bytes, as many as are there; none at the end."""
        ...


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server says."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: Body

    def read(self, most: int) -> bytes:
        """The next bytes, as soon as some are there; none at the end.

        Raises:
            Cut: the connection broke off or nothing came in time.
        """
        with _as_cut():
            return self.body.read1(most)


class Transport(Protocol):
    """Gets one reply from one address."""

    def get(self, url: str, headers: Mapping[str, str]) -> AbstractContextManager[Reply]:
        """Ask for an address; the reply is closed at the end of the `with`.

        Raises:
            Cut: there is no connection.
            NotTrusted: the certificate of the server is not valid.
        """
        ...


class HttpTransport:
    """Speaks HTTP and HTTPS; goes through the proxy of the system where one is set."""

    def __init__(self, timeout_s: float = 30.0) -> None:
        """Take the longest wait for a connection and for the next bytes, in seconds."""
        self._timeout_s = timeout_s
        self._opener: OpenerDirector | None = None

    @contextmanager
    def get(self, url: str, headers: Mapping[str, str]) -> Iterator[Reply]:
        """One reply; see `Transport.get`."""
        request = Request(url, headers=dict(headers))  # noqa: S310 - checked by `ui.models.hub`
        with _as_cut():
            response = self._ready().open(request, timeout=self._timeout_s)
        with response:
            known = {name.casefold(): value for name, value in response.headers.items()}
            yield Reply(response.status, known, response)

    def _ready(self) -> OpenerDirector:
        if self._opener is None:
            self._opener = OpenerDirector()
            handlers = (
                ProxyHandler(),
                HTTPHandler(),
                HTTPSHandler(context=_certificates()),
                _AsItIs(),
            )
            for handler in handlers:
                self._opener.add_handler(handler)
        return self._opener


class _AsItIs(HTTPErrorProcessor):
    """Gives every reply back, whatever its status: who asked judges it."""

    def http_response(
        self, request: Request, response: http.client.HTTPResponse
    ) -> http.client.HTTPResponse:
        """The reply as it is."""
        del request
        return response

    def https_response(
        self, request: Request, response: http.client.HTTPResponse
    ) -> http.client.HTTPResponse:
        """The reply as it is."""
        return self.http_response(request, response)


def _certificates() -> ssl.SSLContext:
    """The certificates that the system trusts; those of the package `certifi` where it has none."""
    context = ssl.create_default_context()
    if not context.cert_store_stats()["x509_ca"]:
        try:
            import certifi  # noqa: PLC0415 - only where it is needed
        except ImportError:
            return context
        context.load_verify_locations(certifi.where())
    return context


@contextmanager
def _as_cut() -> Iterator[None]:
    """Turn what goes wrong on the way into `Cut` or `NotTrusted`."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise NotTrusted(error.verify_message) from error
    except URLError as error:
        if isinstance(error.reason, ssl.SSLCertVerificationError):
            raise NotTrusted(error.reason.verify_message) from error
        raise Cut(str(error.reason)) from error
    except (OSError, http.client.HTTPException) as error:
        raise Cut(str(error) or type(error).__name__) from error
