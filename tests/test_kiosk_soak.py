"""Patient after patient over HTTP: nothing of one reaches the next, and memory does not grow."""

import pytest
from fakes_kiosk import EchoAnswers, kiosk_parts

from ui.kiosk.soak import quick_voice, soak

pytestmark = pytest.mark.timeout(120)


class Forgetful(EchoAnswers):
    """Answers without remembering what was asked."""

    def stream(self, question, cancelled):
        """The same answers."""
        yield from super().stream(question, cancelled)
        self.asked.clear()


def test_a_thousand_patients_leave_nothing_behind():
    parts, _ = kiosk_parts(script=[], answers=Forgetful(), voice=quick_voice)
    found = soak(parts, 1000)
    assert found["resets"] == found["sessions"] == 1100
    assert found["leaks"] == 0
    assert found["texts_kept"] == 0
    assert found["growth_percent"] <= 5, found


class Gossip(EchoAnswers):
    """Tells everybody what the one before asked."""

    def __init__(self):
        super().__init__()
        self.last = ""

    def stream(self, question, cancelled):
        """Answers with the words of the patient before mixed in."""
        from dataclasses import replace

        heard, self.last = self.last, question.text
        yield from super().stream(replace(question, text=f"{question.text} {heard}"), cancelled)


def test_the_soak_sees_a_leak():
    parts, _ = kiosk_parts(script=[], answers=Gossip(), voice=quick_voice)
    found = soak(parts, 10)
    assert found["leaks"] > 50
    assert found["texts_kept"] > 50
