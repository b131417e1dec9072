"""Connections of the web server: few for each address, and none that only waits.

uvicorn gives up on a connection that is idle after an answer, but not on one that never sends a
whole request; a few hundred of those would shut out every desk.
"""

import asyncio
from collections import Counter
from typing import ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from ui.serve.rules import Rules, source_of


class PatientProtocol(H11Protocol):
    """Counts the connections of an address, and closes those without a whole request."""

    rules: ClassVar[Rules]
    held: ClassVar[Counter[str]]
    """Open connections of each address, shared by all."""
    _source = ""
    _look: asyncio.TimerHandle | None = None
    _unfinished: RequestResponseCycle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, or close it where its address holds too many."""
        super().connection_made(transport)
        self._source = source_of(self.client)
        self.held[self._source] += 1
        if self.held[self._source] > self.rules.connections_each:
            transport.abort()
            return
        self._look_later()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget a connection."""
        if self._look is not None:
            self._look.cancel()
        self.held[self._source] -= 1
        if self.held[self._source] <= 0:
            del self.held[self._source]
        super().connection_lost(exc)

    def _look_later(self) -> None:
        self._look = self.loop.call_later(self.rules.head_within_s, self._give_up)

    def _give_up(self) -> None:
        """Close the connection if it has sent no request, or only the beginning of a next one."""
        cycle: RequestResponseCycle | None = vars(self).get("cycle")
        begun = cycle is not None and cycle.response_complete and not self.timeout_keep_alive_task
        if cycle is None or (begun and self._unfinished is cycle):
            self.transport.abort()
            return
        self._unfinished = cycle if begun else None
        self._look_later()


def patient_protocol(of: Rules) -> type[PatientProtocol]:
    """The HTTP protocol of one server, with its limits."""

    class OneServer(PatientProtocol):
        """With a count of its own."""

        rules: ClassVar[Rules] = of
        held: ClassVar[Counter[str]] = Counter()

    return OneServer
