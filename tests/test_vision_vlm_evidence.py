"""What a model that sees adds to the evidence: a voice beside it, never the last word."""

import threading

import numpy as np
import pytest

from assistant.errors import ModelStopped
from assistant.vision.encoder_zero import Seen, prompts
from assistant.vision.evidence import TOP, HeadSays, Looked, evidence
from assistant.vision.heads import About, Head, Judged
from assistant.vision.heads_fit import space_of
from assistant.vision.vlm import Opinion, ScriptedSight
from assistant.vision.vlm_evidence import called, held_of, opinions, with_opinions

PICTURE = np.full((32, 48, 3), 90, np.uint8)
SPACE = space_of(np.random.default_rng(0).normal(size=(50, 4)))
FINDINGS = prompts().findings["chest-xray"]
NEVER = threading.Event()


def head(finding: str, probability: float | None) -> HeadSays:
    about = About(finding, "e", "public set, CC BY 4.0", "2026-01-01", {"auc": 0.91})
    yes = probability is not None and probability >= 0.4
    judged = Judged(finding, probability, yes, 0.4, 1.0, 2.0)
    return HeadSays(Head(about, SPACE, np.zeros(4), 0.0, (1.0, 0.0), 0.4, 2.0), judged, True)


def test_only_what_was_called_is_asked_the_likeliest_first():
    seen = (Seen(FINDINGS[0], 0.95, 0.95), Seen(FINDINGS[1], 0.02, 0.02))
    looked = Looked("e", (head("scabies", 0.5), head("ulcer", 0.9), head("burn", 0.1)), None, seen)
    assert called(looked) == (FINDINGS[0].title, "ulcer", "scabies")
    many = Looked("e", tuple(head(f"finding {number}", 0.9) for number in range(9)))
    assert len(called(many)) == TOP
    assert called(Looked("e", (head("burn", 0.1), head("ulcer", None)))) == ()


@pytest.mark.parametrize(
    ("answers", "held", "part"),
    [(("yes", "no"), "yes", "says that it shows ulcer"),
     (("no", "yes"), "no", "does not rule this out"),
     (("yes", "yes"), "unsure", "contradicts itself on ulcer"),
     (("no", "no"), "unsure", "contradicts itself on ulcer"),
     (("unsure", "no"), "unsure", "nothing is taken from it"),
     (("I think <b>", ""), "unsure", "nothing is taken from it")],
)  # fmt: skip
def test_an_answer_counts_only_where_both_ways_agree(answers, held, part):
    found = evidence(Looked("e", (head("ulcer", 0.9),)))
    (heard,) = opinions(ScriptedSight(answers), PICTURE, ("ulcer",), NEVER)
    assert held_of(heard) == held
    more = with_opinions(found, (heard,), "tiny")
    assert more.sentences[: len(found.sentences)] == found.sentences
    assert part.replace("this out", "it out") in more.sentences[-1].replace("this out", "it out")
    assert "tiny" in more.sentences[-1]
    assert more.query == found.query
    assert more.status == found.status
    assert set(more.results) - set(found.results) == {"ulcer (language model)"}


def test_a_no_takes_nothing_away():
    found = evidence(Looked("e", (head("ulcer", 0.9),)))
    more = with_opinions(found, (Opinion("ulcer", "no", "yes"),), "tiny")
    assert more.query == "ulcer"
    assert "Possible ulcer" in more.sentences[0]
    assert more.results["ulcer"] == found.results["ulcer"]


def test_where_the_evidence_abstains_it_is_not_heard():
    found = evidence(Looked("e", (head("ulcer", None),)))
    assert found.abstained
    assert with_opinions(found, (Opinion("ulcer", "yes", "no"),), "tiny") == found


def test_after_a_cancel_nothing_more_is_asked():
    stop = threading.Event()

    class Impatient(ScriptedSight):
        def look(self, pixels, asked, limits, cancelled):
            answer = super().look(pixels, asked, limits, cancelled)
            if len(self.asked) == 3:
                stop.set()
            return answer

    model = Impatient(["yes", "no"] * 3)
    heard = opinions(model, PICTURE, ("a", "b", "c"), stop)
    assert [one.finding for one in heard] == ["a"]
    assert len(model.asked) == 4


def test_a_model_that_stops_is_told():
    with pytest.raises(ModelStopped):
        opinions(ScriptedSight([ModelStopped("gone")]), PICTURE, ("a",), NEVER)
