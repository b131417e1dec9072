"""The tools themselves: engines and library, behind the calls of a model."""

from assistant.engines.engines import Engines
from assistant.engines.finding import Finding
from assistant.looking_up import LookUp
from assistant.messages import Patient
from assistant.tools.calls import Call
from assistant.writing.quotes import Sheet

_ASKED = {
    "dose": ("dose", "dose of {input}"),
    "interactions": ("interactions", "do {input} interact together"),
    "calculate": ("calculator", "calculate {input}"),
}
"""Tool -> name of the engine, and the question it is asked."""
MOST_LINES = 4


class ToolBox:
    """Carries calls out for one question and keeps what came of them.

    Results are findings like those of the rules: they enter the answer as computed sentences
    past the gate, never in the model's words.
    """

    def __init__(self, engines: Engines, look_up: LookUp, patient: Patient, sheet: Sheet) -> None:
        """Take the engines, the library, whom it is about, and the sheet that lines go to."""
        self._engines = engines
        self._look_up = look_up
        self._patient = patient
        self._sheet = sheet
        self.findings: list[Finding] = []
        self.lines: list[str] = []
        """Citation keys of lines that a search has added."""

    def use(self, call: Call) -> str:
        """What a tool says, for the model; empty for nothing."""
        if call.tool == "search":
            return self._search(call.input)
        engine, question = _ASKED[call.tool]
        asked = question.format(input=call.input)
        found = [
            one
            for one in self._engines.findings(asked, self._patient)
            if one.computed.engine == engine
        ]
        self.findings += [one for one in found if one not in self.findings]
        missing = [f"missing: {fact}" for one in found for fact in one.missing]
        return " ".join([one.text for one in found if one.text] + missing)

    def _search(self, text: str) -> str:
        """Lines of the library on something else, put on the sheet as citations."""
        sheet = self._look_up.find(text, self._patient).sheet
        if sheet is None:
            return ""
        self._sheet.documents.update(sheet.documents)
        found = list(sheet.statements.values())[:MOST_LINES]
        keys = [self._sheet.cite(statement) for statement in found]
        self.lines += [key for key in keys if key not in self.lines]
        return " ".join(statement.text for statement in found)
