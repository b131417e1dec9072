"""The clinic's certificate authority and the server's certificate, as files of the data folder."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ui.serve.certificates import CertFacts, Pair, facts_of, new_authority, new_server
from ui.serve.errors import CertError
from ui.serve.private_files import write_private, write_public

FOLDER = "serve"
SOON = timedelta(days=30)
NO_CERTIFICATE = (
    "There is no certificate for this server yet. Make one:\n"
    "  aidpost serve ca init\n"
    "  aidpost serve ca issue 192.168.1.10 clinic.local    (its address and name)"
)


class Authority:
    """What `aidpost serve ca` works on."""

    def __init__(self, home: Path, clock: Callable[[], datetime] | None = None) -> None:
        """Take the data folder, and what tells the time."""
        self._clock = clock or (lambda: datetime.now(tz=UTC))
        self._folder = home / FOLDER
        self.ca_file = self._folder / "ca.crt"
        """What every desk is told to trust."""
        self.ca_key_file = self._folder / "ca.key"
        self.certificate_file = self._folder / "server.crt"
        self.key_file = self._folder / "server.key"

    def init(self, name: str) -> CertFacts:
        """Make the authority.

        Raises:
            CertError: there is one already.
        """
        if self.ca_file.exists() or self.ca_key_file.exists():
            raise CertError(
                f"There is an authority already, and desks trust it. To replace it, delete"
                f" {self.ca_file} and {self.ca_key_file.name} and visit every desk again."
            )
        made = new_authority(name, self._clock())
        write_private(self.ca_key_file, made.key)
        write_public(self.ca_file, made.certificate)
        return facts_of(made.certificate)

    def issue(self, hosts: Sequence[str]) -> CertFacts:
        """Make the server's certificate, in the place of an earlier one.

        Raises:
            CertError: there is no authority, or a host cannot be read.
        """
        authority = Pair(_bytes(self.ca_file), _bytes(self.ca_key_file))
        made = new_server(authority, hosts, self._clock())
        write_private(self.key_file, made.key)
        write_public(self.certificate_file, made.certificate)
        return facts_of(made.certificate)

    def authority(self) -> CertFacts:
        """What the authority is."""
        return facts_of(_bytes(self.ca_file))

    def server(self) -> CertFacts:
        """What the server's certificate is."""
        if not self.certificate_file.exists() or not self.key_file.exists():
            raise CertError(NO_CERTIFICATE)
        return facts_of(_bytes(self.certificate_file))

    def usable(self) -> tuple[CertFacts, str]:
        """The server's certificate, if it holds now, and what the person should know of it.

        Raises:
            CertError: it is missing, damaged or does not hold today.
        """
        facts, now = self.server(), self._clock()
        again = "aidpost serve ca issue " + " ".join(facts.names)
        if not facts.begins <= now < facts.ends:
            raise CertError(
                f"The server's certificate holds from {facts.begins:%Y-%m-%d} to"
                f" {facts.ends:%Y-%m-%d}, and the clock shows {now:%Y-%m-%d}."
                f" Set the clock, or make a new one: {again}"
            )
        left = (facts.ends - now).days
        note = f"The certificate ends in {left} days. Renew it: {again}"
        return facts, note if facts.ends - now < SOON else ""


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        message = f"{path} cannot be read. Make the clinic's authority first:"
        raise CertError(f"{message} aidpost serve ca init") from error
