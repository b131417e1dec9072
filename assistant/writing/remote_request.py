"""One request to a model server: where it goes, what stands above it, and whom it trusts."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass

from assistant.writing.remote_address import Address
from assistant.writing.remote_errors import RemoteRefused
from assistant.writing.remote_options import RemoteOptions


@dataclass(frozen=True, slots=True)
class Call:
    """One request."""

    address: Address
    options: RemoteOptions
    ending: str
    """What stands behind the beginning of the path, such as `/models`."""
    body: Mapping[str, object] | None = None
    """Sent as JSON with POST; None asks with GET."""

    def headers(self) -> dict[str, str]:
        """What stands above the body."""
        headers = {
            "host": self.address.authority,
            "accept-encoding": "identity",
            "user-agent": "aidpost",
            "connection": "close",
        }
        if self.body is not None:
            headers |= {"content-type": "application/json", "accept": "text/event-stream"}
        if self.options.key:
            headers["authorization"] = f"Bearer {self.options.key}"
        return headers

    def certificates(self) -> ssl.SSLContext | bool:
        """Whom to trust; False without TLS.

        Raises:
            RemoteRefused: the file of the certificates cannot be read.
        """
        if self.address.scheme == "http":
            return False
        try:
            return ssl.create_default_context(cafile=self.options.ca_file or None)
        except (OSError, ssl.SSLError) as error:
            message = "The certificates set for the model server cannot be read."
            raise RemoteRefused(message) from error
