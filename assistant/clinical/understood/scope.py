"""For whom, when and whether something that a text mentions holds."""

import re
import tomllib
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files

from assistant.clinical.understood.plain import Plain
from assistant.clinical.understood.stated import Status, Whose

_CLAUSE = re.compile(r",|\band\b")
_REACH = 6
"""Words that a denial reaches; what stands farther is another statement."""
_NEAR = 60
"""Letters around a mention in which a time is looked for."""


@dataclass(frozen=True, slots=True)
class Held:
    """Whether a mention holds, for whom, and since when."""

    status: Status = "present"
    whose: Whose = "patient"
    when: str = ""


class Scope:
    """Judges mentions by the words around them; patterns are compiled on first use."""

    @cached_property
    def _words(self) -> dict[str, re.Pattern[str]]:
        path = files("assistant.clinical.understood") / "scope.toml"
        rows = tomllib.loads(path.read_text(encoding="utf-8"))
        return {name: re.compile(pattern) for name, pattern in rows.items()}

    def of(self, text: Plain, start: int, end: int) -> Held:
        """How the mention between two places of a text holds."""
        first, last = text.sentence(start)
        before, behind = text.lower[first:start], text.lower[end:last]
        whose: Whose = "family" if self._family(before, behind) else "patient"
        status = self._status(before, behind)
        if whose == "family" and status == "history":
            status = "present"  # `family history of`
        return Held(status, whose, self._when(text, start, end))

    def _status(self, before: str, behind: str) -> Status:
        words = self._words
        open_part = _last_part(words["stops"], before)
        if words["hypothetical"].search(before) or words["hypothetical_behind"].match(behind):
            return "hypothetical"
        if self._denied(open_part, behind):
            return "denied"
        if words["possible"].search(before) or words["possible_behind"].match(behind):
            return "possible"
        clause = _last_part(_CLAUSE, before)
        if words["history"].search(clause) or words["history_behind"].match(behind):
            return "history"
        return "present"

    def _denied(self, before: str, behind: str) -> bool:
        words = self._words
        if words["denied_behind"].match(behind):
            return True
        found = [*words["denied_before"].finditer(before)]
        if not found:
            return False
        between = before[found[-1].end() :]
        if "," not in between and not re.search(r"\band\b", between):
            return len(between.split()) <= _REACH
        listed = words["denied_list"].search(before)
        return bool(listed or words["list_goes_on"].search(between + behind))

    def _family(self, before: str, behind: str) -> bool:
        words = self._words
        return bool(words["family"].search(before) or words["family_behind"].match(behind))

    def _when(self, text: Plain, start: int, end: int) -> str:
        """The nearest time in the same sentence, behind the mention before that ahead of it."""
        first, last = text.sentence(start)
        after = self._words["when"].search(text.lower, end, min(last, end + _NEAR))
        if after and "," not in text.lower[end : after.start()]:
            return text.text[after.start() : after.end()]
        ahead = [*self._words["when"].finditer(text.lower, max(first, start - _NEAR), start)]
        if ahead and "," not in text.lower[ahead[-1].end() : start]:
            return text.text[ahead[-1].start() : ahead[-1].end()]
        return ""


def _last_part(pattern: re.Pattern[str], before: str) -> str:
    """What stands behind the last place where a pattern matches."""
    at = 0
    for match in pattern.finditer(before):
        at = match.end()
    return before[at:]
