"""Check the interaction rules: the part of `python -m kb.lint` for `interactions/*.toml`."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from kb.formulary import load_formulary
from kb.interactions import Advice, Members, RuleBook
from kb.interactions_read import FILES, read_rules
from kb.lint_formulary import FORMULARY
from kb.medicine_names import BadInteractions, NamedMedicine, merge_named, read_others
from kb.text import fold

INTERACTIONS = Path(__file__).parent / "starter" / "interactions"
OTHERS = "other-medicines.toml"
_GROUPS_ONLY = "class:"


@dataclass(frozen=True, slots=True)
class Known:
    """What a rule may name."""

    medicines: frozenset[str]
    classes: frozenset[str]
    """As `class:NAME`; each has a medicine."""


def interaction_folders(path: Path) -> list[Path]:
    """The rule folders at a path: itself, its parent for a file in one, or all below it."""
    path = path.resolve()
    if path.is_file():
        return [path.parent] if path.parent.name == "interactions" else []
    return sorted(file.parent for file in path.rglob(OTHERS))


def lint_interactions(folders: Iterable[Path], formulary: Path = FORMULARY) -> Iterator[str]:
    """Faults of rule folders, each as `path:line: message`."""
    for folder in sorted(set(folders)):
        yield from _characters(folder)
        try:
            others = read_others((folder / OTHERS).read_text(encoding="utf-8"))
            rules = read_rules(folder)
        except BadInteractions as error:
            yield f"{folder}:1: {error}"
            continue
        named = merge_named(load_formulary(formulary).medicines.values(), others)
        for file, name, message in _faults(rules, others, named):
            yield f"{folder / file}:{_line(folder / file, name)}: {message}"


def _faults(
    rules: RuleBook, others: dict[str, NamedMedicine], named: dict[str, NamedMedicine]
) -> Iterator[tuple[str, str, str]]:
    """Faults as (file, id or name where it stands, message)."""
    known = know(rules, named)
    yield from _names(others)
    yield from _classes(rules, known)
    yield from _sides(rules, known)
    yield from _ids(rules)
    yield from _contradictions(rules)


def know(rules: RuleBook, named: dict[str, NamedMedicine]) -> Known:
    """The medicines, and the classes that have at least one."""
    groups = {name for medicine in named.values() for name in medicine.classes}
    lists = {
        name for name, members in rules.classes.items() if members.medicines or members.classes
    }
    ids = frozenset(name for name in named if not name.startswith(_GROUPS_ONLY))
    return Known(ids, frozenset(f"class:{name}" for name in groups | lists))


def _characters(folder: Path) -> Iterator[str]:
    for file in sorted(folder.glob("*.toml")):
        for number, line in enumerate(file.read_text("utf-8", "replace").split("\n"), 1):
            if not line.isascii() or "\t" in line or line != line.rstrip():
                yield f"{file}:{number}: plain ASCII, no tabs, no blanks at the end"


def _names(others: dict[str, NamedMedicine]) -> Iterator[tuple[str, str, str]]:
    """Parts that are no medicine, and one name for two medicines."""
    owners: dict[str, set[str]] = {}
    for medicine in others.values():
        for part in medicine.parts:
            if part not in others:
                yield OTHERS, medicine.id, f"{medicine.id}: its part {part!r} is no medicine"
        for name in (medicine.id, *medicine.aliases):
            owners.setdefault(fold(name).replace("-", " "), set()).add(medicine.id)
    for name, ids in owners.items():
        if len(ids) > 1:
            yield OTHERS, min(ids), f"{name!r} names {' and '.join(sorted(ids))}"


def _classes(rules: RuleBook, known: Known) -> Iterator[tuple[str, str, str]]:
    """Classes without a medicine, with an unknown one, or which no rule names."""
    used = {tag for _, _, sides in _named_by(rules) for side in sides for tag in side.tags}
    used |= {f"class:{inner}" for members in rules.classes.values() for inner in members.classes}
    for name, members in rules.classes.items():
        tags = {*members.medicines, *(f"class:{inner}" for inner in members.classes)}
        if not tags:
            yield FILES[3], name, f"class {name!r} has no medicine"
        if f"class:{name}" not in used:
            yield FILES[3], name, f"no rule names the class {name!r}"
        for tag in sorted(_unknown(tags, known)):
            yield FILES[3], name, f"class {name!r} names {tag!r}, which nothing has"


def _sides(rules: RuleBook, known: Known) -> Iterator[tuple[str, str, str]]:
    """Tags that are no medicine and no class."""
    for file, advice, sides in _named_by(rules):
        tags = {tag for side in sides for tag in side.tags | side.without}
        for tag in sorted(_unknown(tags, known)):
            yield file, advice.id, f"{advice.id} names {tag!r}, which is no medicine or class"
    for rule in (*rules.duplicates, rules.same):
        for tag in sorted(_unknown({tag for pair in rule.together for tag in pair}, known)):
            yield FILES[1], rule.advice.id, f"`together` names {tag!r}, which is no medicine"


def _named_by(rules: RuleBook) -> Iterator[tuple[str, Advice, Sequence[Members]]]:
    for pair in rules.pairs:
        third = (pair.third,) if pair.third else ()
        yield FILES[0], pair.advice, (pair.a, pair.b, *third)
    for duplicate in (*rules.duplicates, rules.same):
        yield FILES[1], duplicate.advice, (duplicate.of,)
    for patient in rules.patients:
        yield FILES[2], patient.advice, (patient.medicines,)


def _unknown(tags: Iterable[str], known: Known) -> set[str]:
    return {tag for tag in tags if tag not in known.medicines and tag not in known.classes}


def _ids(rules: RuleBook) -> Iterator[tuple[str, str, str]]:
    """Ids that stand twice, and rules to replace that do not exist."""
    every = [(file, advice.id) for file, advice, _ in _named_by(rules)]
    counted = Counter(name for _, name in every)
    for file, name in every:
        if counted[name] > 1:
            yield file, name, f"the id {name!r} stands twice"
    for rule in rules.pairs:
        for name in sorted(rule.overrides - counted.keys()):
            yield FILES[0], rule.advice.id, f"`overrides` names {name!r}, which is no rule"


def _contradictions(rules: RuleBook) -> Iterator[tuple[str, str, str]]:
    """Two medicines for which two rules, both by id, say different things."""
    said: dict[frozenset[str], Advice] = {}
    overriding = {(rule.advice.id, name) for rule in rules.pairs for name in rule.overrides}
    for rule in rules.pairs:
        if rule.third:
            continue
        for pair in product(_ids_of(rule.a), _ids_of(rule.b)):
            other = said.setdefault(frozenset(pair), rule.advice)
            ordered = {(rule.advice.id, other.id), (other.id, rule.advice.id)}
            if other.severity != rule.advice.severity and not ordered & overriding:
                names = " + ".join(sorted(pair))
                yield FILES[0], rule.advice.id, f"{names}: {other.id} says {other.severity}"


def _ids_of(side: Members) -> Iterator[str]:
    return (tag for tag in side.tags - side.without if not tag.startswith("class:"))


def _line(file: Path, name: str) -> int:
    """The line in which an id or a name stands; 1 when it cannot be found."""
    text = file.read_text(encoding="utf-8")
    found = re.search(
        rf'^(?:id = "{re.escape(name)}"|{re.escape(name)} = |\[{re.escape(name)}\])', text, re.M
    )
    return text.count("\n", 0, found.start()) + 1 if found else 1
