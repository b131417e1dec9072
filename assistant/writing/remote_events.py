"""Reads what a model server says: streamed events, whole answers and lists of models. Pure.

Nothing of it is trusted: every size is capped, every type is looked at, and what does not fit is an
error in words.
"""

import codecs
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assistant.errors import ModelError, PromptTooLong
from assistant.writing.language import Chance
from assistant.writing.remote_chances import read_chances
from assistant.writing.remote_errors import RemoteAway, RemoteRefused, RemoteUnfit

LONGEST_LINE = 262_144
MOST_BYTES = 8_000_000
"""Of one streamed answer; a token takes about 250 bytes."""
MOST_WHOLE = 2_000_000
"""Bytes of an answer that is not streamed, or of a list of models."""
MOST_ERROR = 8_192
"""Bytes of the answer that tells an error."""
_MOST_TOLD = 160
_BUSY = {429, 502, 503, 504}
_UNFIT = {400, 422, 501}
_UNKNOWN_FIELD = "validation error"
"""What `llama_cpp.server` says, with status 500, of a field that it does not know."""
_TOO_LONG = (
    "context_length_exceeded",
    "context length",
    "context window",
    "exceed_context",
    "n_ctx",
)
_REFUSED = {
    **dict.fromkeys((401, 403), "The model server does not accept the key of this machine."),
    404: "The model server does not know this address or this model.",
    **dict.fromkeys(
        (301, 302, 303, 307, 308),
        "The model server sends to another address, which is not followed.",
    ),
}
GARBLED = "The model server answers in a form that cannot be read."


@dataclass(frozen=True, slots=True)
class Piece:
    """What one event says."""

    text: str = ""
    finish: str = ""
    """`stop`, `length` or another reason of the server; empty while it goes on."""
    prompt_tokens: int | None = None
    written_tokens: int | None = None
    reused_tokens: int | None = None
    """Tokens of the prompt that the server still remembered."""
    chances: tuple[Chance, ...] = ()


class EventReader:
    """Cuts a stream of bytes into the data of its events (WHATWG HTML, section 9.2)."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._held = ""
        self._data: list[str] = []
        self._bytes = 0

    def feed(self, data: bytes) -> list[str]:
        """Take bytes and give the data of the events that are whole.

        Raises:
            RemoteRefused: a line or the whole is too long.
        """
        self._bytes += len(data)
        *lines, last = self._decoder.decode(data).split("\n")
        if lines:
            lines[0], self._held = self._held + lines[0], ""
        self._held += last
        longest = max(map(len, (*lines, self._held)))
        if self._bytes > MOST_BYTES or longest > LONGEST_LINE:
            raise RemoteRefused("The model server sends more than an answer can be.")
        return [event for line in lines if (event := self._line(line.removesuffix("\r")))]

    def flush(self) -> list[str]:
        """What stood at the end without an empty line behind it."""
        found = [self._line(self._held), self._line("")]
        self._held = ""
        return [event for event in found if event]

    def _line(self, line: str) -> str:
        if not line:
            event, self._data = "\n".join(self._data), []
            return event
        name, _, value = line.partition(":")
        if name == "data":
            self._data.append(value.removeprefix(" "))
        return ""


def read_piece(event: str) -> Piece:
    """What an event says.

    Raises:
        ModelError: it is an error of the server, or nothing that can be read.
    """
    body = _object(event)
    if "error" in body:
        raise told_error(500, body)
    choice = _first(body.get("choices"))
    text = (_within(choice, "delta") or _within(choice, "message")).get("content")
    usage = _within(body, "usage")
    return Piece(
        text if isinstance(text, str) else "",
        str(choice.get("finish_reason") or ""),
        _count(usage.get("prompt_tokens")),
        _count(usage.get("completion_tokens")),
        _count(_within(usage, "prompt_tokens_details").get("cached_tokens")),
        read_chances(choice),
    )


def read_models(body: bytes) -> list[tuple[str, int | None]]:
    """Names of the models that a server lists, each with its context in tokens where it says so.

    Raises:
        RemoteRefused: it is no such list.
    """
    rows = _object(body.decode("utf-8", "replace")).get("data", "")
    rows = [] if rows is None else rows  # what Ollama lists where it has no model
    if not isinstance(rows, list):
        raise RemoteRefused(GARBLED)
    found = []
    for row in rows[:1000]:
        name = row.get("id") if isinstance(row, dict) else None
        if isinstance(name, str) and 0 < len(name) <= 500 and name.isprintable():
            known = {**_within(row, "meta"), **row}
            found.append((name, _count(known.get("max_model_len") or known.get("n_ctx"))))
    return found


def listed_as(wanted: str, listed: list[tuple[str, int | None]]) -> tuple[str, int | None]:
    """The name and the context of the model to ask for.

    Args:
        wanted: name that a person set; empty for the first that is listed.
        listed: what `read_models` found; servers that list nothing are believed to have it.

    Raises:
        RemoteRefused: the server has no such model.
    """
    known = dict(listed)
    if wanted and not known:
        return wanted, None
    # Ollama takes a name without its tag for the one with this tag.
    for name in (wanted, f"{wanted}:latest") if wanted else tuple(known)[:1]:
        if name in known:
            return name, known[name]
    names = ", ".join(f"“{one}”" for one in tuple(known)[:5]) or "none"
    raise RemoteRefused(f"The model server has no model “{wanted}”; it lists {names}.")


def told_error(status: int, body: Mapping[str, Any] | bytes, wait: str = "") -> ModelError:
    """What an answer that is no success means, in words.

    Args:
        status: HTTP status.
        body: what came with it.
        wait: the header Retry-After.
    """
    said = _said(body)
    if status in _BUSY:
        again = "The model server is busy. The library's own words are shown."
        return RemoteAway(again, wait_s=_seconds(wait))
    if any(sign in said.casefold() for sign in _TOO_LONG):
        return PromptTooLong("The question and its passages are too long for the model server.")
    told = f" It says: {said[:_MOST_TOLD]}" if said else ""
    if status in _REFUSED:
        return RemoteRefused(_REFUSED[status])
    if status in _UNFIT or _UNKNOWN_FIELD in said:
        return RemoteUnfit(f"The model server refuses the request ({status}).{told}")
    if status >= 500:
        return RemoteAway(f"The model server failed ({status}).{told}", again=False)
    return RemoteRefused(f"The model server refuses the request ({status}).{told}")


def _said(body: Mapping[str, Any] | bytes) -> str:
    """The words of an error, without anything that could steer a terminal."""
    if isinstance(body, bytes):
        text = body.decode("utf-8", "replace")
        try:
            body = json.loads(text)
        except (ValueError, RecursionError):
            body = {}
    error = body.get("error", body) if isinstance(body, dict) else {}
    found = error if isinstance(error, str) else ""
    if isinstance(error, dict):
        found = " ".join(str(error[key]) for key in ("code", "type", "message") if error.get(key))
    return "".join(char for char in " ".join(found.split()) if char.isprintable())


def _object(text: str) -> dict[str, Any]:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RemoteRefused(GARBLED) from error
    if not isinstance(body, dict):
        raise RemoteRefused(GARBLED)
    return body


def _first(choices: object) -> dict[str, Any]:
    first = choices[0] if isinstance(choices, list) and choices else {}
    return first if isinstance(first, dict) else {}


def _within(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    """An object inside another; an empty one where there is none."""
    found = body.get(name)
    return found if isinstance(found, dict) else {}


def _count(value: object) -> int | None:
    """A number of tokens, or None where it is none."""
    sound = isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**9
    return value if sound and isinstance(value, int) else None


def _seconds(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None
