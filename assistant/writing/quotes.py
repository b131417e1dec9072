"""Reference mode: an ordered, short set of quotes that answers the question.

Pure. Every sentence is a statement of the library with the conditions that belong to it; what
limits a medicine elsewhere in the same list travels with its dose.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from assistant.messages import STATUS_WORDS, Citation, Sentence
from assistant.writing.intent import Intents
from assistant.writing.select import Scored
from kb.messages import Document, Source
from kb.statements import Statement
from kb.text import words

_DO_NOT = re.compile(r"^(?:do not|don't|not for|never|avoid|no )", re.IGNORECASE)
_OTHER = "From the library"


@dataclass
class Sheet:
    """An answer being written: sentences and the citations that carry them."""

    documents: dict[str, Document]
    headings: Mapping[str, str]
    sentences: list[Sentence] = field(default_factory=list)
    citations: dict[str, Citation] = field(default_factory=dict)
    statements: dict[str, Statement] = field(default_factory=dict)
    """Statement behind each citation key."""

    def cite(self, statement: Statement) -> str:
        """Key of the citation of a statement, made when it is new."""
        for key, known in self.statements.items():
            if (known.passage.id, known.start) == (statement.passage.id, statement.start):
                return key
        key = f"c{len(self.statements) + 1}"
        self.statements[key] = statement
        self.citations[key] = as_citation(statement, self.documents[statement.passage.document])
        return key

    def quote(self, statement: Statement, label: str) -> None:
        """Add a statement as a quote, once."""
        key = self.cite(statement)
        if not any(sentence.citations == (key,) for sentence in self.sentences):
            self.sentences.append(Sentence(statement.text, "quote", (key,), label))


def write_quotes(
    sheet: Sheet,
    chosen: Sequence[Scored],
    intents: Intents,
    neighbours: Mapping[str, Sequence[Statement]],
) -> None:
    """Put the chosen statements on the sheet in reading order with what limits them.

    Args:
        sheet: where they go.
        chosen: statements, best first.
        intents: gives sections their order and heading.
        neighbours: all statements of each document, for what limits a dose elsewhere in it.
    """
    several = len(sheet.documents) > 1
    for statement in _in_reading_order([one.statement for one in chosen], intents):
        label = _label(statement, intents, sheet.documents, several=several)
        sheet.quote(statement, label)
        for limit in limits_of(statement, neighbours[statement.passage.document]):
            sheet.quote(limit, label)


def limits_of(statement: Statement, all_statements: Iterable[Statement]) -> list[Statement]:
    """Statements of the same section that say when not to give the medicine of a dose."""
    if not statement.has_dose:
        return []
    name = _medicine(statement)
    return [
        other
        for other in all_statements
        if other.passage.section == statement.passage.section
        and other.start != statement.start
        and any(_DO_NOT.match(line) and name in words(line) for line in other.lines)
        and not other.has_dose
    ]


def as_citation(statement: Statement, document: Document) -> Citation:
    """The citation of a statement: its published source where the line is tagged with one."""
    passage = statement.passage
    tagged = [source for source in document.sources if source.id in statement.tags]
    sources = tagged or list(document.sources[:1])
    return Citation(
        passage=passage.id,
        title=document.title,
        source="; ".join(_published(source) for source in sources) or document.file_name,
        edition="; ".join(source.edition for source in sources if source.edition),
        section="; ".join(source.section for source in sources) or " > ".join(passage.section),
        page=passage.page,
        url=sources[0].url if sources else "",
        quote=statement.quote,
        status=STATUS_WORDS.get(document.status, document.status),
        start=statement.start,
        end=statement.end,
        document=document.id,
    )


def _published(source: Source) -> str:
    return f"{source.title}, {source.publisher}, {source.year}"


def _medicine(statement: Statement) -> str:
    """First word of a dose line: the medicine."""
    found = words(statement.lines[0]) if statement.lines else []
    return found[0] if found else ""


def _in_reading_order(some: Sequence[Statement], intents: Intents) -> list[Statement]:
    """The section that answers best, then what to do, medicines, danger signs and referral.

    Documents stay apart, the best one first.
    """
    order = list(intents.headings)
    best = some[0] if some else None
    asked_first = _section(best) if best else ""

    def place(statement: Statement) -> tuple[bool, bool, int, int]:
        section = _section(statement)
        same = best is not None and statement.passage.document == best.passage.document
        first = section == asked_first
        known = order.index(section) if section in order else len(order)
        return (not same, not first, known, statement.start)

    return sorted(some, key=place)


def _section(statement: Statement) -> str:
    return statement.passage.section[-1] if statement.passage.section else ""


def _label(
    statement: Statement,
    intents: Intents,
    documents: Mapping[str, Document],
    *,
    several: bool,
) -> str:
    heading = intents.headings.get(_section(statement))
    if heading is None:
        title = documents[statement.passage.document].title
        return f"{_OTHER}: {title}"
    return f"{heading}: {documents[statement.passage.document].title}" if several else heading
