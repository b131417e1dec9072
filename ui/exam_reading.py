"""Measures reading on made-up papers with known content: fields, characters, names, time."""

import difflib
import io
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from PIL import Image

from assistant.vision.reading.messages import Field, Reading
from kb.medicine_names import NamedMedicine
from ui.exam_reading_letters import letter
from ui.exam_reading_papers import Paper, lab_slip, medicine_label
from ui.exam_reading_print import CLEAN, harm_of, photographed, printed
from ui.vision_reading import LIMITS, PictureDesk
from ui.wiring import MedicineShelf
from ui.worker_task import Limits

SURE = 0.85
"""Below this confidence a field is shown as in doubt."""
KINDS = ("lab", "label", "letter")
_LONGEST = 26
_JOINTS = str.maketrans("", "", "- ")
DAY = date(2026, 11, 21)
"""The day by which expiries are judged; the figures do not hang on it."""
_PATIENCE = Limits(60.0, memory=LIMITS.memory)
"""So that a slow machine is measured and not refused."""


@dataclass(slots=True)
class Tally:
    """Counts of one kind of paper, clean or photographed."""

    fields: Counter[str] = field(default_factory=Counter)
    """`right`, `told` (wrong, but marked as in doubt), `silent` (wrong and not marked)."""
    names: Counter[str] = field(default_factory=Counter)
    """`right`, `offered` (right among choices), `silent` (another one, as sure), `missed`."""
    characters: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def report(self) -> dict[str, Any]:
        """Figures and ratios."""
        every, named = sum(self.fields.values()), sum(self.names.values())
        return {
            "fields": every,
            "right": _share(self.fields["right"], every),
            "wrong_and_marked": self.fields["told"],
            "wrong_and_not_marked": self.fields["silent"],
            "names": named,
            "names_matched": _share(self.names["right"] + self.names["offered"], named),
            "names_settled": _share(self.names["right"], named),
            "names_wrong_and_sure": self.names["silent"],
            "characters": round(statistics.fmean(self.characters), 4) if self.characters else None,
            "seconds_median": round(statistics.median(self.seconds), 2) if self.seconds else None,
            "seconds_most": round(max(self.seconds), 2) if self.seconds else None,
            "wrong": self.wrong[:40],
        }


def measure(kinds: Sequence[str], seeds: Sequence[int]) -> dict[str, Any]:
    """Reads papers of each kind and seed, clean and photographed.

    Args:
        kinds: of `KINDS`.
        seeds: each makes one paper of a kind.
    """
    report: dict[str, Any] = {"seeds": [seeds[0], seeds[-1]]}
    medicines = printable(MedicineShelf().names.medicines)
    with PictureDesk(_PATIENCE) as desk:
        for kind in kinds:
            tallies = {"clean": Tally(), "photographed": Tally()}
            for seed in seeds:
                paper = _paper(kind, seed, medicines)
                for way, data in _pictures(paper, seed):
                    _tally(tallies[way], paper, desk, data)
            report[kind] = {way: tally.report() for way, tally in tallies.items()}
    return report


def printable(medicines: Mapping[str, NamedMedicine]) -> list[NamedMedicine]:
    """The medicines of the formulary whose name stands on packs as it stands in the list."""
    return [
        one
        for one in medicines.values()
        if one.in_formulary and len(one.name) <= _LONGEST and one.name.translate(_JOINTS).isalpha()
    ]


def right_parts(paper: Paper, reading: Reading) -> Iterator[tuple[str, str, Field | None, bool]]:
    """Each thing a paper says: its name, what it says, what was read, and whether that is right."""
    found: dict[str, Field] = {}
    medicines = 0
    for each in reading.fields:
        name = f"medicine {medicines}" if each.name == "medicine" else each.name
        medicines += each.name == "medicine"
        found.setdefault(name, each)
    for name, parts in paper.truth.items():
        got = found.get(name)
        for part, wanted in parts.items():
            right = got is not None and str(getattr(got, part)).lower() == wanted.lower()
            yield f"{name} {part}", wanted, got, right


def _tally(tally: Tally, paper: Paper, desk: PictureDesk, data: bytes) -> None:
    began = time.perf_counter()
    reading, _ = desk.read(data, DAY)
    tally.seconds.append(time.perf_counter() - began)
    tally.characters.append(_characters(paper, reading.text))
    for name, wanted, got, right in right_parts(paper, reading):
        state = (
            "right"
            if right
            else "told"
            if got is None or got.confidence < 0.85 or got.note
            else "silent"
        )
        tally.fields[state] += 1
        if name.startswith(("drug", "medicine")):
            tally.names[_named(wanted, got, right=right)] += 1
        if not right:
            tally.wrong.append(f"{name}: {wanted} read as {got.value if got else 'nothing'}")


def _named(wanted: str, got: Field | None, *, right: bool) -> str:
    if right:
        return "right"
    if got is None or not got.value:
        return "missed"
    if got.choices:
        return "offered" if wanted.lower() in [each.lower() for each in got.choices] else "missed"
    return "silent"


def _paper(kind: str, seed: int, medicines: Sequence[NamedMedicine]) -> Paper:
    makers: Mapping[str, Callable[[], Paper]] = {
        "lab": lambda: lab_slip(seed),
        "label": lambda: medicine_label(seed, medicines),
        "letter": lambda: letter(seed, medicines),
    }
    return makers[kind]()


def _pictures(paper: Paper, seed: int) -> Iterator[tuple[str, bytes]]:
    page = printed(paper, seed)
    harm = harm_of(seed)
    for way, points, quality in (
        ("clean", page, CLEAN.quality),
        ("photographed", photographed(page, harm, seed), harm.quality),
    ):
        held = io.BytesIO()
        Image.fromarray(points).save(held, "JPEG", quality=quality)
        yield way, held.getvalue()


def _characters(paper: Paper, text: str) -> float:
    """Share of the printed characters that were read, in order, blanks left out."""
    wanted = "".join("".join(cell.text for cell in row) for row in paper.rows).replace(" ", "")
    got = "".join(text.split())
    blocks = difflib.SequenceMatcher(None, wanted, got, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks) / max(len(wanted), 1)


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
