"""`aidpost ask` with a picture or a recording: what is there is used, what is not is said."""

import io
import json
import wave

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from ui.cli.main import cli, main


@pytest.fixture
def picture(tmp_path):
    chance = np.random.default_rng(5)
    pixels = chance.integers(60, 200, (224, 224, 3), dtype=np.uint8)
    path = tmp_path / "p.png"
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def recording(tmp_path):
    held = io.BytesIO()
    with wave.open(held, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(16_000)
        tone = 9000 * np.sin(np.arange(16_000) * 0.08)
        out.writeframes(tone.astype("<i2").tobytes())
    path = tmp_path / "a.wav"
    path.write_bytes(held.getvalue())
    return path


def refused(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        main(["ask", *arguments])
    return ended.value.code, capsys.readouterr().err


def test_a_picture_is_refused_while_image_analysis_is_off(capsys, picture):
    code, said = refused(capsys, "pneumonia in a child", "--image", str(picture))
    assert code == 1
    assert "aidpost image on" in said
    assert "not a device cleared" in said


def test_what_a_picture_gives_is_marked_apart_or_it_is_said_why_not(picture):
    run = CliRunner()
    assert run.invoke(cli, ["image", "on"]).exit_code == 0
    result = run.invoke(cli, ["ask", "dengue warning signs", "--image", str(picture), "--json"])
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert answer["computed"][0]["engine"] == "image"
    assert any("not a d" in warning.lower() for warning in answer["warnings"])
    quotes = [one for one in answer["sentences"] if one["kind"] == "quote"]
    assert quotes
    assert all(one["citations"] for one in quotes)


def test_a_recording_without_a_speech_model_says_how_to_add_one(capsys, recording):
    code, said = refused(capsys, "--audio", str(recording))
    assert code == 1
    assert "speech model" in said or "did not hear" in said


def test_a_broken_recording_is_one_plain_line(capsys, tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(b"\xff\xd8\xff\xe0 a picture that calls itself a recording")
    code, said = refused(capsys, "--audio", str(path))
    assert code == 1
    assert "Traceback" not in said
    assert said.startswith("aidpost: ")


def test_neither_words_nor_a_recording_is_wrong_usage():
    assert CliRunner().invoke(cli, ["ask"]).exit_code == 2
