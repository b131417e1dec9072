"""From a written name to the medicine that is meant, or to choices where that is doubtful.

A name counts as written when it is an id, an INN or an alias, apart from case, accents, hyphens,
strength, form, salt and regular spelling (`sulpha`, `oestrogen`). A slip of the hand is mended only
when one medicine is near and no other is nearly as near; what looks like two medicines, or is
disguised by foreign or invisible letters, is never matched silently.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from rapidfuzz.distance import OSA

from assistant.clinical.medicines.index import NameIndex, generic, official, ordered
from assistant.clinical.medicines.spelling import LabelWords, key, tidy
from kb.medicine_names import NamedMedicine

MAX_LENGTH = 120
"""Characters of a name; more is not a name."""
MAX_CHOICES = 6
MAX_SHARE = 0.2
"""Share of the letters that may be wrong for a name to be offered as a choice."""
LONG = 11
"""Letters from which two slips of the hand are mended instead of one."""
MENDED = 7
"""Letters of the shortest name that is mended."""
WORDS_OF_A_NAME = 4
_JOINT = re.compile(r"\s*[/+,&]\s*|\s+and\s+|\s+with\s+|\s+plus\s+")
_STROKE = re.compile(r"\s*([/+])\s*")
_BOOSTED = re.compile(r"/(r|c)\b(?!/)")
_BOOSTERS = {"r": "/ritonavir", "c": "/cobicistat"}


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a written name means."""

    text: str
    """As it was written."""
    medicine: str | None = None
    """Id; None for an unknown or doubtful name, and for a combination that has no id."""
    components: tuple[str, ...] = ()
    """Ids of all that is in it; the medicine itself when it is single."""
    choices: tuple[str, ...] = ()
    """Ids to choose from, best first, when the name is doubtful."""
    corrected_from: str = ""
    """The misspelt name, when the medicine was found by mending it."""
    route: str | None = None
    """Where the label tells it, such as `in the eye`."""

    @property
    def known(self) -> bool:
        """Whether it is clear what is meant."""
        return bool(self.components)


class Names:
    """Resolves written names against all medicines that are known."""

    def __init__(self, medicines: Mapping[str, NamedMedicine], labels: LabelWords) -> None:
        """Take the medicines and the words of labels."""
        self.medicines = medicines
        self._labels = labels
        self._index = NameIndex(medicines)
        self._by_parts = {
            frozenset(medicine.parts): medicine.id
            for medicine in medicines.values()
            if len(medicine.parts) > 1
        }

    def resolve(self, text: str) -> Resolved:
        """What a written name means; an unknown name gives neither medicine nor choices."""
        text = text.encode("utf-8", "ignore").decode()  # half characters cannot be shown
        written = tidy(text)
        if not written.text or len(text) > MAX_LENGTH:
            return Resolved(text[:MAX_LENGTH])
        found = self._whole(written.text) or self._combination(written.text)
        if found is None:
            found = self._mended(self._labels.without_form(written.text))
        if written.disguised:
            choices = (found.medicine,) if found.medicine else found.choices or found.components
            found = Resolved(text, choices=choices)
        medicine = self.medicines.get(found.medicine or "")
        route = self._labels.route(written.text) or (medicine.route if medicine else None)
        return replace(found, text=text, route=route)

    def _whole(self, name: str) -> Resolved | None:
        """The name as one medicine, from how it stands to how it is spelt without extras."""
        index = self._index
        ways = self._labels.ways(name)
        for way in ways:
            squeezed = _STROKE.sub(r"\1", way)
            ids = index.exact.get(squeezed) or index.in_any_order.get(ordered(way))
            if ids:
                return self._as_found(ids)
        for way in ways:
            ids = None if _STROKE.search(way) else index.by_spelling.get(key(way))
            if ids:
                return self._as_found(ids | index.as_near(way, ids))
        return None

    def _as_found(self, ids: Iterable[str]) -> Resolved:
        known = sorted(ids)
        if len(known) > 1:
            return Resolved("", choices=tuple(known[:MAX_CHOICES]))
        return Resolved("", known[0], self.medicines[known[0]].parts or (known[0],))

    def _combination(self, name: str) -> Resolved | None:
        """Several known names joined by a stroke, plus, comma, blank or `and`."""
        boosted = _BOOSTED.sub(lambda match: _BOOSTERS[match[1]], name)
        parts = [part for part in _JOINT.split(boosted) if part]
        if len(parts) < 2:
            parts = self._side_by_side(self._labels.without_form(name).split())
        found = [self._whole(part) for part in parts]
        known = [part for part in found if part and part.known and not _is_group(part)]
        if len(found) < 2 or len(known) < len(found):
            return None
        components = tuple(dict.fromkeys(name for part in known for name in part.components))
        if len(components) == 1:
            return self._as_found(components)
        return Resolved("", self._by_parts.get(frozenset(components)), components)

    def _side_by_side(self, words: list[str]) -> list[str]:
        """The known names that words spell one after another, longest first, or nothing."""
        parts: list[str] = []
        while words:
            lengths = range(min(WORDS_OF_A_NAME, len(words)), 0, -1)
            known = (n for n in lengths if " ".join(words[:n]) in self._index.exact)
            length = next(known, 0)
            if not length:
                return []
            parts.append(" ".join(words[:length]))
            words = words[length:]
        return parts

    def _mended(self, name: str) -> Resolved:
        """The medicine a slip of the hand away, or choices, or nothing."""
        for way in dict.fromkeys((name, self._labels.without_salt(name))):
            spelling = key(way)
            near = self._index.near(spelling, _slips(spelling) + 1) if len(spelling) > 4 else {}
            if near:
                return self._judged(spelling, near, name)
        return Resolved("")

    def _judged(self, spelling: str, near: dict[str, int], name: str) -> Resolved:
        ranked = sorted(near, key=lambda medicine: (near[medicine], medicine))
        best, distance = ranked[0], near[ranked[0]]
        if distance > MAX_SHARE * len(spelling):
            return Resolved("")
        doubtful = any(self._rival(spelling, near[one] - distance, one) for one in ranked[1:])
        if distance > _slips(spelling) or doubtful or not self._clear(spelling, best, distance):
            return Resolved("", choices=tuple(ranked[:MAX_CHOICES]))
        return replace(self._as_found([best]), corrected_from=name)

    def _rival(self, spelling: str, farther: int, medicine: str) -> bool:
        """Whether a medicine is as near, or nearly as near and begins alike."""
        alike = any(other[:1] == spelling[0] for other in self._spellings_of(medicine))
        return farther == 0 or (farther == 1 and alike)

    def _spellings_of(self, medicine: str) -> Iterator[str]:
        one = self.medicines[medicine]
        return (key(name) for name in (*official(one), *one.aliases))

    def _clear(self, spelling: str, medicine: str, distance: int) -> bool:
        """Whether a slip may be mended: in no brand, and with the first letter right."""
        names = (key(name) for name in generic(self.medicines[medicine]))
        return any(
            len(name) >= MENDED
            and name[0] == spelling[0]
            and OSA.distance(spelling, name, score_cutoff=distance) == distance
            for name in names
        )


def _slips(spelling: str) -> int:
    """Slips of the hand that are mended in a name of this length."""
    return 1 if len(spelling) < LONG else 2


def _is_group(found: Resolved) -> bool:
    """Whether it is a group of medicines, which is no part of a combination."""
    return (found.medicine or "").startswith("class:")
