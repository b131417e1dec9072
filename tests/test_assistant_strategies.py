"""Strategies: what they ask, how often, when they end, and what they make of the answers."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import ModelError, ModelStopped
from assistant.writing.scripted import Pace, ScriptedModel
from assistant.writing.strategies.asker import Asker
from assistant.writing.strategies.checking import BestOf, Careful, Critique
from assistant.writing.strategies.choices import marked_choice, read_choice, shuffled
from assistant.writing.strategies.direct import Direct
from assistant.writing.strategies.finding import Decompose, Hypothesis, WhenUnsure
from assistant.writing.strategies.panel import ROLES, Panel
from assistant.writing.strategies.registry import NAMES, Tools, UnknownStrategy, defaults, strategy
from assistant.writing.strategies.task import Budget, Checked, Fault, Task, run
from assistant.writing.strategies.thinking import Thinking, without_thoughts
from assistant.writing.strategies.voting import SelfConsistency, VerifyChoices

OPEN = Task("How much ORS?", "10 kg", ("Give 75 mL/kg of ORS over 4 hours.", "Give zinc."))
EXAM = Task("Which is first?", choices=("oxygen", "antibiotic", "transfer", "nothing"))


def done(which, task, model, budget=None, cancelled=None):
    """The last result and how many results there were."""
    results = list(run(which, task, Asker(model, cancelled or threading.Event(), budget)))
    assert [result.done for result in results] == [False] * (len(results) - 1) + [True]
    return results[-1]


def votes(*choices):
    """Letters that name these choices in the orders in which they are asked for."""
    return [
        "ABCD"[shuffled(EXAM, seed).task.choices.index(choice)]
        for seed, choice in enumerate(choices)
    ]


def gate(text):
    """A gate for tests: sentences with `good` pass."""
    sentences = [one.strip() for one in text.split(".") if one.strip()]
    faults = tuple(Fault(one, "not in the line") for one in sentences if "good" not in one)
    return Checked(len(sentences) - len(faults), faults)


# --- one call -------------------------------------------------------------------------------------


def test_direct_asks_once_and_gives_the_text():
    model = ScriptedModel(["Give 75 mL/kg of ORS over 4 hours [1]."])
    result = done(Direct(), OPEN, model)
    assert result.draft.text == "Give 75 mL/kg of ORS over 4 hours [1]."
    assert result.draft.lines == OPEN.lines
    assert (result.cost.calls, result.draft.stopped) == (1, "answered")
    assert result.cost.written_tokens == 9
    assert result.cost.prompt_tokens == len(model.prompts[0].text.split())


@pytest.mark.parametrize("said", ["NO ANSWER [0].", "no answer", "", "   "])
def test_direct_abstains_when_the_model_does(said):
    assert done(Direct(), OPEN, ScriptedModel([said])).draft.stopped == "abstained"


@pytest.mark.parametrize(
    ("said", "choice"),
    [
        ("B", 1),
        ("B)", 1),
        ("(c) transfer", 2),
        ("C. transfer", 2),
        ("**ANSWER: D**", 3),
        ("Answer is A", 0),
        ("ANSWER: A ... no, ANSWER: C", 2),
        ("The right one is oxygen.", 0),
        ("oxygen, not the antibiotic", None),
        ("NO ANSWER", None),
        ("No answer. A would be wrong.", None),
        ("J", None),
        ("E) everything", None),
        ("A good doctor asks first.", None),
        ("", None),
    ],
)
def test_a_choice_is_read_or_not_at_all(said, choice):
    assert read_choice(said, EXAM.choices) == choice


def test_thoughts_only_count_when_they_are_marked():
    assert marked_choice("A) would be oxygen, B) is later", EXAM.choices) is None
    assert marked_choice("A) first. ANSWER: B", EXAM.choices) == 1


@given(st.integers(0, 10_000))
def test_a_shuffled_choice_finds_its_way_back(seed):
    mixed = shuffled(EXAM, seed)
    assert sorted(mixed.task.choices) == sorted(EXAM.choices)
    for place, text in enumerate(mixed.task.choices):
        assert EXAM.choices[mixed.back(place)] == text
    assert mixed.back(None) is None


def test_seed_nought_keeps_the_order_and_others_change_it():
    assert shuffled(EXAM, 0).task == EXAM
    assert len({shuffled(EXAM, seed).order for seed in range(20)}) > 5


# --- votes ----------------------------------------------------------------------------------------


def test_self_consistency_ends_when_nobody_can_overtake():
    model = ScriptedModel(votes("oxygen", "oxygen", "oxygen", "nothing", "nothing"))
    result = done(SelfConsistency(5), EXAM, model)
    assert (result.draft.choice, result.draft.stopped, result.cost.calls) == (0, "agreed", 3)


def test_self_consistency_takes_the_majority_of_all():
    said = votes("oxygen", "transfer", "transfer", "oxygen", "transfer")
    result = done(SelfConsistency(5), EXAM, ScriptedModel(said))
    assert (result.draft.choice, result.draft.share, result.cost.calls) == (2, 0.6, 5)


def test_self_consistency_asks_in_other_orders_and_freely_after_the_first():
    model = ScriptedModel(votes("oxygen", "nothing", "oxygen", "nothing", "oxygen"))
    done(SelfConsistency(5, temperature=0.7), EXAM, model)
    assert len({prompt.text for prompt in model.prompts}) > 2
    assert [limits.temperature for limits in model.limits] == [0.0, 0.7, 0.7, 0.7, 0.7]
    assert [limits.seed for limits in model.limits] == [0, 1, 2, 3, 4]


def test_a_model_that_always_says_the_first_letter_convinces_nobody():
    result = done(SelfConsistency(7), EXAM, ScriptedModel(["A"] * 7))
    assert result.draft.share < 0.6 or result.draft.choice is None
    assert result.cost.calls == 7


def test_self_consistency_abstains_without_a_majority():
    said = [*votes("oxygen", "antibiotic", "transfer", "nothing"), "NO ANSWER"]
    result = done(SelfConsistency(5), EXAM, ScriptedModel(said))
    assert (result.draft.choice, result.draft.stopped) == (None, "abstained")


def test_verify_takes_the_one_that_is_right():
    model = ScriptedModel(["NO", "YES", "UNSURE", "no"])
    result = done(VerifyChoices(), EXAM, model)
    assert (result.draft.choice, result.draft.stopped, result.cost.calls) == (1, "settled", 4)
    assert "Proposed answer: antibiotic" in model.prompts[1].text
    assert "Choices:" not in model.prompts[1].text


@pytest.mark.parametrize(
    ("said", "last", "choice"),
    [
        (["YES", "NO", "YES", "NO"], "B", 2),
        (["NO", "NO", "NO", "NO"], "D", 3),
        (["UNSURE"] * 4, "NO ANSWER", None),
    ],
)
def test_verify_asks_again_among_those_that_stand(said, last, choice):
    model = ScriptedModel([*said, last])
    result = done(VerifyChoices(), EXAM, model)
    assert (result.draft.choice, result.cost.calls) == (choice, 5)


# --- the gate as verifier -------------------------------------------------------------------------


def test_best_of_ends_at_the_first_draft_without_a_fault():
    model = ScriptedModel(["bad one.", "good one. good two.", "good three."])
    result = done(BestOf(gate, 3), OPEN, model)
    assert (result.draft.text, result.draft.stopped) == ("good one. good two.", "settled")
    assert result.cost.calls == 2
    assert [limits.temperature for limits in model.limits] == [0.0, 0.7]


def test_best_of_takes_the_draft_of_which_most_passes():
    drafts = ["good. bad.", "good. good again. bad.", "bad. worse."]
    result = done(BestOf(gate, 3), OPEN, ScriptedModel(drafts))
    assert (result.draft.text, result.draft.stopped) == (drafts[1], "rounds")
    assert result.cost.calls == 3


def test_best_of_abstains_when_nothing_passes():
    result = done(BestOf(gate, 3), OPEN, ScriptedModel(["bad.", "NO ANSWER", "bad again."]))
    assert (result.draft.text, result.draft.stopped) == ("", "abstained")


def test_critique_mends_what_the_gate_refuses():
    model = ScriptedModel(["good. bad.", "NONE", "good. good again.", "NONE"])
    result = done(Critique(gate, 2), OPEN, model)
    assert (result.draft.text, result.draft.stopped) == ("good. good again.", "settled")
    assert result.cost.calls == 4
    assert "- bad (not in the line)" in model.prompts[2].text


def test_critique_listens_to_the_critic_too():
    model = ScriptedModel(["good.", "- the unit is wrong", "good. good now.", "NONE"])
    result = done(Critique(gate, 2), OPEN, model)
    assert result.draft.text == "good. good now."
    assert "the unit is wrong" in model.prompts[2].text


def test_critique_leaves_a_good_draft_alone():
    result = done(Critique(gate, 2), OPEN, ScriptedModel(["good.", "NONE"]))
    assert (result.draft.text, result.draft.stopped, result.cost.calls) == ("good.", "settled", 2)


def test_critique_never_ends_worse_than_it_began():
    model = ScriptedModel(["good. good. bad.", "NONE", "bad.", "NONE", "bad. bad."])
    result = done(Critique(gate, 2), OPEN, model)
    assert (result.draft.text, result.draft.stopped) == ("good. good. bad.", "rounds")
    assert result.cost.calls == 5


def test_critique_ends_when_a_round_changes_nothing():
    model = ScriptedModel(["good. bad.", "NONE", "good. bad."])
    result = done(Critique(gate, 5), OPEN, model)
    assert (result.cost.calls, result.draft.stopped) == (3, "settled")


def test_careful_mends_only_what_several_drafts_did_not_settle():
    settled = done(Careful(gate, 3, 1), OPEN, ScriptedModel(["good."]))
    assert (settled.cost.calls, settled.draft.stopped) == (1, "settled")
    model = ScriptedModel(["bad.", "good. bad.", "bad.", "NONE", "good. good."])
    mended = done(Careful(gate, 3, 1), OPEN, model)
    assert (mended.draft.text, mended.cost.calls) == ("good. good.", 5)


# --- looking up -----------------------------------------------------------------------------------


def test_decompose_answers_each_part_with_its_own_lines_and_counts_marks_over_all():
    asked = []

    def retrieve(query):
        asked.append(query)
        return {
            "How much ORS?": [OPEN.lines[0]],
            "Which zinc dose?": ["Zinc 20 mg.", "Give zinc."],
        }[query]

    model = ScriptedModel(
        [
            "1. How much ORS?\n- Which zinc dose?\n",
            "75 mL/kg [1].",
            "20 mg [1]. Give zinc [2]. More [9].",
        ]
    )
    result = done(Decompose(retrieve), OPEN, model)
    assert asked == ["How much ORS?", "Which zinc dose?"]
    assert result.draft.lines == (*OPEN.lines, "Zinc 20 mg.")
    assert result.draft.text == "75 mL/kg [1]. 20 mg [3]. Give zinc [2]. More [0]."
    assert result.cost.calls == 3


def test_decompose_of_a_simple_question_answers_it():
    model = ScriptedModel(["", "Give zinc [2]."])
    result = done(Decompose(lambda query: []), OPEN, model)
    assert (result.draft.text, result.cost.calls) == ("Give zinc [2].", 2)


def test_decompose_looks_up_at_most_three_parts():
    many = "\n".join(f"{n}. What about part {n}?" for n in range(1, 9))
    model = ScriptedModel([many, *["Give zinc [1]."] * 8])
    assert done(Decompose(lambda query: ["Give zinc."]), OPEN, model).cost.calls == 4


def test_decompose_brings_lines_to_an_exam_question():
    model = ScriptedModel(["What comes first in shock?\nWhat is oxygen for?", "A"])
    result = done(Decompose(lambda query: [f"On {query}"]), EXAM, model)
    assert (result.draft.choice, result.cost.calls) == (0, 2)
    assert "On What is oxygen for?" in model.prompts[1].text


def test_a_hypothesis_is_searched_with_and_shown_to_nobody():
    asked = []

    def retrieve(query):
        asked.append(query)
        return ["Give zinc for 10 days."]

    model = ScriptedModel(["Guessed: zinc for 99 days.", "Give zinc for 10 days [1]."])
    result = done(Hypothesis(retrieve), Task("How long zinc?"), model)
    assert "99 days" in asked[0]
    assert "How long zinc?" in asked[0]
    assert "99 days" not in model.prompts[1].text
    assert "99 days" not in result.draft.text
    assert result.draft.lines == ("Give zinc for 10 days.",)


def test_a_sure_model_looks_nothing_up():
    def forbidden(query):
        raise AssertionError(query)

    result = done(
        WhenUnsure(forbidden, 3), EXAM, ScriptedModel(votes("oxygen", "oxygen", "oxygen"))
    )
    assert (result.draft.choice, result.draft.stopped, result.cost.calls) == (0, "agreed", 3)


def test_an_unsure_model_looks_it_up_at_once():
    model = ScriptedModel([*votes("oxygen", "nothing"), "B"])
    result = done(WhenUnsure(lambda query: ["Antibiotic first."], 5), EXAM, model)
    assert (result.draft.choice, result.cost.calls) == (1, 3)
    assert "Antibiotic first." in model.prompts[2].text
    assert "Antibiotic first." not in model.prompts[1].text


def test_lines_that_do_not_answer_lead_to_one_other_search():
    model = ScriptedModel(["NO ANSWER [0].", "zinc dose child", "Give zinc 20 mg [1]."])
    result = done(WhenUnsure(lambda query: [f"{query}: 20 mg"]), OPEN, model)
    assert result.draft.text == "Give zinc 20 mg [1]."
    assert result.draft.lines[0] == "zinc dose child: 20 mg"
    assert result.cost.calls == 3


# --- panel ----------------------------------------------------------------------------------------


def test_a_simple_question_needs_no_panel():
    result = done(Panel(), EXAM, ScriptedModel(votes("transfer", "transfer")))
    assert (result.draft.choice, result.draft.stopped, result.cost.calls) == (2, "agreed", 2)


def test_roles_that_agree_need_no_moderator():
    model = ScriptedModel([*votes("transfer", "oxygen"), *["First. ANSWER: B"] * 3])
    result = done(Panel(), EXAM, model)
    assert (result.draft.choice, result.draft.stopped, result.cost.calls) == (1, "agreed", 5)
    assert len({prompt.text for prompt in model.prompts[2:]}) == len(ROLES)


def test_a_moderator_decides_and_may_go_against_the_many():
    views = ["Dose first. ANSWER: B", "Illness first. ANSWER: B", "Wrong. ANSWER: D"]
    model = ScriptedModel([*votes("transfer", "oxygen"), *views, "ANSWER: D"])
    result = done(Panel(), EXAM, model)
    assert (result.draft.choice, result.draft.stopped, result.cost.calls) == (3, "settled", 6)
    assert "sceptic (D): Wrong." in model.prompts[-1].text


def test_a_moderator_may_abstain():
    views = ["ANSWER: A", "ANSWER: B", "no idea"]
    model = ScriptedModel([*votes("transfer", "oxygen"), *views, "NO ANSWER"])
    assert done(Panel(), EXAM, model).draft.stopped == "abstained"


# --- thinking -------------------------------------------------------------------------------------


def test_thoughts_have_a_budget_and_are_not_prolonged():
    thoughts = "<think>" + "well " * 500
    model = ScriptedModel([thoughts, "B"])
    result = done(Thinking(), EXAM, model, Budget(thinking_tokens=50))
    assert (result.draft.choice, result.cost.calls) == (1, 2)
    assert [limits.max_tokens for limits in model.limits] == [50, 400]
    assert "well" not in model.prompts[1].text


def test_thoughts_that_end_cost_one_call():
    model = ScriptedModel(["<think>A) or B)? ANSWER: A?</think> Clear. ANSWER: C"])
    result = done(Thinking(), EXAM, model)
    assert (result.draft.choice, result.cost.calls) == (2, 1)


def test_thoughts_never_stand_in_an_answer():
    result = done(Thinking(), OPEN, ScriptedModel(["<think>hm</think>Give zinc [2]."]))
    assert result.draft.text == "Give zinc [2]."
    assert without_thoughts("before <think>never ends") == "before"


@pytest.mark.parametrize("thinking", [0, 4097])
def test_thoughts_are_at_most_4096_tokens(thinking):
    with pytest.raises(ValueError, match="4096"):
        Budget(thinking_tokens=thinking)


# --- what holds for all ---------------------------------------------------------------------------


def tools():
    return Tools(check=gate, retrieve=lambda query: ["Give zinc."])


@pytest.mark.parametrize("task", [OPEN, EXAM], ids=["sentences", "choices"])
@pytest.mark.parametrize("name", NAMES)
def test_every_strategy_ends_within_its_budget(name, task):
    budget = Budget(calls=4, written_tokens=600, thinking_tokens=100, answer_tokens=100)
    babble = ScriptedModel(["and so on and on. " * 300] * 20)
    result = done(strategy(name, tools()), task, babble, budget)
    assert result.cost.calls <= 4
    assert result.cost.written_tokens <= 600
    assert all(limits.max_tokens <= 100 for limits in babble.limits)


@pytest.mark.parametrize("name", NAMES)
def test_every_strategy_that_runs_out_of_calls_keeps_what_it_has(name):
    model = ScriptedModel(["good sentence one. bad." for _ in range(20)])
    result = done(strategy(name, tools()), OPEN, model, Budget(calls=1))
    assert result.cost.calls == 1
    assert result.draft.stopped in ("answered", "abstained", "budget")


@pytest.mark.parametrize("name", NAMES)
def test_every_strategy_asks_nothing_once_cancelled(name):
    cancelled = threading.Event()
    cancelled.set()
    model = ScriptedModel(["A"])
    result = done(strategy(name, tools()), EXAM, model, cancelled=cancelled)
    assert (result.draft.stopped, result.cost.calls, model.prompts) == ("cancelled", 0, [])


class CancelsItself(ScriptedModel):
    """Its reader loses interest while it writes the second text."""

    def __init__(self, answers, cancelled):
        super().__init__(answers)
        self._cancelled = cancelled

    def chunks(self, prompt, limits, cancelled):
        for n, chunk in enumerate(super().chunks(prompt, limits, cancelled)):
            if len(self.prompts) == 2 and n == 1:
                self._cancelled.set()
            yield chunk


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("direct", "thinking")])
def test_cancelling_in_the_middle_keeps_the_draft_before(name):
    cancelled = threading.Event()
    model = CancelsItself(["NO ANSWER or good one. bad one here."] * 9, cancelled)
    result = done(strategy(name, tools()), EXAM, model, cancelled=cancelled)
    assert result.draft.stopped in ("cancelled", "settled", "abstained", "rounds", "answered")
    assert result.cost.calls <= 2


@pytest.mark.parametrize("name", NAMES)
def test_an_error_of_the_model_reaches_the_caller(name):
    with pytest.raises(ModelError, match="stopped"):
        done(strategy(name, tools()), OPEN, ScriptedModel([ModelStopped("It stopped.")]))


def test_a_strategy_says_what_it_lacks():
    with pytest.raises(UnknownStrategy, match="needs a gate"):
        strategy("best-of", Tools())
    with pytest.raises(UnknownStrategy, match="needs a library"):
        strategy("decompose", Tools())
    with pytest.raises(UnknownStrategy, match="known are: best-of"):
        strategy("guess", tools())


@pytest.mark.parametrize(
    ("model", "choices", "careful"),
    [
        ("MedGemma-4B-it-Q4_K_M", "self-consistency", "careful"),
        ("DeepSeek-R1-Distill-Qwen-1.5B", "thinking", "careful"),
        ("Qwen3-4B-Thinking-2507", "thinking", "careful"),
        ("Qwen3-4B-Q4_K_M", "self-consistency", "careful"),
        ("gemma-3-1b-it", "direct", "best-of"),
        ("tiny", "direct", "best-of"),
    ],
)
def test_each_model_has_its_defaults(model, choices, careful):
    found = defaults(model)
    assert (found.sentences, found.choices, found.careful) == ("direct", choices, careful)
    for name in (found.sentences, found.choices, found.careful):
        assert strategy(name, tools()).name == name


def test_time_is_part_of_the_budget():
    endless = ScriptedModel(["on "] * 9, Pace(endless=True))
    budget = Budget(seconds=0.2)
    result = done(BestOf(gate, 3), OPEN, endless, budget)
    assert result.draft.stopped == "budget"
    assert 0.1 < result.cost.seconds < 5
    assert endless.limits[0].time_limit_s <= 0.2
