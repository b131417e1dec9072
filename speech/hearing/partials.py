"""What is shown while a person still speaks: the sound so far is heard again and again.

Two hearings in a row agree on a beginning; that beginning is firm and does not change any more
(the rule of Liu, Spanakis and Niehues, Low-latency sequence-to-sequence speech recognition,
Interspeech 2020). The rest is shown as uncertain. Nothing of a partial text is ever acted upon.
"""

from dataclasses import dataclass

from speech.hearing.invented import folded


@dataclass(frozen=True, slots=True)
class Partial:
    """The text so far."""

    firm: str
    """Does not change until the utterance ends."""
    loose: str
    """May change with the next hearing."""

    @property
    def text(self) -> str:
        """All of it."""
        return f"{self.firm} {self.loose}".strip()


@dataclass(frozen=True, slots=True)
class Agreement:
    """Hearings of one utterance so far; `heard` gives the next state."""

    firm: tuple[str, ...] = ()
    last: tuple[str, ...] = ()

    def heard(self, text: str) -> "Agreement":
        """The state after one more hearing of the sound so far."""
        words = tuple(text.split())
        agreed = 0
        for one, other in zip(self.last, words, strict=False):
            if folded(one) != folded(other):
                break
            agreed += 1
        # What is firm stays, even where a later hearing differs: text that jumps is not read.
        firm = self.firm if agreed <= len(self.firm) else words[:agreed]
        if firm[: len(self.firm)] != self.firm:
            firm = (*self.firm, *firm[len(self.firm) :])
        return Agreement(firm, words)

    @property
    def partial(self) -> Partial:
        """What to show; only what is firm where the last hearing contradicts it."""
        count = len(self.firm)
        same = all(
            folded(one) == folded(other) for one, other in zip(self.firm, self.last, strict=False)
        )
        return Partial(" ".join(self.firm), " ".join(self.last[count:]) if same else "")


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When the sound so far is heard again: never more than half of the time."""

    shortest_s: float = 0.6
    """Sound that must be there, and new sound since the last hearing."""
    share: float = 0.5
    """Of the time that hearing may take."""

    def due(self, sound_s: float, heard_s: float, took_s: float, since_s: float) -> bool:
        """Whether to hear again.

        Args:
            sound_s: seconds of sound so far.
            heard_s: seconds of sound at the last hearing; 0 = none yet.
            took_s: seconds that the last hearing took.
            since_s: seconds since it ended.
        """
        new = sound_s - heard_s >= self.shortest_s
        return new and since_s >= took_s * (1 - self.share) / self.share
