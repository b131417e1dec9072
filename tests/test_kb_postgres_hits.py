"""The same hits in the same order from a file and from a PostgreSQL server."""

import random
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest
from conftest import KEY
from postgres_server import Server, started

from kb.embed import Floats
from kb.library import Library
from kb.onnx_encoder import OnnxEncoder, open_encoder
from kb.postgres import PostgresStore
from kb.ready_vectors import load_ready
from kb.starter_pack import index_starter
from kb.store import Store

QUESTIONS = 300
EXPRESSIONS = 400


class OneReading:
    """The real encoder; each question is read once for both libraries."""

    def __init__(self) -> None:
        self._encoder: OnnxEncoder = open_encoder()
        self.name = self._encoder.name
        self.embed_batch = self._encoder.embed_batch
        self.embed_query = lru_cache(maxsize=None)(self._read)

    def _read(self, text: str) -> Floats:
        return self._encoder.embed_query(text)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        Path(folder).chmod(0o755)
        running = started(Path(folder) / "s")
        yield running
        running.stop()


@pytest.fixture(scope="module")
def stores(server: Server) -> Iterator[tuple[Store, PostgresStore]]:
    pair = Store(None, KEY), PostgresStore(server.new_database())
    yield pair
    for store in pair:
        store.close()


@pytest.fixture(scope="module")
def libraries(stores: tuple[Store, PostgresStore]) -> tuple[Library, Library]:
    encoder = OneReading()
    opened = [Library(store, lambda data, name: None, encoder, load_ready) for store in stores]
    for library in opened:
        index_starter(library)
    return opened[0], opened[1]


def asked(library: Library) -> list[str]:
    """How people bring documents up, the cards' titles, and both with a slip of the hand."""
    some = random.Random(7)
    texts = [text for document in library.documents() for text in (document.title, *document.asked)]
    picked = some.sample(texts, QUESTIONS)
    for at in range(0, QUESTIONS, 3):
        place = some.randrange(len(picked[at]))
        picked[at] = picked[at][:place] + picked[at][place + 1 :]
    return picked


def test_questions_have_the_same_hits(libraries: tuple[Library, Library]) -> None:
    file, server = libraries
    different = []
    for question in asked(file):
        one, other = file.rank(question), server.rank(question)
        if one != other:
            different.append(question)
        assert one.documents
    assert different == []


def test_words_are_the_same(
    stores: tuple[Store, PostgresStore], libraries: tuple[Library, Library]
) -> None:
    sql = "SELECT term, col, doc, cnt FROM words ORDER BY term, col"
    file, server = (store.query(sql) for store in stores)
    assert len(file) > 5_000
    assert file == server


def test_expressions_have_the_same_scores(
    stores: tuple[Store, PostgresStore], libraries: tuple[Library, Library]
) -> None:
    """Expressions of every shape, of rare and frequent words, to the last bit of the score."""
    some = random.Random(11)
    texts = [row["text"] for row in stores[0].query("SELECT text FROM passages ORDER BY rowid")]
    found = 0
    for _ in range(EXPRESSIONS):
        expression = written(some, texts)
        one, other = (list(store.match(expression, 300).items()) for store in stores)
        assert one == other, expression
        found += bool(one)
    assert found > EXPRESSIONS // 2


def written(some: random.Random, texts: list[str]) -> str:
    """As `kb/narrowing.py` writes them: any of terms, and of pairs of terms."""
    parts = [
        f"(({term(some, texts)}) AND ({term(some, texts)}))"
        if some.random() < 0.5
        else term(some, texts)
        for _ in range(some.randrange(1, 6))
    ]
    return " OR ".join(parts)


def term(some: random.Random, texts: list[str]) -> str:
    """As `kb/query.py` writes them: any of some ways to say a thing."""
    ways = []
    for _ in range(some.randrange(1, 4)):
        words = some.choice(texts).split()
        several = [f'"{plain(some.choice(words))}"' for _ in range(some.randrange(1, 4))]
        together = f"({' AND '.join(several)})"
        ways.append(quoted(some, words) if some.random() < 0.7 else together)
    return " OR ".join(ways)


def plain(word: str) -> str:
    """Letters and figures of a word."""
    return "".join(filter(str.isalnum, word)) or "a"


def quoted(some: random.Random, words: list[str]) -> str:
    """One word, two that stand together, two that do not, or the beginning of one."""
    at = some.randrange(len(words))
    kind = some.randrange(4)
    if kind == 0:
        text = " ".join(words[at : at + 2])
    elif kind == 1:
        text = f"{words[at]} {some.choice(words)}"
    else:
        text = words[at]
    text = text.replace('"', '""')
    return f'"{text[:4]}" *' if kind == 2 and text[:4].isalpha() else f'"{text}"'
