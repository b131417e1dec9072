"""The command line: contract, exit codes, JSON in and out."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from ui.cli.jsonl import BadRequest, read_object
from ui.cli.main import cli, main

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def shared_home(tmp_path_factory):
    """One indexed home for all commands of this file."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def run(shared_home, monkeypatch):
    def runner(*arguments, text=None):
        monkeypatch.setenv("AIDPOST_HOME", str(shared_home))
        return CliRunner().invoke(cli, list(arguments), input=text)

    return runner


def one(result):
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def lines(result):
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_ask_json_has_the_keys_of_the_contract(run):
    found = one(run("ask", "--json", "ORS amount plan B 10 kg child"))
    assert set(found) >= {
        "question", "mode", "urgency", "abstained", "reason", "missing", "sentences", "citations",
        "computed", "dropped", "versions", "timings_ms",
    }  # fmt: skip
    assert set(found["urgency"]) >= {"level", "flags"}
    assert set(found["sentences"][0]) >= {"text", "kind", "citations"}
    citation = found["citations"][found["sentences"][0]["citations"][0]]
    assert set(citation) >= {
        "passage", "title", "source", "edition", "section", "page", "url", "quote", "status",
    }  # fmt: skip
    assert citation["status"] == "draft, not clinician-reviewed"
    assert set(found["versions"]) == {"app", "packs", "model"}


def test_ask_as_text(run):
    result = run("ask", "dengue", "warning", "signs")
    assert result.exit_code == 0
    assert "[1]" in result.stdout
    assert "Not a diagnosis" in result.stdout


def test_an_abstention_is_done(run):
    found = one(run("ask", "--json", "dose of zelmoraxin"))
    assert found["abstained"] is True
    assert found["sentences"] == []


def test_ask_jsonl_keeps_order_and_survives_bad_lines(run):
    requests = [
        json.dumps({"id": "a", "question": "dengue warning signs", "patient": {}}),
        "not json",
        json.dumps({"id": "b", "question": "", "patient": {}}),
        '{"id": "c", "id": "d", "question": "x"}',
        json.dumps({"id": "e", "question": "scabies", "patient": {"weight_kg": 0}}),
        json.dumps({"id": "f", "question": "scabies", "patient": {"tbsa": 20}, "extra": 1}),
    ]
    found = lines(run("ask", "--jsonl", text="\n".join(requests) + "\n"))
    assert [row["id"] for row in found] == ["a", None, "b", None, "e", "f"]
    assert found[0]["sentences"]
    assert "not JSON" in found[1]["error"]
    assert "type a question" in found[2]["error"]
    assert "twice" in found[3]["error"]
    assert "cannot be right" in found[4]["error"]
    assert any("extra" in warning for warning in found[5]["warnings"])
    assert any("tbsa" in warning for warning in found[5]["warnings"])


def test_triage_json_and_jsonl(run):
    found = one(run("triage", "--json", "BP 170/115 at 36 weeks with headache"))
    assert found["level"] == "emergency"
    assert set(found["flags"][0]) >= {"id", "evidence", "action", "source"}
    request = json.dumps({"id": 1, "text": "not feeding, cold", "patient": {"age_days": 5}})
    assert (
        lines(run("triage", "--jsonl", text=request))[0] | {}
        == lines(run("triage", "--jsonl", text=request))[0]
    )
    assert lines(run("triage", "--jsonl", text=request))[0]["level"] == "emergency"


def test_library_commands(run, tmp_path):
    note = tmp_path / "ward note.md"
    note.write_text("# Karvath fever\n\nKarvath fever needs rest for 9 days.\n", encoding="utf-8")
    added = one(run("kb", "add", "--json", str(note)))["added"][0]
    assert added["file_name"] == "ward note.md"
    hits = one(run("kb", "search", "--json", "karvath fever", "-k", "1"))["hits"]
    assert hits[0]["passage"].startswith(added["id"])
    assert set(hits[0]) == {"passage", "score", "title", "section", "page", "text"}
    assert "9 days" in run("kb", "show", added["id"]).stdout
    assert "9 days" in run("kb", "show", hits[0]["passage"]).stdout
    assert added["id"] in {d["id"] for d in one(run("kb", "list", "--json"))["documents"]}
    found = one(run("ask", "--json", "how long rest in karvath fever"))
    assert "9 days" in found["sentences"][0]["text"]
    assert one(run("kb", "verify", "--json")) == {"problems": []}
    assert one(run("kb", "remove", "--json", added["id"])) == {"removed": added["id"]}
    request = json.dumps({"id": "q", "query": "scabies", "k": 2, "odd": 1})
    rows = lines(run("kb", "search", "--jsonl", text=request))
    assert len(rows[0]["hits"]) == 2
    assert rows[0]["warnings"]


def test_a_folder_with_a_bad_file_adds_the_rest(run, tmp_path):
    (tmp_path / "good.txt").write_text("Tarvex swelling needs ice.", encoding="utf-8")
    (tmp_path / "bad.pdf").write_bytes(b"%PDF-1.4 nothing")
    found = one(run("kb", "add", "--json", str(tmp_path)))
    assert [document["file_name"] for document in found["added"]] == ["good.txt"]
    assert found["refused"][0]["file"] == "bad.pdf"
    assert found["refused"][0]["reason"]


def test_wrong_usage_is_two(run):
    for arguments in (
        ["ask"],
        ["triage"],
        ["kb", "search"],
        ["nonsense"],
        ["ask", "--mode", "x", "y"],
    ):
        assert run(*arguments).exit_code == 2


def test_failure_is_one_with_one_line(shared_home, monkeypatch, capsys):
    monkeypatch.setenv("AIDPOST_HOME", str(shared_home))
    for arguments in (
        ["ask", "a fever", "--patient", "weight=700"],
        ["kb", "show", "nothing/here"],
    ):
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        assert stop.value.code == 1
        error = capsys.readouterr().err
        assert error.startswith("aidpost: ")
        assert error.count("\n") == 1


def test_every_command_has_help():
    def walk(command, path):
        assert command.help, path
        for name, inner in getattr(command, "commands", {}).items():
            walk(inner, [*path, name])

    walk(cli, ["aidpost"])


def test_doctor_finds_a_healthy_installation(shared_home):
    environment = {"AIDPOST_HOME": str(shared_home), "PATH": "/usr/bin"}
    done = subprocess.run(
        [sys.executable, "-m", "ui.cli", "doctor", "--json"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    report = json.loads(done.stdout)
    assert done.returncode == 0, report
    assert report["healthy"]
    names = {finding["name"]: finding for finding in report["findings"]}
    assert names["network"]["ok"]
    assert names["danger signs"]["ok"]
    assert names["says when it does not know"]["ok"]


def test_doctor_names_a_damaged_library(tmp_path):
    (tmp_path / "library.key").write_bytes(bytes(32))
    (tmp_path / "library.db").write_bytes(b"rubbish" * 4096)
    done = subprocess.run(
        [sys.executable, "-m", "ui.cli", "doctor"],
        cwd=ROOT, env={"AIDPOST_HOME": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "FAILED" in done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "line", ['{"a": NaN}', '{"a": 1e400}', '{"a": 1, "a": 2}', "[1]", '"x"', "{", "x" * 1_000_001]
)
def test_unsound_requests(line):
    with pytest.raises(BadRequest):
        read_object(line)


def test_exam_retrieval_writes_a_run(run, tmp_path):
    passages = [
        {"id": f"p{n}", "text": text} for n, text in enumerate(["zinc cures", "rest helps"])
    ]
    questions = [{"id": "q1", "question": "what does zinc do", "gold": ["p0"]},
                 {"id": "q2", "question": "rest", "gold": {"p1": 2}}]  # fmt: skip
    for name, rows in (("passages", passages), ("questions", questions)):
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (tmp_path / f"{name}.jsonl").write_text(text, encoding="utf-8")
    out = tmp_path / "run.jsonl"
    report = one(run("exam", "retrieval", str(tmp_path), "--run", str(out)))
    assert report["ndcg10"] == report["mrr10"] == 1.0
    assert [json.loads(line)["hits"][0] for line in out.read_text().splitlines()] == ["p0", "p1"]
