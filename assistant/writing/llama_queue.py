"""A queue in which everyone is served in the order of coming."""

import time
from collections import deque
from collections.abc import Callable
from threading import Condition

_LOOK_S = 0.02


class Queue:
    """Lets one caller at a time through. Safe to use from any thread."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._waiting: deque[object] = deque()

    @property
    def length(self) -> int:
        """Callers waiting, the one being served among them."""
        return len(self._waiting)

    def enter(self, patience_s: float, gone: Callable[[], bool]) -> bool:
        """Wait for one's turn; whoever gets it must `leave`.

        Args:
            patience_s: Longest wait.
            gone: Tells that the caller does not want to wait any more; asked now and then.

        Returns:
            False if the caller is gone.

        Raises:
            TimeoutError: The wait was too long.
        """
        ticket = object()
        until = time.monotonic() + patience_s
        with self._changed:
            self._waiting.append(ticket)
            mine = False
            try:
                while not (mine or gone()):
                    if self._waiting[0] is ticket:
                        mine = True
                    elif time.monotonic() > until:
                        raise TimeoutError
                    else:
                        self._changed.wait(_LOOK_S)
            finally:
                if not mine:
                    self._waiting.remove(ticket)
                    self._changed.notify_all()
        return mine

    def leave(self) -> None:
        """Let the next one through."""
        with self._changed:
            self._waiting.popleft()
            self._changed.notify_all()
