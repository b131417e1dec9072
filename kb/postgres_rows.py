"""How documents, passages and their words are laid down in the tables of a server."""

from collections.abc import Iterator, Sequence

from kb.postgres_link import Transaction
from kb.postgres_words import Cutter, lengths, postings
from kb.rows import Row

POSTINGS = ("term", "col", "document", "doc", "cnt", "hits", "places")
PASSAGES = tuple(
    "rowid id document title aliases heading section page start end text population setting digest"
    " tokens".split()
)
DOCUMENTS = tuple(
    "number id pack title digest media_type status kind language details text original"
    " added".split()
)
Content = tuple[Row, list[Row]]


def put_contents(db: Transaction, cutter: Cutter, contents: Sequence[Content]) -> None:
    """Append documents with their passages and words, numbered on from the last."""
    number = _next(db, "SELECT max(number) FROM documents")
    first = _next(db, "SELECT max(rowid) FROM passages")
    documents = [{**document, "number": number + at} for at, (document, _) in enumerate(contents)]
    db.copy("documents", DOCUMENTS, _ordered(documents, DOCUMENTS))
    passages: list[Row] = []
    words: list[Sequence[object]] = []
    for document, (_, rows) in zip(documents, contents, strict=True):
        start = first + len(passages)
        cut = cutter.cut(rows)
        tokens = lengths(cut, len(rows))
        passages += [
            {**row, "rowid": start + at, "tokens": length}
            for at, (row, length) in enumerate(zip(rows, tokens, strict=True))
        ]
        words += postings(cut, document["number"], start, tokens)
    db.copy("passages", PASSAGES, _ordered(passages, PASSAGES))
    db.copy("postings", POSTINGS, words)


def _next(db: Transaction, last: str) -> int:
    return int(db.execute(last).fetchone()[0] or 0) + 1


def _ordered(rows: Sequence[Row], columns: Sequence[str]) -> Iterator[list[object]]:
    for row in rows:
        yield [row[column] for column in columns]
