"""`aidpost models` on the command line, and that nothing of it asks the network by itself."""

import ast
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.hub_stand_in import COMMIT, HubStandIn, Repository
from tests.makers_gguf import Recipe, make, model_file, words
from ui.cli.main import cli, main
from ui.cli.models_pull import KIND, read_token
from ui.models.advice import Speed, best, estimates, load_rules
from ui.models.catalogue import KINDS, catalogue
from ui.models.errors import ModelFilesError
from ui.models.machine import Machine
from ui.settings import load_settings

ROOT = Path(__file__).parent.parent
GB = 10**9


def run(*arguments: str) -> str:
    done = CliRunner().invoke(cli, ["models", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def values(*arguments: str) -> dict:
    return json.loads(run(*arguments, "--json"))


@pytest.fixture
def hub(monkeypatch):
    with HubStandIn("hf_right") as stand_in:
        data = model_file(Recipe(says=words("Give ORS now. [1]"))).read_bytes()
        files = {"Qwen3-4B-Q4_K_M.gguf": data, "Qwen3-4B-Q8_0.gguf": data}
        stand_in.repositories["Qwen/Qwen3-4B-GGUF"] = Repository(files)
        monkeypatch.setenv("HF_ENDPOINT", stand_in.address)
        monkeypatch.delenv("HF_TOKEN", raising=False)
        yield stand_in


def test_from_the_catalogue_to_the_setting_and_out_again(hub, tmp_path) -> None:
    pulled = values("pull", "qwen3-4b")
    assert (pulled["pulled"], pulled["revision"]) == ("qwen3-4b-q4_k_m", COMMIT)
    run("use", "qwen3-4b", "--threads", "1")
    assert load_settings()[0].model == "qwen3-4b-q4_k_m"
    assert load_settings()[0].threads == 1
    (row,) = values("list")["installed"]
    assert (row["licence"], row["quantization"]) == ("Apache-2.0", "Q4_K_M")
    assert values("verify")["sound"] is True
    assert values("export", "-o", str(tmp_path / "stick"))["exported"][0]["name"] == row["name"]
    assert values("remove", "qwen3-4b") == {"removed": "qwen3-4b-q4_k_m"}
    assert values("list")["installed"] == []
    assert values("import", str(tmp_path / "stick"))["imported"][0]["revision"] == COMMIT
    run("use", "--none")
    assert load_settings()[0].model == ""


def test_two_quantizations_stand_beside_each_other(hub) -> None:
    run("pull", "qwen3-4b")
    run("pull", "qwen3-4b", "--quant", "q8_0")
    names = [one["name"] for one in values("list")["installed"]]
    assert names == ["qwen3-4b-q4_k_m", "qwen3-4b-q8_0"]


def test_the_list_marks_what_is_not_confirmed_gated_or_blocked() -> None:
    lines = {line.split()[0]: line for line in run("list").splitlines() if line.startswith("  ")}
    assert "NOT CONFIRMED: sizes are reckoned" in lines["mediphi"]
    assert "asks for its terms to be accepted" in lines["medsiglip"]
    assert "cannot be fetched" in lines["biomedclip"]
    assert "NOT CONFIRMED" not in lines["qwen3-4b"]
    known = values("list")["catalogue"]
    assert {one["name"]: one["confirmed"] for one in known}["mediphi"] is False


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (["pull", "gpt-5"], 1, "The catalogue has no model “gpt-5”"),
        (["pull", "biomedclip"], 1, "can run code when it is read"),
        (["pull", "qwen3-4b", "--quant", "Q1"], 1, "it comes in: Q4_K_M, Q8_0"),
        (["pull", "owner/name"], 2, "Say which files with --file"),
        (["pull", "owner/na me", "--file", "x"], 1, "not the name of a repository"),
        (["use"], 2, "Give the name of a model, or --none"),
        (["use", "x", "--none"], 2, "Give the name of a model, or --none"),
        (["use", "x"], 1, "No model “x” is on this machine. There is none yet"),
        (["remove", "x"], 1, "No model “x” is on this machine"),
        (["export", "-o", "out"], 1, "There is no model on this machine to export"),
        (["import", "nowhere.gguf"], 1, "There is no file or folder nowhere.gguf"),
    ],
)
def test_errors_are_one_line_and_an_exit_code(capsys, arguments, code, why) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["models", *arguments])
    assert ended.value.code == code
    assert why in capsys.readouterr().err


def test_a_changed_file_is_an_error_of_verify(hub, home, capsys) -> None:
    run("pull", "qwen3-4b")
    path = home / "models" / "qwen3-4b-q4_k_m" / "Qwen3-4B-Q4_K_M.gguf"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(SystemExit) as ended:
        main(["models", "verify"])
    assert ended.value.code == 1
    out = capsys.readouterr()
    assert "changed" in out.out
    assert "1 of 1 files are not what they were" in out.err


def test_a_gated_repository_takes_a_token_from_a_file_that_is_never_shown(hub, tmp_path) -> None:
    hub.repositories["Qwen/Qwen3-4B-GGUF"].gated = True
    done = CliRunner().invoke(cli, ["models", "pull", "qwen3-4b"])
    assert "settings/tokens" in str(done.exception)
    file = tmp_path / "token"
    file.write_text("hf_right\n")
    done = CliRunner().invoke(cli, ["models", "pull", "qwen3-4b", "--token-file", str(file)])
    assert done.exit_code == 0
    assert "hf_right" not in done.output
    assert not [
        path
        for path in load_settings()[0].home.rglob("*")
        if path.is_file() and b"hf_right" in path.read_bytes()
    ]


@pytest.mark.parametrize("text", ["two words", "é", "x" * 600, "a\nb"])
def test_what_is_no_token_is_not_sent(tmp_path, text) -> None:
    file = tmp_path / "token"
    file.write_text(text)
    with pytest.raises(ModelFilesError, match="is not a token"):
        read_token(file)
    with pytest.raises(ModelFilesError, match="cannot be read"):
        read_token(tmp_path / "gone")


def test_any_repository_can_be_named(hub) -> None:
    pulled = values("pull", "Qwen/Qwen3-4B-GGUF", "--file", "*q8_0.gguf")
    assert pulled["pulled"] == "qwen3-4b-gguf"


def test_kinds_are_those_of_the_catalogue() -> None:
    assert tuple(KIND.choices) == KINDS


def test_progress_goes_to_stderr_in_tenths(hub) -> None:
    done = CliRunner().invoke(cli, ["models", "pull", "qwen3-4b"])
    assert "Qwen3-4B-Q4_K_M.gguf: 100 % of" in done.stderr
    assert "%" not in done.stdout


def test_a_digest_on_the_command_line_decides(tmp_path) -> None:
    path = make(tmp_path / "m.gguf", Recipe())
    done = CliRunner().invoke(cli, ["models", "import", str(path), "--sha256", "0" * 64])
    assert "is not the file that is named" in str(done.exception)
    assert "SHA-256" in run("import", str(path))


def test_recommend_without_measuring_names_a_model_and_says_so() -> None:
    found = values("recommend", "--no-trial")
    assert found["speed"] is None
    assert found["speed_unknown"] == "not measured"
    assert found["machine"]["cores"] >= 1
    assert {one["name"] for one in found["estimates"]} == {
        one.name for one in catalogue() if one.shape
    }
    assert "Speed: unknown (not measured)" in run("recommend", "--no-trial")


ON_ONE_CORE = """
import os, sys
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
from ui.cli.main import main
if __name__ == "__main__":
    main(["models", "recommend", "--json"])
"""


def test_recommend_measures_the_real_engine_and_leaves_nothing_behind(home, tmp_path) -> None:
    program = tmp_path / "program.py"
    program.write_text(ON_ONE_CORE)
    done = subprocess.run(
        [sys.executable, str(program)],
        check=True,
        cwd=ROOT,
        env={**os.environ, "AIDPOST_HOME": str(home), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    found = json.loads(done.stdout)
    assert found["speed"]["threads"] == found["machine"]["cores"] == 1
    assert 1e8 < found["speed"]["weights_per_s"] < 1e13
    assert 1e7 < found["speed"]["bytes_per_s"] < 1e12
    assert all(one["first_word_s"] > 0 for one in found["estimates"])
    assert list((home / "models").iterdir()) == []


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_one_line_that_renews_itself(monkeypatch) -> None:
    from ui.cli import models_progress

    moments = iter([0.0, 0.0, 10.0, 10.1, 4000.0, 4000.0, 4000.0])
    monkeypatch.setattr(models_progress.time, "monotonic", lambda: next(moments))
    monkeypatch.setattr(sys, "stderr", Terminal())
    with models_progress.bar() as told:
        told("model.gguf", 0, 10**9)
        told("model.gguf", 10**7, 10**9)
        told("model.gguf", 2 * 10**7, 10**9)
        told("model.gguf", 10**9, 10**9)
    shown = [line.strip() for line in sys.stderr.getvalue().split("\r")]
    assert shown == [
        "",
        "model.gguf   1 % of 1 GB, 16 min left",
        "model.gguf 100 % of 1 GB, 0 s left",
    ]


def said(speed: Speed | None, memory: int, free: int = 99 * GB, load: float = 0.0) -> str:
    from ui.cli.models_words import Advice, lines

    machine = Machine("Some processor", "x86_64", 4, memory, free, ("AVX2",), load)
    found = estimates(catalogue(), memory, speed, load_rules())
    return "\n".join(lines(Advice(machine, speed, "" if speed else "?", found, best(found))))


def test_the_advice_gives_the_commands_and_says_that_it_is_an_estimate() -> None:
    text = said(Speed(400e9, 60e9, 7), 32 * GB)
    assert "aidpost models pull medgemma-1.5-4b --quant Q8_0" in text
    assert "aidpost models use medgemma-1.5-4b-q8_0 --threads 7" in text
    assert "It is an estimate" in text
    assert "Health AI Developer Foundations" in text
    assert "Run it again" not in text
    assert "Run it again when the machine is quiet" in said(Speed(4e11, 6e10, 7), 32 * GB, load=2)
    assert "Close other programs" in said(Speed(400e9, 60e9, 7), 32 * GB, free=GB)
    assert "Reference mode needs none" in said(Speed(1e9, 1e9, 1), 32 * GB)
    assert "Reference mode needs none" in said(None, GB)


# Nothing of this asks the network by itself.

WATCHED = """
import sys
from ui.network_watch import watch_network
seen = []
watch_network(seen)
from ui.cli.main import main
for line in sys.argv[1:]:
    try:
        main(["models", *line.split()])
    except SystemExit as ended:
        assert not ended.code, line
assert seen == [], seen
for name in ("ui.models.transport", "ui.models.hub", "urllib.request", "huggingface_hub"):
    assert name not in sys.modules, name
"""


def test_no_other_command_opens_the_door_to_the_network(home, tmp_path) -> None:
    make(tmp_path / "m.gguf", Recipe())
    commands = [
        "list",
        "recommend --no-trial",
        f"import {tmp_path / 'm.gguf'}",
        "verify",
        "use m",
        f"export m -o {tmp_path / 'stick'}",
        "remove m",
    ]
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, *commands],
        check=False,
        env={**os.environ, "AIDPOST_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


def test_two_modules_alone_can_reach_a_network() -> None:
    found = set()
    for folder in ("assistant", "kb", "speech", "quantize", "ui"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                module = node.module if isinstance(node, ast.ImportFrom) else None
                names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
                if {module, *names} & {"urllib.request", "requests", "httpx", "huggingface_hub"}:
                    found.add(path.relative_to(ROOT).as_posix())
    # The second asks a model server on the clinic's network, where a person set one.
    assert found == {"ui/models/transport.py", "assistant/writing/remote_http.py"}
