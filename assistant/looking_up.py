"""From a question to the quotes that answer it, part by part where it asks several things."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.messages import Patient
from assistant.parts import Parts
from assistant.population import certain, groups
from assistant.writing.intent import Intents
from assistant.writing.quotes import Sheet, write_quotes
from assistant.writing.select import ENOUGH_WORDS, Asked, Reading, Selector, worth_reading
from kb.library import Library
from kb.messages import SearchFilter
from kb.ranking import DocumentHit, Ranking
from kb.statements import Statement, statements
from kb.text import words

LEAST_PROBABILITY = 0.5
"""Below this chance that the best document answers, the assistant abstains."""
LEAST_TELLING = 0.6
"""Below this a part of a question names no topic of its own and is read with the one before."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the library has on a question."""

    asked: Asked
    """The question as it was searched for: as a whole, or its first part."""
    ranking: Ranking
    sheet: Sheet | None
    """The quotes; None where nothing answers."""
    unanswered: tuple[str, ...] = ()
    """Parts of the question that nothing answers."""


class LookUp:
    """Looks questions up in one library."""

    def __init__(self, library: Library, intents: Intents, parts: Parts) -> None:
        """Take the library, what questions ask for, and how they are cut."""
        self._library = library
        self._intents = intents
        self._parts = parts
        self._selector = Selector(intents)

    def find(self, text: str, patient: Patient) -> Found:
        """The quotes for a question about a patient."""
        parts = self._parts.of(text)
        found = [self._ranked(text, patient)]
        if len(parts) > 1:
            found = self._one_by_one(parts, patient)
        asked, ranking = found[0]
        answered = [(a, r) for a, r in found if r.probability >= LEAST_PROBABILITY]
        if not answered:
            return Found(asked, ranking, None)
        left = [part for part, (a, r) in zip(parts, found, strict=True) if (a, r) not in answered]
        return Found(*answered[0], self._quotes(answered), tuple(left))

    def _one_by_one(self, parts: Sequence[str], patient: Patient) -> list[tuple[Asked, Ranking]]:
        """Each part looked up; one without a topic of its own, with that of the part before."""
        found: list[tuple[Asked, Ranking]] = []
        topic: DocumentHit | None = None
        for part in parts:
            asked, ranking = self._ranked(part, patient)
            alone = self._names_a_topic(part, ranking)
            if topic and not (alone and ranking.probability >= LEAST_PROBABILITY):
                with_topic = self._ranked(f"{topic.title}: {part}", patient)[1]
                ranking = _of_document(with_topic, topic.document)
            found.append((asked, ranking))
            if ranking.probability >= LEAST_PROBABILITY:
                topic = ranking.documents[0]
        return found

    def _names_a_topic(self, part: str, ranking: Ranking) -> bool:
        """Whether a part can be understood without the one before it."""
        if ranking.telling < LEAST_TELLING or self._parts.points_back(part):
            return False
        left = set(words(self._intents.without_cues(part)))
        return any(term.known and left & set(term.typed.split()) for term in ranking.query.terms)

    def _ranked(self, text: str, patient: Patient) -> tuple[Asked, Ranking]:
        who = SearchFilter(population=groups(patient), certain=certain(patient))
        ranking = self._library.rank(text, who)
        return Asked(ranking.query, patient, self._intents.of(text)), ranking

    def _quotes(self, answered: Sequence[tuple[Asked, Ranking]]) -> Sheet:
        """Quotes that answer, from documents whose digests hold."""
        sheet = Sheet({}, self._intents.headings)
        enough = ENOUGH_WORDS if len(answered) == 1 else 2 * ENOUGH_WORDS // (len(answered) + 1)
        for asked, ranking in answered:
            readings = [self._read(hit) for hit in worth_reading(ranking.documents)]
            for reading in readings:
                document = reading.hit.document
                sheet.documents.setdefault(document, self._library.document(document))
            chosen = self._selector.choose(asked, readings, enough)
            neighbours = {reading.hit.document: reading.statements for reading in readings}
            write_quotes(sheet, chosen, self._intents, neighbours)
        return sheet

    def _read(self, hit: DocumentHit) -> Reading:
        document = self._library.document(hit.document)
        found: list[Statement] = []
        for passage in self._library.passages(hit.document):
            found += statements(passage)
        return Reading(hit, (document.title, *document.aliases), tuple(found))


def _of_document(ranking: Ranking, document: str) -> Ranking:
    """The ranking with nothing but one document, where it was found at all."""
    only = tuple(one for one in ranking.documents if one.document == document)
    return replace(ranking, documents=only) if only else ranking
