"""Forms that a text can be held to: shipped files, by name, and never anything that was given.

`NAME.gbnf` is a grammar in the engine's own notation, `NAME.json` a JSON schema. A schema's numbers
are not kept within their bounds by the engine; who reads the result checks them.
"""

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from assistant.errors import ModelError

_FOLDER = "grammars"
_GRAMMAR, _SCHEMA = ".gbnf", ".json"

Convert = Callable[[str], str]
"""Turns a JSON schema into a grammar."""


@cache
def names() -> tuple[str, ...]:
    """All forms by name."""
    found = (file.name.rpartition(".") for file in _files())
    return tuple(sorted(stem for stem, _, _ in found))


def grammar(name: str, convert: Convert) -> str:
    """The grammar of a name; empty for the empty name.

    Args:
        name: One of `names()`, or empty.
        convert: Turns a JSON schema into a grammar.

    Raises:
        ModelError: There is no such form.
    """
    if not name:
        return ""
    if name not in names():
        raise ModelError(f"There is no form of answer with the name {name!r}.")
    for file in _files():
        if file.name == name + _GRAMMAR:
            return file.read_text("utf-8")
    return convert(schema(name))


def is_schema(name: str) -> bool:
    """Whether the form of a name is a JSON schema.

    Raises:
        ModelError: There is no such form.
    """
    return not grammar(name, lambda _: "")


def schema(name: str) -> str:
    """The JSON schema of a name, as text.

    Raises:
        ModelError: There is none of this name.
    """
    for file in _files():
        if file.name == name + _SCHEMA:
            return file.read_text("utf-8")
    raise ModelError(f"There is no form of answer with the name {name!r}.")


def _files() -> list[Traversable]:
    folder = files(__package__).joinpath(_FOLDER)
    return [file for file in folder.iterdir() if file.name.endswith((_GRAMMAR, _SCHEMA))]
