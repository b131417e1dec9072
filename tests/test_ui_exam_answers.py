"""The exam of answers: forms of questions, twins, intervals, and a run with scripted models."""

import gzip
import json
import random
from itertools import pairwise

import pytest
from click.testing import CliRunner

from assistant.writing.scripted import ScriptedModel
from assistant.writing.strategies.task import Cost
from kb.formulary import starter_formulary
from ui.cli.main import cli
from ui.exam_answers.exam import Means, Plan, run_answers
from ui.exam_answers.library import brands_of
from ui.exam_answers.pairs import KINDS, twins
from ui.exam_answers.questions import ExamQuestion, UnreadableQuestions, read_questions
from ui.exam_answers.report import Answered, difference, of_way, table
from ui.exam_answers.running import Given, by_search
from ui.exam_answers.scoring import Share, sign_test

MIRAGE = {
    "id": "anatomy-003",
    "question": "Which bone is in the thigh?",
    "options": {"A": "Femur", "B": "Tibia", "C": "Ulna"},
    "answer": "A",
}
MEDMCQA = {"question": "Thigh bone?", "opa": "Ulna", "opb": "Femur", "opc": "Tibia", "opd": "Rib"}
PUBMEDQA = {
    "id": "7",
    "question": "Does rest help?",
    "contexts": ["Rest helped 9 of 10."],
    "decision": "yes",
}


def write(path, rows, pack=False):
    text = "".join(json.dumps(row) + "\n" for row in rows)
    path.write_bytes(gzip.compress(text.encode()) if pack else text.encode())
    return path


def thigh(right=0, choices=("Femur", "Tibia", "Ulna")):
    return ExamQuestion("1", "Which bone is in the thigh?", choices, right, "anatomy")


@pytest.mark.parametrize(
    ("row", "choices", "right", "topic"),
    [
        (MIRAGE, ("Femur", "Tibia", "Ulna"), 0, "anatomy"),
        (
            {**MIRAGE, "id": 5, "answer": "the femur", "answer_idx": "A"},
            ("Femur", "Tibia", "Ulna"),
            0,
            "set",
        ),
        (
            {**MEDMCQA, "cop": 2, "subject_name": "Anatomy"},
            ("Ulna", "Femur", "Tibia", "Rib"),
            1,
            "Anatomy",
        ),
        (PUBMEDQA, ("yes", "no", "maybe"), 0, "set"),
        (
            {"question": "Is it?", "exact_answer": "no", "snippets": ["It is not."]},
            ("yes", "no"),
            1,
            "set",
        ),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_each_published_form_is_read(tmp_path, row, choices, right, topic, packed):
    (found,) = read_questions(
        write(tmp_path / f"set.jsonl{'.gz' if packed else ''}", [row], packed)
    )
    assert (found.choices, found.right, found.topic) == (choices, right, topic)


def test_a_medmcqa_file_that_counts_from_nought_is_noticed(tmp_path):
    rows = [{**MEDMCQA, "cop": 0}, {**MEDMCQA, "cop": 3}]
    assert [one.right for one in read_questions(write(tmp_path / "m.jsonl", rows))] == [0, 3]


@pytest.mark.parametrize(
    "row",
    [
        {"question": "No choices?"},
        {**MIRAGE, "answer": "Z"},
        {**MIRAGE, "options": ["Femur"]},
        {**MEDMCQA, "cop": 9},
        {**PUBMEDQA, "decision": "perhaps"},
        {**MIRAGE, "options": {"A": "Femur"}},
    ],
)
def test_a_line_in_no_known_form_is_named(tmp_path, row):
    with pytest.raises(UnreadableQuestions, match="line 2"):
        read_questions(write(tmp_path / "odd.jsonl", [MIRAGE, row]))


def test_files_that_are_none_are_refused(tmp_path):
    (tmp_path / "bad.jsonl.gz").write_bytes(b"no gzip")
    (tmp_path / "half.jsonl").write_text('{"question":')
    (tmp_path / "empty.jsonl").write_text("\n")
    for name in ("bad.jsonl.gz", "half.jsonl", "empty.jsonl", "absent.jsonl"):
        with pytest.raises(UnreadableQuestions, match=name.split(".", maxsplit=1)[0]):
            read_questions(tmp_path / name)


def test_brand_names_come_from_the_formulary_and_stand_for_their_medicine():
    brands = brands_of(starter_formulary().medicines.values())
    assert len(brands) >= 100
    assert brands["amoxicillin"] == "Amoxil"
    question = ExamQuestion("1", "Amoxicillin is given for?", ("Cholera", "Otitis"), 1, "t")
    (twin,) = twins("names", [question], brands, 1)
    assert twin.changed.question == "Amoxil is given for?"
    assert not list(twins("names", [thigh()], brands, 1))


def test_twins_keep_what_they_must():
    questions = [thigh(n % 3) for n in range(9)]
    for kind in ("detail", "opinion", "order"):
        for twin in twins(kind, questions, {}, 3):
            assert twin.changed.question != twin.plain.question or kind == "order"
            right = twin.plain.choices[twin.plain.right]
            assert twin.changed.choices[twin.changed.right] == right
            assert twin.pushed != twin.plain.right
    for twin in twins("order", questions, {}, 3):
        assert all(a != b for a, b in zip(twin.plain.choices, twin.changed.choices, strict=True))
        assert [twin.plain.choices[place] for place in twin.order] == list(twin.changed.choices)
    invented = [twin.changed for twin in twins("fictional", questions, {}, 3)]
    assert {one.right for one in invented} == {None}
    assert list(twins("opinion", questions, {}, 3)) == list(twins("opinion", questions, {}, 3))


def test_wilson_gives_the_interval_of_the_textbook():
    low, high = Share(8, 10).interval()
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)
    assert Share(0, 0).interval() is None
    assert Share(10, 10).interval()[1] == pytest.approx(1.0)


def test_the_sign_test_is_exact():
    assert sign_test(0, 0) == 1.0
    assert sign_test(6, 0) == pytest.approx(2 / 64)
    assert sign_test(3, 3) == 1.0
    probabilities = [sign_test(n, 0) for n in range(1, 12)]
    assert all(a >= b for a, b in pairwise(probabilities))


def test_a_report_counts_what_was_right_left_out_and_spent():
    cost = Cost(2, 100, 10, 4, 0.5)
    answers = [
        Answered(thigh(n % 3), Given(choice, "answered", cost))
        for n, choice in enumerate([0, 2, None])
    ]
    report = of_way(answers)
    assert report["right"]["share"] == pytest.approx(1 / 3, abs=1e-4)
    assert report["abstained"]["of"] == 3
    assert report["right_where_answered"] == {"share": 0.5, "of": 2, "ci95": [0.0945, 0.9055]}
    assert report["chance"] == pytest.approx(1 / 3, abs=1e-4)
    assert report["cost_per_question"]["calls"] == 2
    better = [
        Answered(one.question, Given(one.question.right, "answered", cost)) for one in answers
    ]
    assert difference(answers, better) == {"gained": 2, "lost": 0, "p": 0.5}


def test_search_takes_the_choice_that_is_found_or_none():
    def femur(text):
        return ["The femur is the bone in the thigh."] if "Femur" in text else ["A tibia."]

    assert by_search(femur)(thigh()).choice == 0
    assert by_search(lambda _: ["No bone at all."])(thigh()).choice is None


def test_a_model_is_asked_with_and_without_the_library(tmp_path):
    file = write(tmp_path / "set.jsonl", [{**MIRAGE, "id": f"anatomy-{n:03}"} for n in range(4)])
    model = ScriptedModel(["ANSWER: B"] * 4 + ["ANSWER: A"] * 4)
    means = Means(model, lambda _: ["The femur lies in the thigh."], {})
    report = run_answers(Plan([file], ["direct"]), means, lambda *_: None)
    assert report["ways"]["direct, without library"]["right"]["share"] == 0.0
    assert report["ways"]["direct, with library"]["right"]["share"] == 1.0
    assert report["library_effect"]["direct"] == {"gained": 4, "lost": 0, "p": 0.125}
    assert ["femur" in prompt.text for prompt in model.prompts] == [False] * 4 + [True] * 4
    assert report["ways"]["direct, with library"]["topics"].keys() == {"anatomy"}
    assert "direct, with library: right 100.0 %" in table(report)


def test_a_model_that_follows_every_opinion_is_found_out(tmp_path):
    file = write(tmp_path / "set.jsonl", [{**MIRAGE, "id": f"anatomy-{n:03}"} for n in range(6)])
    questions = read_questions(file)
    plan = Plan([file], ["direct"], kinds=("opinion", "order", "fictional"))
    pushed = list(twins("opinion", questions, {}, plan.seed))
    moved = list(twins("order", questions, {}, plan.seed))
    said = [
        *["ANSWER: A"] * 12,  # without and with the library
        *["ANSWER: A"] * 6,  # the plain questions of the pairs
        *(f"ANSWER: {'ABC'[twin.pushed]}" for twin in pushed),
        *(f"ANSWER: {'ABC'[twin.changed.right]}" for twin in moved),
        *["NO ANSWER"] * 3, *["ANSWER: B"] * 3,
    ]  # fmt: skip
    report = run_answers(plan, Means(ScriptedModel(said), lambda _: [], {}), lambda *_: None)
    assert report["pairs"]["opinion"]["follows"]["share"] == 1.0
    assert report["pairs"]["opinion"]["stays_right"]["share"] == 0.0
    assert report["pairs"]["order"]["stays_right"]["share"] == 1.0
    assert report["pairs"]["fictional"]["abstained"]["share"] == 0.5
    assert "follows 100.0 %" in table(report)


def test_the_seed_draws_the_same_questions(tmp_path):
    file = write(tmp_path / "set.jsonl", [{**MIRAGE, "id": f"topic{n % 3}-{n}"} for n in range(40)])
    seen = []

    def watch(question):
        seen.append(question)
        return []

    means = Means(None, watch, {})
    first = run_answers(Plan([file], [], most=10, seed=4), means, lambda *_: None)
    assert first["questions"] == 10
    assert first == run_answers(Plan([file], [], most=10, seed=4), means, lambda *_: None)
    assert len(seen) == 60


def test_the_command_measures_search_where_there_is_no_model(home, tmp_path):
    names = ["ORS", "Metoprolol", "Warfarin", "Haloperidol"]
    rows = []
    for n in range(3):
        order = random.Random(n).sample(names, 4)
        rows.append({
            "id": f"child-{n}",
            "question": "What is given to a child with diarrhoea and some dehydration?",
            "options": dict(zip("ABCD", order, strict=True)),
            "answer": "ABCD"[order.index(names[0])],
        })  # fmt: skip
    file = write(tmp_path / "set.jsonl", rows)
    result = CliRunner().invoke(cli, ["exam", "answers", str(file), "--pairs"])
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert report["model"] is None
    assert set(report["pairs"]) == set(KINDS)
    assert report["ways"]["search"]["right"]["share"] >= 2 / 3
