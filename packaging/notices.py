"""Who wrote what is inside the program, and under which licence; refuses what may not be inside.

The licence is read from the metadata of every package that the build installed. A package whose
licence is not in `licences.toml` stops the build: a person has to look first.
"""

import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

from dist_common import PACKAGING, stop

_LICENCE_FILE = re.compile(r"^(licen[cs]e|copying|notice|copyright)", re.IGNORECASE)
_CLASSIFIER = "License :: OSI Approved :: "
_JOINS = re.compile(r"\s+(?:AND|OR|and|or)\s+|[()]|;|(?<=\w),\s|/(?=[A-Z])")
_SHORT = 100
_BUILD_ONLY = frozenset(
    {"altgraph", "build", "editables", "hatchling", "pathspec", "pip", "pluggy", "pyinstaller"}
    | {"pyinstaller-hooks-contrib", "setuptools", "trove-classifiers", "wheel", "tomlkit"}
)
"""Packages that make the program and are not in it. PyInstaller's boot loader is in it; its
licence has an exception for programs that are made with it."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What may be inside; the values of `licences.toml`."""

    allowed: frozenset[str]
    refused: tuple[str, ...]
    words: dict[str, str]
    stated: dict[str, str]


@dataclass(frozen=True, slots=True)
class Package:
    """One package inside the program."""

    name: str
    version: str
    licences: tuple[str, ...]
    """Short names of all licences that it states; empty where it states none."""
    texts: tuple[tuple[str, str], ...]
    """Name and text of every licence file that it brings."""


def load_rules(path: Path = PACKAGING / "licences.toml") -> Rules:
    """The rules of the project."""
    values: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    return Rules(
        frozenset(values["allowed"]),
        tuple(values["refused"]),
        dict(values["words"]),
        dict(values["stated"]),
    )


def packages(rules: Rules, where: Path) -> list[Package]:
    """Every package in a folder of packages, by name, without those that only build."""
    found = {}
    for one in distributions(path=[str(where)]):
        name = re.sub(r"[-_.]+", "-", str(one.metadata["Name"])).casefold()
        if name not in _BUILD_ONLY and name != "aidpost":
            found[name] = Package(name, one.version, _licences(one, name, rules), _texts(one))
    return [found[name] for name in sorted(found)]


def faults(found: Iterable[Package], rules: Rules) -> list[str]:
    """What speaks against a package being inside, a sentence each."""
    said = []
    for one in found:
        if not one.licences:
            said.append(f"{one.name} {one.version} states no licence; add it to licences.toml.")
        for licence in one.licences:
            if _is_refused(licence, rules):
                said.append(f"{one.name} {one.version} is under {licence}, which is refused.")
            elif licence not in rules.allowed:
                said.append(f"{one.name} {one.version}: the licence “{licence}” is not allowed.")
    return said


def _is_refused(licence: str, rules: Rules) -> bool:
    """Whether a licence begins as a refused one does; the LGPL is another licence than the GPL."""
    plain = licence.upper().removeprefix("GNU ")
    return any(plain.startswith(word.upper()) for word in rules.refused)


def written(found: Iterable[Package], version: str) -> str:
    """The notices as one text."""
    head = f"Third-party software inside Aidpost {version}\n"
    parts = [head, (PACKAGING / "notices-own.txt").read_text(encoding="utf-8")]
    for one in found:
        parts.append(f"{'=' * 78}\n{one.name} {one.version}: {', '.join(one.licences)}\n")
        parts += [f"--- {name} ---\n{text.strip()}\n" for name, text in one.texts]
    return "\n".join(parts)


def checked_notices(where: Path, version: str) -> tuple[str, list[Package]]:
    """The notices of what is installed in a folder; the build stops where one may not be inside."""
    rules = load_rules()
    found = packages(rules, where)
    said = faults(found, rules)
    if said:
        stop("The licence check failed.\n" + "\n".join(said))
    return written(found, version), found


def _licences(one: Distribution, name: str, rules: Rules) -> tuple[str, ...]:
    if name in rules.stated:
        return _split(rules.stated[name], rules)
    expression = str(one.metadata.get("License-Expression") or "")
    if expression:
        return _split(expression, rules)
    classified = [
        row.removeprefix(_CLASSIFIER)
        for row in one.metadata.get_all("Classifier") or []
        if row.startswith(_CLASSIFIER)
    ]
    if classified:
        return tuple(dict.fromkeys(rules.words.get(row, row) for row in classified))
    plain = str(one.metadata.get("License") or "").strip()
    return _split(plain, rules) if 0 < len(plain) < _SHORT and "\n" not in plain else ()


def _split(expression: str, rules: Rules) -> tuple[str, ...]:
    if expression in rules.words:
        return (rules.words[expression],)
    parts = [part.strip() for part in _JOINS.split(expression)]
    return tuple(dict.fromkeys(rules.words.get(part, part) for part in parts if part))


def _texts(one: Distribution) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(_licence_files(one)))


def _licence_files(one: Distribution) -> Iterator[tuple[str, str]]:
    for file in one.files or ():
        named = _LICENCE_FILE.match(file.name) or "licenses" in file.parts
        if named and file.suffix not in {".py", ".pyc"}:
            path = Path(str(file.locate()))
            if path.is_file():
                yield str(file), path.read_text(encoding="utf-8", errors="replace")


if __name__ == "__main__":
    place = Path(sys.argv[1])
    print(checked_notices(place, "")[0])
