"""What the library gives an exam: lines for a question, and brand names for generic ones."""

from collections.abc import Iterable, Mapping, Sequence

from assistant.writing.strategies.task import Retrieve
from kb.library import Library
from kb.medicines import Medicine
from kb.statements import statements

MOST_LINES = 8
MOST_HITS = 4
_SHORTEST_BRAND = 4


def lines_of(library: Library, most: int = MOST_LINES) -> Retrieve:
    """Looks a question up: statements of the best passages, in their order."""

    def retrieve(question: str) -> Sequence[str]:
        hits = library.search(question, MOST_HITS)
        found = [one.text for hit in hits for one in statements(hit.passage)]
        return tuple(dict.fromkeys(found))[:most]

    return retrieve


def brands_of(medicines: Iterable[Medicine]) -> Mapping[str, str]:
    """Generic name in lower case -> its first brand name; only names of one word.

    An alias is taken for a brand where it is written with one capital letter, at its beginning.
    """
    found = {}
    for medicine in medicines:
        brands = [name for name in medicine.aliases if _is_brand(name)]
        if brands and " " not in medicine.inn:
            found[medicine.inn.lower()] = brands[0]
    return found


def _is_brand(name: str) -> bool:
    return len(name) >= _SHORTEST_BRAND and name.isalpha() and name.istitle()
