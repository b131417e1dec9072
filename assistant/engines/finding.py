"""What an engine has to say to a question."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from assistant.messages import STATUS_WORDS, Citation, Computed, Patient


@dataclass(frozen=True, slots=True)
class Finding:
    """One engine's result for one question."""

    computed: Computed
    text: str = ""
    """The sentence for the person; every number in it stands in `computed`. Empty: only facts are
    missing."""
    citation: Citation | None = None
    """The source of the rule or formula."""
    warnings: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    """Facts that the engine needs, such as `weight`."""
    forbids: tuple[str, ...] = ()
    """Names of medicines that this patient must not get: lines with their doses are left out."""


class Engine(Protocol):
    """Finds what it can work out for a question."""

    def findings(self, text: str, patient: Patient) -> Sequence[Finding]:
        """Results for the question; none when it does not concern this engine."""


def cite(key: str, title: str, source: str, quote: str, status: str) -> Citation:
    """A citation of a table row or formula, which has no place in a document."""
    return Citation(
        passage=key,
        title=title,
        source=source,
        edition="",
        section="",
        page=None,
        url="",
        quote=quote,
        status=STATUS_WORDS.get(status, status),
        start=0,
        end=0,
        document=key,
    )
