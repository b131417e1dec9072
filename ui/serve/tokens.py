"""Tokens of the desks: shown once when made, kept as SHA-256, compared in constant time.

A token is 32 random bytes, so a plain hash is enough: there is nothing to guess. One desk, one
token; a desk that is lost or stolen is shut out by removing its token, while the server runs.
"""

import hashlib
import hmac
import json
import re
import secrets
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from ui.serve.errors import TokenError
from ui.serve.private_files import write_private

PREFIX = "aidpost_"
"""How every token begins, so that one that was pasted somewhere can be recognised."""
MOST = 500
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,39}")


@dataclass(frozen=True, slots=True)
class Token:
    """What is kept of a token."""

    name: str
    """Of the desk, such as `maternity`."""
    sha256: str
    created: str
    """Day, as YYYY-MM-DD."""


class TokenBook:
    """The tokens of one server. Safe to share between threads; sees changes of its file."""

    def __init__(self, path: Path) -> None:
        """Take the file, which need not exist yet."""
        self._path = path
        self._lock = threading.Lock()
        self._seen: tuple[int, int, int] | None = None
        self._tokens: tuple[Token, ...] = ()

    def tokens(self) -> tuple[Token, ...]:
        """All tokens, as they are kept.

        Raises:
            TokenError: the file is damaged.
        """
        with self._lock:
            seen = self._stamp()
            if seen != self._seen:
                self._tokens = _read(self._path) if seen else ()
                self._seen = seen
            return self._tokens

    def add(self, name: str) -> str:
        """Make a token for a desk; this is the only time that it can be seen.

        Raises:
            TokenError: the name is taken or cannot be used.
        """
        if not _NAME.fullmatch(name):
            raise TokenError("A name has 1 to 40 letters, digits, spaces, dots and dashes.")
        known = self.tokens()
        if name in {token.name for token in known}:
            raise TokenError(f"There is a token “{name}” already; remove it first.")
        if len(known) >= MOST:
            raise TokenError(f"There are {MOST} tokens already; remove some that are not in use.")
        secret = PREFIX + secrets.token_urlsafe(32)
        today = datetime.now(tz=UTC).date().isoformat()
        self._write([*known, Token(name, _hashed(secret), today)])
        return secret

    def remove(self, name: str) -> None:
        """Shut a desk out.

        Raises:
            TokenError: there is no such token.
        """
        known = self.tokens()
        kept = [token for token in known if token.name != name]
        if len(kept) == len(known):
            raise TokenError(f"There is no token “{name}”.")
        self._write(kept)

    def who(self, secret: str) -> str | None:
        """Name of the desk that a token belongs to; takes as long for any token."""
        given = _hashed(secret)
        found = None
        for token in self.tokens():
            if hmac.compare_digest(token.sha256, given):
                found = token.name
        return found

    def _write(self, tokens: Sequence[Token]) -> None:
        body = {"tokens": [asdict(token) for token in tokens]}
        write_private(self._path, json.dumps(body, indent=1).encode())

    def _stamp(self) -> tuple[int, int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _read(path: Path) -> tuple[Token, ...]:
    try:
        rows = json.loads(path.read_bytes())["tokens"]
        return tuple(Token(str(r["name"]), str(r["sha256"]), str(r["created"])) for r in rows)
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"The list of tokens ({path.name}) is damaged. Delete it and make new tokens."
        raise TokenError(message) from error
