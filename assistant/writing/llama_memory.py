"""What the engine remembers of a text: the tokens whose keys and values lie in its context."""

import ctypes
from collections.abc import Sequence
from itertools import takewhile
from types import ModuleType
from typing import Any

_SEQUENCE = 0


class Memory:
    """The one sequence of a context; `tokens` always tells what it holds."""

    def __init__(self, lib: ModuleType, context: Any) -> None:  # noqa: ANN401
        self._lib = lib
        self._context = context
        self.tokens: list[int] = []

    def shared(self, prompt: Sequence[int]) -> int:
        """How many tokens a prompt has in common; never all, because the last must be read."""
        pairs = zip(self.tokens, prompt[:-1], strict=False)
        return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))

    def keep(self, count: int) -> int:
        """Forget all but the first tokens, or everything where that is not possible."""
        memory = self._lib.llama_get_memory(self._context)
        if count == 0 or not self._lib.llama_memory_seq_rm(memory, _SEQUENCE, count, -1):
            self._lib.llama_memory_clear(memory, True)  # noqa: FBT003
            count = 0
        del self.tokens[count:]
        return count

    def snapshot(self) -> bytes:
        """Everything remembered, as bytes for `restore`; empty where the engine cannot tell."""
        size = self._lib.llama_state_seq_get_size(self._context, _SEQUENCE)
        room = (ctypes.c_uint8 * size)()
        done = self._lib.llama_state_seq_get_data(self._context, room, size, _SEQUENCE)
        return bytes(memoryview(room)[:done])

    def restore(self, tokens: Sequence[int], data: bytes) -> bool:
        """Remember what a snapshot of these tokens held; False, with nothing remembered, if not."""
        self.keep(0)
        room = (ctypes.c_uint8 * len(data)).from_buffer_copy(data)
        done = self._lib.llama_state_seq_set_data(self._context, room, len(data), _SEQUENCE)
        memory = self._lib.llama_get_memory(self._context)
        last = self._lib.llama_memory_seq_pos_max(memory, _SEQUENCE)
        if done != len(data) or last != len(tokens) - 1:
            self.keep(0)
            return False
        self.tokens = list(tokens)
        return True
