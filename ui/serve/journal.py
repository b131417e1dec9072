"""What is written down of requests: the fields of `Entry` and nothing else, one JSON line each.

No path, no body, no header, no answer: nothing here can hold a word about a patient.
"""

import json
import logging
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Entry:
    """One request."""

    route: str
    """A name of `rules.ROUTES`, `page` or `other`; never the path that was asked for."""
    source: str
    """The address that asked."""
    desk: str = ""
    """Name of its token."""
    status: int = 0
    ms: int = 0


class Out(Protocol):
    """Where lines go; an open text file is one."""

    def write(self, text: str, /) -> object:
        """Take a line."""
        ...


class Journal:
    """Writes entries as lines."""

    def __init__(self, out: Out | None) -> None:
        """Take where lines go; None writes nothing."""
        self._out = out

    def write(self, entry: Entry) -> None:
        """Write one entry, with the time in UTC."""
        if self._out is not None:
            now = datetime.now(tz=UTC).isoformat(timespec="seconds")
            self._out.write(json.dumps({"time": now, **asdict(entry)}) + "\n")


class WithoutDetails(logging.Filter):
    """Takes from the web server's own messages what could hold words of a request."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep the message and the kind of an error; drop its words and its trace."""
        if record.exc_info and record.exc_info[0]:
            record.msg = f"{record.msg} ({record.exc_info[0].__name__})"
        record.exc_info = record.exc_text = None
        return True
