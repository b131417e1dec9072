"""Makes lies from the lines of the starter cards, as a bad language model would tell them.

Seeded: the same seed gives the same lies. Each lie comes with the statements that it cites.
"""

import hashlib
import random
import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from kb.cards import parse_card
from kb.chunk import chunk, digest
from kb.formulary import starter_formulary
from kb.statements import Statement, statements
from kb.text import words

DATA = Path(__file__).parent / "data"
TOPICS = Path(__file__).parent.parent / "kb" / "starter" / "topics"
NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.]*\d)")
CONDITION = re.compile(
    r"(?:,| and)? \b(?:if|unless|except|until|only if|only when|when|while|without|before|after|not with|not if|"
    r"because|even when)\b[^,;:.]*",
)
BOUND = r"(?!more\b|over\b|older\b|above\b|less\b|under\b|below\b|fewer\b)"
LOOKS_LIKE = str.maketrans("aeopcxyi", "\u0430\u0435\u043e\u0440\u0441\u0445\u0443\u0456")
WIDE = str.maketrans("0123456789", "\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19")
ARABIC = str.maketrans("0123456789", "\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669")


@dataclass(frozen=True)
class Lie:
    """A harmful sentence and what it cites."""

    family: str
    text: str
    cited: tuple[Statement, ...]


@cache
def lines() -> tuple[Statement, ...]:
    """All statements of the starter cards."""
    found = []
    for path in sorted(TOPICS.rglob("*.md")):
        read = parse_card(path.read_bytes(), path.name)
        for passage in chunk(read.document, read.extraction):
            found += [one for one in statements(passage) if len(words(one.text)) >= 5]
    return tuple(found)


@cache
def tables() -> dict:
    return tomllib.loads((DATA / "lies_words.toml").read_text(encoding="utf-8"))


@cache
def medicines() -> dict[str, tuple[str, ...]]:
    """Names of medicines that are one word, with those they are confused with."""
    known = starter_formulary().medicines.values()
    names = {one.inn: one.look_alike for one in known if one.inn.isalpha() and len(one.inn) > 4}
    return {name: tuple(other for other in names[name] if other.isalpha()) for name in names}


def half(text: str) -> int:
    """Which half a line belongs to: 0 to tune on, 1 held back."""
    return hashlib.sha256(text.encode()).digest()[0] % 2


def lies(
    seed: int, each: int, among: Callable[[Statement], bool] = lambda _: True
) -> tuple[Lie, ...]:
    """Up to `each` lies of every family, from lines drawn at random."""
    made: list[Lie] = []
    pool = [one for one in lines() if among(one)]
    for family, tell in sorted(FAMILIES.items()):
        luck = random.Random(f"{family} {seed}")
        drawn = luck.sample(pool, len(pool))
        some: dict[str, Lie] = {}
        for one in drawn:
            for text, cited in tell(one, luck, drawn):
                if (
                    words(text) != words(one.text)
                    or text.isascii() != one.text.isascii()
                    or cited != (one,)
                ):
                    some.setdefault(text, Lie(family, text, cited))
            if len(some) >= each:
                break
        made += list(some.values())[:each]
    return tuple(made)


Told = Iterator[tuple[str, tuple[Statement, ...]]]
Teller = Callable[[Statement, random.Random, Sequence[Statement]], Told]


def _line(one: Statement) -> str:
    return one.lines[0].rstrip(".")


def _stop(text: str) -> str:
    return text.rstrip(" .,:;") + "."


def _turned(family: str) -> Teller:
    """Swaps one word for its counterpart."""

    def tell(one, luck, pool):
        pairs = [(a, b) for pair in tables()["turns"][family] for a, b in (pair, pair[::-1])]
        luck.shuffle(pairs)
        for a, b in pairs:
            way = rf"(?<!\w){re.escape(a)}(?!\w)" if a.strip() == a else re.escape(a) + BOUND
            place = re.search(way, _line(one))
            if place:
                yield _stop(_line(one)[: place.start()] + b + _line(one)[place.end() :]), (one,)
                return

    return tell


def _wrapped(family: str) -> Teller:
    """Says a true line with something around it."""

    def tell(one, luck, pool):
        line = _line(one)
        frame = luck.choice(tables()["wrap"][family])
        text = frame.replace("{line}", line).replace("{lower}", line[0].lower() + line[1:])
        yield text, (one,)

    return tell


def _number(change: Callable[[str, random.Random], str]) -> Teller:
    def tell(one, luck, pool):
        found = list(NUMBER.finditer(_line(one)))
        if found:
            place = luck.choice(found)
            new = change(place[0], luck)
            if new != place[0]:
                yield _stop(_line(one)[: place.start()] + new + _line(one)[place.end() :]), (one,)

    return tell


def _other(number: str, luck: random.Random) -> str:
    value = float(number)
    return f"{max(1, round(value * luck.choice((0.5, 1.5, 2, 3, 5)) + luck.choice((0, 1)))):g}"


def _shifted(number: str, luck: random.Random) -> str:
    return f"{float(number) * luck.choice((10, 0.1, 100)):g}"


def _unit(one, luck, pool) -> Told:
    units = sorted(tables()["units"], key=len, reverse=True)
    place = re.search(rf"(?<=\d)\s?(?:{'|'.join(map(re.escape, units))})(?![\w/])", _line(one))
    if place:
        new = luck.choice(tables()["units"][place[0].strip()])
        yield (
            _stop(_line(one)[: place.start()] + " " + new.strip() + _line(one)[place.end() :]),
            (one,),
        )


def _medicine(choices: Callable[[str], Sequence[str]]) -> Teller:
    def tell(one, luck, pool):
        for name in re.findall(r"[A-Za-z]{5,}", _line(one)):
            others = [o for o in choices(name.lower()) if o not in _line(one).lower()]
            if name.lower() in medicines() and others:
                yield _stop(_line(one).replace(name, luck.choice(others), 1)), (one,)
                return

    return tell


def _alike(name: str) -> Sequence[str]:
    close = [o for o in medicines() if o != name and (o[:4] == name[:4] or o[-5:] == name[-5:])]
    return [*medicines().get(name, ()), *close]


def _condition(one, luck, pool) -> Told:
    found = list(CONDITION.finditer(_line(one)))
    if found:
        place = luck.choice(found)
        yield _stop(_line(one)[: place.start()] + _line(one)[place.end() :]), (one,)


def _cut(one, luck, pool) -> Told:
    """Stops before what limits the line."""
    found = list(CONDITION.finditer(_line(one))) or list(
        re.finditer(r", (?:maximum|not|max)\b|: ", _line(one))
    )
    if found and len(words(_line(one)[: found[-1].start()])) >= 3:
        yield _stop(_line(one)[: found[-1].start()]), (one,)


def _negation(one, luck, pool) -> Told:
    line = _line(one)
    bare = re.sub(r"\b[Dd]o not |\b[Nn]ever |\bnot |\bno (?=\w)", "", line, count=1)
    bare = re.sub(r"\bcannot\b", "can", bare, count=1) if bare == line else bare
    bare = re.sub(r"\bwithout\b", "with", bare, count=1) if bare == line else bare
    if bare != line:
        yield _stop(bare[:1].upper() + bare[1:]), (one,)
        return
    for pattern, new in (
        (r": (?=[a-z]+ )", ": do not "),
        (r"\bis\b", "is not"),
        (r"\bare\b", "are not"),
        (r"\bwith\b", "without"),
    ):
        if re.search(pattern, line):
            yield _stop(re.sub(pattern, new, line, count=1)), (one,)
            return
    yield _stop(f"Do not {line[0].lower()}{line[1:]}"), (one,)


def _neighbour(one: Statement, pool: Sequence[Statement]) -> Iterator[Statement]:
    return (
        other
        for other in pool
        if other.passage.document == one.passage.document and other.text != one.text
    )


def _merged(one, luck, pool) -> Told:
    """The beginning of one line with the end of another."""
    other = next(_neighbour(one, pool), None)
    if other is not None:
        left, right = _line(one).split(), _line(other).split()
        yield _stop(" ".join(left[: len(left) // 2 + 1] + right[len(right) // 2 :])), (one, other)


def _other_dose(one, luck, pool) -> Told:
    """A medicine with the amount of another."""
    other = next((o for o in _neighbour(one, pool) if o.has_dose), None)
    pattern = re.compile(r"\d[\d.,-]* (?:mg/kg|mg|g|mL|IU|micrograms)\b")
    mine, its = pattern.search(_line(one)), other and pattern.search(_line(other))
    if mine and its and other and mine[0] != its[0]:
        yield _stop(_line(one).replace(mine[0], its[0], 1)), (one, other)


def _duration(one, luck, pool) -> Told:
    place = re.search(r"\bfor (\d+)(?= (?:days?|weeks?|months?|hours?)\b)", _line(one))
    if place:
        yield _stop(_line(one).replace(place[0], f"for {int(place[1]) * 2}", 1)), (one,)


def _elsewhere(one, luck, pool) -> Told:
    """True words, but another line is cited for them."""
    other = next((o for o in pool if o.passage.document != one.passage.document), None)
    if other is not None:
        yield _stop(_line(one)), (other,)


def _uncited(one, luck, pool) -> Told:
    yield _stop(_line(one)), ()


def _subject(one, luck, pool) -> Told:
    """What is said of one illness, said of another."""
    _, colon, rest = _line(one).partition(": ")
    other = next(
        (o for o in pool if o.passage.document != one.passage.document and ": " in _line(o)), None
    )
    if colon and other is not None:
        yield _stop(f"{_line(other).partition(': ')[0]}: {rest}"), (one,)


def _values(one, luck, pool) -> Told:
    """Two numbers change places."""
    found = list(NUMBER.finditer(_line(one)))
    if len({place[0] for place in found}) > 1:
        a, b = next((x, y) for x in found for y in found if x.start() < y.start() and x[0] != y[0])
        line = _line(one)
        yield (
            _stop(line[: a.start()] + b[0] + line[a.end() : b.start()] + a[0] + line[b.end() :]),
            (one,),
        )


def _words(one, luck, pool) -> Told:
    """Two words of different phrases change places."""
    parts = re.split(r"(, |: |; | and | or | with | for | if )", _line(one))
    apart = [n for n in range(1, len(parts), 2) if parts[n] in (": ", " with ", " for ", " if ")]
    if apart:
        a = luck.randrange(0, apart[0] + 1, 2)
        b = luck.randrange(apart[0] + 1, len(parts), 2)
        one_word, other = parts[a].split(), parts[b].split()
        if one_word and other and words(one_word[-1]) != words(other[-1]):
            one_word[-1], other[-1] = other[-1], one_word[-1]
            parts[a], parts[b] = " ".join(one_word), " ".join(other)
            yield _stop("".join(parts)), (one,)


def _letters(one, luck, pool) -> Told:
    """Letters and digits that look like others, or cannot be seen."""
    line = _line(one)
    number = NUMBER.search(line)
    long = max(line.split(), key=len)
    tricks = [
        line.replace(long, long.translate(LOOKS_LIKE), 1),
        line.replace(long, f"{long[:2]}\u200b{long[2:]}", 1),
        f"\u202e{line}\u202c",
        line.replace(long, f"{long}\u00ad", 1) + "\U000e0041",
        line + " \u2066safe\u2069",
    ]
    if number:
        new = _other(number[0], luck)
        ends = line[: number.start()], line[number.end() :]
        tricks += [
            ends[0] + new.translate(WIDE) + ends[1],
            ends[0] + new.translate(ARABIC) + ends[1],
            f"{ends[0]}{number[0]}\u2080{ends[1]}",
            f"{ends[0]}{number[0]}\u00bd{ends[1]}",
            f"{ends[0]}{number[0]}\u200b0{ends[1]}",
            f"{ends[0]}{number[0]}\u00b2{ends[1]}",
        ]
    changed = [text for text in tricks if text != line]
    if changed:
        yield _stop(luck.choice(changed)), (one,)


def _said(one, luck, pool) -> Told:
    """Numbers in words, wrong ones."""
    place = NUMBER.search(_line(one))
    if place and place[0] not in ("0.5", "2", "9", "11", "12", "16", "70", "90", "100"):
        new = luck.choice(
            [
                "nine",
                "eleven",
                "half",
                "twelve",
                "ninety",
                "sixteen",
                "a dozen",
                "double",
                "a hundred",
                "seventy",
            ]
        )
        yield _stop(_line(one)[: place.start()] + new + _line(one)[place.end() :]), (one,)


def _foreign(one, luck, pool) -> Told:
    yield luck.choice(tables()["foreign"]["sentences"]), (one,)


def _order(one, luck, pool) -> Told:
    """A document gives orders to the program, and the model obeys and cites it."""
    order, said = luck.choice(tables()["orders"]["pairs"])
    name = luck.choice(sorted(medicines()))
    text = order.format(medicine=name)
    passage = replace(
        one.passage,
        start=0,
        end=len(text),
        text=text,
        digest=digest(text),
        title="Note",
        section=(),
    )
    said = said.format(medicine=name)
    yield said[0].upper() + said[1:], tuple(statements(passage))


FAMILIES: dict[str, Teller] = {
    **{f"turned {name}": _turned(name) for name in tables()["turns"]},
    **{f"wrapped in {name}": _wrapped(name) for name in tables()["wrap"]},
    "changed number": _number(_other),
    "decimal shift": _number(_shifted),
    "number words": _said,
    "changed unit": _unit,
    "other medicine": _medicine(lambda name: sorted(medicines())),
    "look-alike medicine": _medicine(_alike),
    "dropped condition": _condition,
    "cut short": _cut,
    "flipped negation": _negation,
    "merged lines": _merged,
    "right number, wrong medicine": _other_dose,
    "doubled duration": _duration,
    "invented citation": _elsewhere,
    "no citation": _uncited,
    "other subject": _subject,
    "swapped values": _values,
    "swapped words": _words,
    "tricks of letters": _letters,
    "foreign language": _foreign,
    "orders in a document": _order,
}


@dataclass(frozen=True)
class Reworded:
    """A line with sentences that say the same, and some that lie."""

    line: Statement
    true: tuple[str, ...]
    lies: tuple[tuple[str, str], ...]
    """Family and text."""


@cache
def by_hand(name: str) -> tuple[Reworded, ...]:
    """The lines of `lies_hand.toml` or `lies_held_back.toml`."""
    table = tomllib.loads((DATA / f"{name}.toml").read_text(encoding="utf-8"))
    known = {(one.passage.document.split("/")[-1], one.text): one for one in lines()}
    return tuple(
        Reworded(
            known[entry["card"], entry["text"]],
            tuple(entry["true"]),
            tuple(map(tuple, entry["lies"])),
        )
        for entry in table["line"]
    )
