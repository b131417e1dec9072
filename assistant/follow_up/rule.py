"""Whether a text leans on an earlier question, and the one question that both together mean.

Pure. A question with a subject of its own is never changed; in doubt nothing is joined. Who the
patient is goes beside the text, as facts, so that no word is put into anybody's mouth.
"""

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from assistant.follow_up.lexicon import Lexicon, Span, folded_in_place
from assistant.follow_up.reading import Named, Reader, Reading
from assistant.follow_up.subject import Subjects

Kind = Literal["alone", "asks", "person", "medicine", "topic", "use"]
_END = re.compile(r"[\s?!.,;:]*$")
MOST_TOPIC_WORDS = 4
"""Words of a bare topic that takes the place of another."""
MOST_OWN_WORDS = 2
"""Words of its own beside a word that points back."""


@dataclass(frozen=True, slots=True)
class Meant:
    """What a text means."""

    asked: str
    """The question to answer: as it was typed, or joined with an earlier one."""
    subject: str = ""
    """What it is about; empty where it names nothing, or was not read yet."""
    stem: str = ""
    """The question without the person."""
    said: str = ""
    """The words that it rests on, as they were typed; danger is looked for in them."""
    kind: Kind = "alone"

    @property
    def is_read(self) -> bool:
        """Whether its subject was looked for."""
        return bool(self.said)


@dataclass(frozen=True)
class Joiner:
    """Decides and joins; keep one, because it holds compiled patterns."""

    reader: Reader

    @property
    def lexicon(self) -> Lexicon:
        """The words of the package."""
        return self.reader.lexicon

    def alone(self, text: str) -> Meant:
        """A text as it stands."""
        read = self.reader.read(text)
        return Meant(text, self._subjects.subject(read), self._subjects.stem(read), text)

    def meant(self, text: str, earlier: Meant, topic: str = "") -> Meant:
        """A text after an earlier question.

        Args:
            text: what was typed.
            earlier: the last question that had a subject.
            topic: title of the document that answered it best, for a subject that is too long.
        """
        read = self.reader.read(text)
        subject = self._short(earlier.subject, topic)
        joined: Meant | None = None
        if subject and read.words and len(read.words) <= self._most("most_words"):
            joined = self._joined(read, replace(earlier, subject=subject))
        return joined or self._going_on(read, earlier)

    def _joined(self, read: Reading, earlier: Meant) -> Meant | None:
        match self._kind(read, earlier):
            case "asks":
                return self._asks(read, earlier)
            case "person":
                return self._person(read, earlier)
            case "use":
                return self._use(read, earlier)
            case "medicine":
                return self._swapped(read, earlier)
            case "topic":
                return self._topic(read, earlier)
            case _:
                return None

    def _going_on(self, read: Reading, earlier: Meant) -> Meant:
        """A text as it stands; one that says "he" keeps the illness described before."""
        alone = self.alone(read.text)
        speaks_of = {one.text for one in read.words} & self.lexicon.set_of("patient", "who")
        is_case = earlier.subject and not self.reader.read(earlier.subject).medicines
        both = f"{earlier.subject}, {alone.subject}"
        if not (speaks_of and is_case and alone.subject) or read.facts or not self._short(both, ""):
            return alone
        return replace(alone, subject=both, said=f"{earlier.said}\n{read.text}")

    def _kind(self, read: Reading, earlier: Meant) -> Kind:
        """How a text leans on an earlier one."""
        if read.medicines:
            return self._kind_of_medicine(read)
        if read.own:
            return self._kind_of_own(read, earlier)
        if read.asks or read.back or self._is_asking(read):
            return "asks"
        return "person" if read.facts else "alone"

    def _kind_of_medicine(self, read: Reading) -> Kind:
        first = read.medicines[0].start
        points_back = any(start < first for start, _ in read.back)
        if points_back and len(read.own) < MOST_OWN_WORDS and self._begins("question", read.text):
            return "asks"
        is_bare = not read.own and not read.asks and len(read.medicines) == 1
        goes_on = self._begins("goes_on", read.text) or self._begins("together", read.text)
        return "medicine" if is_bare and (goes_on or self._says_instead(read.text)) else "alone"

    def _kind_of_own(self, read: Reading, earlier: Meant) -> Kind:
        first = read.own[0].start
        points_back = any(start < first for start, _ in read.back)
        if points_back and len(read.own) <= MOST_OWN_WORDS and self._begins("question", read.text):
            return "asks"
        is_bare = not read.asks and len(read.own) <= MOST_TOPIC_WORDS and not read.back
        if not is_bare:
            return "alone"
        if self._begins("fragment", read.text):
            return "use" if self.reader.read(earlier.subject).medicines else "alone"
        return "topic" if self._begins("goes_on", read.text) else "alone"

    def _asks(self, read: Reading, earlier: Meant) -> Meant:
        """The earlier subject, and what is asked of it now."""
        joined = f"{earlier.subject}: {self._rest(read.text)}"
        stem = self._subjects.stem(self.reader.read(joined))
        return Meant(joined, earlier.subject, stem, earlier.said, "asks")

    def _person(self, read: Reading, earlier: Meant) -> Meant:
        """The earlier question for another patient, or for one who is known better."""
        joined = f"{_END.sub('', earlier.stem)}, {self._rest(read.text)}"
        return Meant(joined, earlier.subject, earlier.stem, earlier.said, "person")

    def _use(self, read: Reading, earlier: Meant) -> Meant:
        """The earlier medicines for another use."""
        there = self.reader.read(earlier.subject)
        named = " and ".join(dict.fromkeys(_said(there, one) for one in there.medicines))
        joined = f"{named} {self._rest(read.text)}"
        again = self.reader.read(joined)
        return Meant(
            joined, self._subjects.subject(again), self._subjects.stem(again), joined, "use"
        )

    def _swapped(self, read: Reading, earlier: Meant) -> Meant | None:
        """The earlier question with another medicine; None where it is not clear for which."""
        there = self.reader.read(earlier.stem if read.facts else earlier.asked)
        old = self._in_question(there, is_with=self._begins("together", read.text))
        new = read.medicines[0]
        if old is None or new.id in {one.id for one in there.medicines}:
            return None
        joined = there.text[: old.start] + _said(read, new) + there.text[old.end :]
        return self._with_person(joined, read, "medicine")

    def _topic(self, read: Reading, earlier: Meant) -> Meant | None:
        """The earlier question on another topic; None where its topic is not one run of words."""
        there = self.reader.read(earlier.stem if read.facts else earlier.asked)
        runs = self._subjects.runs(there)
        if there.medicines or len(runs) != 1 or not there.asks:
            return None
        start, end = runs[0]
        if len(there.own) > MOST_TOPIC_WORDS or not _is_one_run(there, (start, end)):
            return None
        new = read.text[read.own[0].start : read.own[-1].end]
        joined = there.text[:start] + new + there.text[end:]
        return self._with_person(joined, read, "topic")

    def _with_person(self, joined: str, read: Reading, kind: Kind) -> Meant:
        again = self.reader.read(joined)
        said = dict.fromkeys(read.text[one.start : one.end] for one in read.facts)
        asked = f"{', '.join([_END.sub('', joined), *said])}?"
        return Meant(asked, self._subjects.subject(again), self._subjects.stem(again), joined, kind)

    def _in_question(self, there: Reading, *, is_with: bool) -> Named | None:
        """The one medicine that a question is about, not those that are taken already."""
        if not there.medicines:
            return None
        if is_with and len(there.medicines) > 1:
            return there.medicines[-1]
        taken = set(self.reader.taken_in(there.text))
        asked = [one for one in there.medicines if one.id not in taken]
        return asked[0] if len({one.id for one in asked}) == len(asked) == 1 else None

    def _rest(self, text: str) -> str:
        """A text without the words by which it goes on."""
        folded = folded_in_place(text)
        found = self._opening.match(folded)
        rest = text[found.end() :] if found else text
        return rest.strip() or text.strip()

    def _short(self, subject: str, topic: str) -> str:
        return subject if len(subject.split()) <= self._most("most_subject_words") else topic

    def _most(self, name: str) -> int:
        return int(self.lexicon.table[name])

    def _is_asking(self, read: Reading) -> bool:
        """Whether a text of small words asks something, and not of the assistant."""
        said = {one.text for one in read.words}
        is_person = bool(read.facts) or bool(said & self.lexicon.set_of("asking", "assistant"))
        return bool(said & self.lexicon.set_of("asking")) and not is_person

    def _begins(self, name: str, text: str) -> bool:
        return bool(self.lexicon.pattern("lead", name).match(folded_in_place(text)))

    def _says_instead(self, text: str) -> bool:
        return bool(self.lexicon.pattern("lead", "instead").search(folded_in_place(text)))

    @cached_property
    def _subjects(self) -> Subjects:
        return Subjects(self.lexicon)

    @cached_property
    def _opening(self) -> re.Pattern[str]:
        return self.lexicon.pattern("lead", "opening")


def _said(read: Reading, one: Named) -> str:
    return read.text[one.start : one.end]


def _is_one_run(read: Reading, run: Span) -> bool:
    return all(run[0] <= one.start and one.end <= run[1] for one in read.own)
