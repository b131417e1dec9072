"""Text to tokens and back, through the vocabulary of a loaded model.

This is where role smuggling ends: only template text is read for control tokens.
"""

import ctypes
from collections.abc import Sequence
from types import ModuleType
from typing import Any

from assistant.errors import ModelError
from assistant.writing.language import Prompt
from assistant.writing.templates import clean_content

_NO = False  # llama.cpp adds its own control tokens, or shows them, only when asked


class Vocabulary:
    """Text to tokens and back. Content never becomes a control token."""

    def __init__(self, lib: ModuleType, vocab: Any) -> None:  # noqa: ANN401
        self._lib = lib
        self.native = vocab
        self.size: int = lib.llama_vocab_n_tokens(vocab)
        self._buffer = ctypes.create_string_buffer(256)
        # Vocabularies of the SentencePiece kind put a space before every text they are given.
        self._spaced = b"".join(map(self.piece, self._raw("a", special=False))) == b" a"

    def tokens(self, prompt: Prompt) -> list[int]:
        """The prompt as tokens, led by the token that begins a text if the model wants one."""
        begin = self._lib.llama_vocab_bos(self.native)
        wants = self._lib.llama_vocab_get_add_bos(self.native) and begin >= 0
        tokens: list[int] = [begin] if wants else []
        for segment in prompt.segments:
            inner = bool(tokens) and not self.is_control(tokens[-1])
            read = self._after if inner else self._raw
            if segment.special:
                tokens += read(segment.text, special=True)
            else:
                tokens += self._plain(read(clean_content(segment.text), special=False))
        return tokens

    def _plain(self, found: list[int]) -> list[int]:
        """The same text without a token that means more than its letters.

        The engine reads user-defined tokens in any text. Such a name is read in two halves, which
        gives its letters; runs of spaces, which some vocabularies define so, stay.
        """
        tokens: list[int] = []
        for token in found:
            if self.is_control(token):
                continue
            name = self.piece(token).decode("utf-8", "replace")
            if not (self._user_defined(token) and name.strip()):
                tokens.append(token)
            elif len(name) > 1:
                for half in (name[0], name[1:]):
                    tokens += self._plain(self._after(half, special=False))
        return tokens

    def _user_defined(self, token: int) -> bool:
        attributes = self._lib.llama_vocab_get_attr(self.native, token)
        return bool(attributes & self._lib.LLAMA_TOKEN_ATTR_USER_DEFINED)

    def is_control(self, token: int) -> bool:
        """Whether a token marks a turn, an end or another role and is no text."""
        return self.ends(token) or bool(self._lib.llama_vocab_is_control(self.native, token))

    def ends(self, token: int) -> bool:
        """Whether a token ends the model's turn."""
        return bool(self._lib.llama_vocab_is_eog(self.native, token))

    def has(self, text: str) -> bool:
        """Whether a text is one special token."""
        tokens = self._raw(text, special=True)
        kinds = self._lib.LLAMA_TOKEN_ATTR_CONTROL | self._lib.LLAMA_TOKEN_ATTR_USER_DEFINED
        return len(tokens) == 1 and bool(
            self._lib.llama_vocab_get_attr(self.native, tokens[0]) & kinds
        )

    def enders(self, stop: Sequence[str]) -> frozenset[int]:
        """The stop texts that are single control tokens: such a token yields no text to compare."""
        found = (self._raw(text, special=True) for text in stop)
        return frozenset(one[0] for one in found if len(one) == 1 and self.is_control(one[0]))

    def piece(self, token: int) -> bytes:
        """The bytes of a token, which may be half a character; none for a control token."""
        size = self._lib.llama_token_to_piece(self.native, token, self._buffer, 256, 0, _NO)
        return self._buffer.raw[: max(size, 0)]

    def _after(self, text: str, *, special: bool) -> list[int]:
        """Tokens of a text that follows other text, so without the space of a beginning."""
        if self._spaced:
            tokens = self._raw("\n" + text, special=special)
            for size in (1, 2):
                if b"".join(map(self.piece, tokens[:size])) in {b"\n", b" \n"}:
                    return tokens[size:]
        return self._raw(text, special=special)

    def _raw(self, text: str, *, special: bool) -> list[int]:
        data = text.encode("utf-8", "replace")
        room = len(data) + 8
        tokens = (self._lib.llama_token * room)()
        count = self._lib.llama_tokenize(
            self.native,
            data,
            len(data),
            tokens,
            room,
            _NO,
            special,
        )
        if count < 0:
            raise ModelError("The language model's vocabulary cannot read this text.")
        return list(tokens[:count])
