"""A desk whose assistant writes slowly, for what must happen while an answer is being written."""

import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from assistant.errors import BadQuestion
from assistant.messages import Answer, Flag, Question, Sentence, Urgency
from kb.errors import UnreadableDocument
from kb.library import Library
from kb.messages import Extraction
from kb.store import Store
from ui.settings import Settings
from ui.web.server import build_app, listen, run
from ui.wiring import Desk

DANGER = Flag("fits", "Convulsion", "emergency", "fits", "Lay on the side.", "Made-up source")


class SlowAssistant:
    """Writes a line that repeats the question every twentieth of a second, until it is stopped."""

    def __init__(self, lines: int = 400) -> None:
        self._lines = lines
        self.running = 0

    def stream(self, question: Question, cancelled: threading.Event) -> Iterator[Answer]:
        """Danger at once, then line by line."""
        if not question.text.strip():
            raise BadQuestion("Please type a question.")
        if "broken" in question.text:
            raise ZeroDivisionError("a fault of the program")
        answer = Answer(question.text, "model", fake_triage(question.text), done=False)
        self.running += 1
        try:
            yield answer
            for number in range(self._lines):
                if cancelled.wait(0.05):
                    break
                line = Sentence(f"Line {number} on {question.text}.", "written")
                answer = replace(answer, sentences=(*answer.sentences, line))
                yield answer
            yield replace(answer, done=True)
        finally:
            self.running -= 1


def fake_triage(text: str, patient: object = None) -> Urgency:
    """Knows one danger sign."""
    return Urgency("emergency", (DANGER,)) if "fits" in text else Urgency()


class FakeRules:
    """The rules that the page uses by itself."""

    triage = staticmethod(fake_triage)


def slow_desk(library: Library, home: Path, lines: int = 400) -> Desk:
    """A desk with a slow assistant and a real library."""
    return Desk(SlowAssistant(lines), library, FakeRules(), Settings(home=home), ("A banner.",))


def no_parser(data: bytes, name: str) -> Extraction:
    """This library takes no files."""
    raise UnreadableDocument(f"{name} was not to be read")


def main(home: Path) -> None:
    """Serve the page on a slow desk until ended; prints its address."""
    desk = slow_desk(Library(Store(None, bytes(32)), no_parser), home)
    listener = listen("127.0.0.1", 7961)
    port = listener.getsockname()[1]
    app = build_app(desk, port, home)
    sys.stdout.write(f"http://127.0.0.1:{port}\n")
    sys.stdout.flush()
    run(app, listener)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
