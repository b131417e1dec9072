"""JSON in and out of the command line: strict on the way in, one object a line on the way out."""

import json
import re
import sys
from collections.abc import Callable
from typing import Any, NoReturn

import click

from assistant.errors import AssistantError
from kb.errors import LibraryError

MAX_LINE = 1_000_000
"""Characters of one request."""
MOST_LEVELS = 50
"""Lists and objects inside each other in one request."""
_TOO_DEEP = "the request is nested too deeply"
_NO_TEXT = re.compile("[\ud800-\udfff]")
"""What bytes become that are no UTF-8."""


class BadRequest(ValueError):
    """A request line that cannot be read."""


def read_object(line: str) -> dict[str, Any]:
    """One JSON object; duplicate keys, NaN and infinity are refused.

    Raises:
        BadRequest: with a message for the person who wrote the line.
    """
    if len(line) > MAX_LINE:
        raise BadRequest("the line is longer than 1,000,000 characters")
    if _NO_TEXT.search(line):
        raise BadRequest("the line is not UTF-8 text")
    value = _parsed(line)
    if not isinstance(value, dict):
        raise BadRequest("a request is one JSON object")
    if not _is_shallow(value):
        raise BadRequest(_TOO_DEEP)
    return value


def _parsed(line: str) -> object:
    try:
        return json.loads(
            line,
            object_pairs_hook=_without_duplicates,
            parse_constant=_no_constant,
            parse_float=_finite,
        )
    except BadRequest:
        raise
    except json.JSONDecodeError as error:
        raise BadRequest(f"not JSON: {error.msg} at character {error.pos + 1}") from error
    except ValueError as error:
        raise BadRequest("a number has more digits than can be read") from error
    except RecursionError as error:
        raise BadRequest(_TOO_DEEP) from error


def _is_shallow(value: dict[str, Any]) -> bool:
    """Whether it is nested so little that all that handles it can."""
    level: list[dict[str, Any] | list[Any]] = [value]
    for _ in range(MOST_LEVELS):
        inside = [one.values() if isinstance(one, dict) else one for one in level]
        level = [one for group in inside for one in group if isinstance(one, dict | list)]
        if not level:
            return True
    return False


def requests(serve: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Serve one request a line of stdin and print one result a line, in order.

    A request that cannot be served gets an object with its `id` and an `error`; the rest go on.
    """
    for data in sys.stdin.buffer:
        line = data.decode("utf-8", "surrogateescape")
        if line.strip():
            click.echo(dumps(_served(line, serve)))


def _served(line: str, serve: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
    request: dict[str, Any] = {}
    try:
        request = read_object(line)
        return {"id": request.get("id"), **serve(request)}
    except (BadRequest, AssistantError, LibraryError) as error:
        return {"id": request.get("id"), "error": str(error), "abstained": True}


def unknown_keys(request: dict[str, Any], known: set[str]) -> list[str]:
    """Warnings that name keys of a request that mean nothing here."""
    return [f"The key “{key}” is not known and was left out." for key in request.keys() - known]


def dumps(value: object) -> str:
    """One line of JSON; exact decimals as strings become numbers' text.

    Half characters, which a request may hold escaped, go out escaped.
    """
    text = json.dumps(value, ensure_ascii=False, default=str, allow_nan=False)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise BadRequest("a key stands twice in one object")
    return result


def _no_constant(name: str) -> NoReturn:
    raise BadRequest(f"{name} is not a number")


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise BadRequest(f"{text} is too large")
    return value
