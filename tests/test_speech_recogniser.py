"""The door to faster-whisper over real models that say one sentence, in a process of their own."""

import json
import subprocess
import sys

import numpy as np
import pytest
from makers_speech import imported, spoken

from speech.audio.clip import RATE, Clip
from speech.errors import NoRecogniser, RecogniserDamaged, RecogniserStopped
from speech.hearing.ear import Utterance
from speech.hearing.model_folder import checked
from speech.hearing.process import ProcessRecogniser, heard_in
from speech.hearing.recogniser import ScriptedRecogniser, Wanted
from speech.hearing.silero import SileroDetector, model_path
from speech.hearing.whisper import Whisper
from speech.messages import NOT_HEARD
from ui.exam_speech_weights import Speaker, make_speaker
from ui.models.errors import ModelFilesError
from ui.speech_names import SpokenMedicines
from ui.speech_wiring import open_listener, open_recogniser

SENTENCE = "give amoxicillin five hundred milligrams twice a day"
CLIP = Clip(np.random.default_rng(0).normal(0, 0.1, 4 * RATE).astype("f4"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_speaker(
        tmp_path_factory.mktemp("models") / "speaker", Speaker(SENTENCE, many_languages=True)
    )


@pytest.fixture(scope="module")
def recogniser(folder):
    opened = ProcessRecogniser(folder)
    yield opened
    opened.close()


def test_words_come_with_times_and_probabilities(recogniser):
    heard = recogniser.hear(CLIP, Wanted("en"))
    (segment,) = heard.segments
    assert segment.text.strip() == SENTENCE
    assert [word.text.strip() for word in segment.words] == SENTENCE.split()
    starts = [word.start for word in segment.words]
    assert starts == sorted(starts)
    assert segment.words[1].start == pytest.approx(0.3, abs=0.05)
    assert all(word.probability > 0.9 for word in segment.words)
    assert segment.log_probability > -0.1
    assert segment.no_speech < 0.1


def test_the_language_is_found_out_or_chosen(tmp_path):
    model = make_speaker(tmp_path / "sw", Speaker("mtoto ana homa", "sw", many_languages=True))
    whisper = Whisper(model, threads=1)
    assert whisper.hear(CLIP, Wanted()).language == "sw"
    assert whisper.hear(CLIP, Wanted()).language_probability > 0.9
    assert whisper.hear(CLIP, Wanted("fr")).language == "fr"
    with pytest.raises(NoRecogniser, match="does not know the language"):
        whisper.hear(CLIP, Wanted("tlh"))


def test_hot_words_are_taken_and_a_draft_is_plain(recogniser):
    hot = ", ".join(f"medicine{number}" for number in range(400))
    assert recogniser.hear(CLIP, Wanted("en", hot)).segments[0].text.strip() == SENTENCE
    draft = recogniser.hear(CLIP, Wanted("en", draft=True)).segments[0]
    assert draft.text.strip() == SENTENCE
    assert draft.words == ()


def test_the_same_sound_gives_the_same_words(recogniser):
    assert recogniser.hear(CLIP, Wanted("en")) == recogniser.hear(CLIP, Wanted("en"))


def test_figures_of_an_unsure_model_are_passed_on_and_the_gates_reject_it(tmp_path):
    unsure = make_speaker(tmp_path / "unsure", Speaker("give five milligrams", sure=0.4))
    nobody = make_speaker(tmp_path / "nobody", Speaker("give five milligrams", no_speech=30.0))
    assert Whisper(unsure, 1).hear(CLIP, Wanted("en")).segments[0].log_probability < -1
    assert Whisper(nobody, 1).hear(CLIP, Wanted("en")).segments[0].no_speech > 0.9
    for model in (unsure, nobody):
        listener = open_listener(Whisper(model, 1))
        found = listener.first_impression(CLIP, Wanted("en"))
        assert found == ""


def test_a_killed_process_is_one_message_and_the_next_clip_works(folder):
    recogniser = ProcessRecogniser(folder)
    recogniser.load()
    recogniser._process.kill()
    recogniser._process.join()
    assert recogniser.hear(CLIP, Wanted("en")).segments
    recogniser._process.kill()
    with pytest.raises(RecogniserStopped, match="starts again with the next recording"):
        while True:
            recogniser.hear(CLIP, Wanted("en"))
            recogniser._process.kill()
    assert recogniser.hear(CLIP, Wanted("en")).segments
    recogniser.close()


def test_a_clip_that_takes_too_long_is_given_up(folder):
    recogniser = ProcessRecogniser(folder, limit_s=30)
    recogniser.load()
    recogniser._limit_s = 0.0001
    with pytest.raises(RecogniserStopped, match="too long"):
        recogniser.hear(CLIP, Wanted("en"))
    recogniser.close()


@pytest.mark.parametrize("name", ["model.bin", "config.json", "tokenizer.json", "vocabulary.json"])
def test_an_incomplete_folder_is_named_before_anything_is_loaded(tmp_path, name):
    model = make_speaker(tmp_path / "model", Speaker("one two"))
    (model / name).unlink()
    with pytest.raises(RecogniserDamaged, match=name):
        checked(model)
    (model / name).write_bytes(b"")
    with pytest.raises(RecogniserDamaged, match=name):
        checked(model)


def test_no_folder_is_told(tmp_path):
    with pytest.raises(NoRecogniser, match="no speech model"):
        checked(tmp_path / "nothing")


@pytest.mark.parametrize("damage", [b"", b"\0" * 64, b"not a model at all"])
def test_a_damaged_model_is_a_message_of_the_process(tmp_path, damage):
    model = make_speaker(tmp_path / "model", Speaker("one two"))
    (model / "model.bin").write_bytes(damage or (model / "model.bin").read_bytes()[:999])
    recogniser = ProcessRecogniser(model)
    with pytest.raises((RecogniserDamaged, RecogniserStopped), match=r"damaged|stopped"):
        recogniser.hear(CLIP, Wanted("en"))
    recogniser.close()


def test_messages_that_are_none_of_ours_are_a_stopped_recogniser():
    for message in ({}, {"segments": [{}], "language": "en"}, {"error": "OSError", "message": "x"}):
        with pytest.raises(RecogniserStopped):
            heard_in(message)


def test_importing_the_door_loads_no_library():
    code = (
        "import sys, speech.hearing.whisper, speech.hearing.process, speech.audio.reading;"
        " print([m for m in ('faster_whisper', 'ctranslate2', 'av', 'onnxruntime') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# --- the model of an installation -----------------------------------------------------------------


def test_without_a_model_the_person_is_told_how_to_add_one(tmp_path):
    with pytest.raises(NoRecogniser) as told:
        open_recogniser(tmp_path)
    for words in ("aidpost models import", "aidpost models pull", "Typing", "spoken output"):
        assert words in str(told.value)


def test_the_whole_way_from_sound_to_a_transcript(folder):
    home = imported(folder)
    recogniser = open_recogniser(home)
    listener = open_listener(recogniser, SpokenMedicines().book)
    detector = SileroDetector(model_path())
    found = listener.recording(
        Clip(spoken("Give this medicine to the child, please.")), Wanted("en"), detector
    )
    assert found.text == "give amoxicillin 500 mg twice daily"
    assert found.spoken_text == SENTENCE
    assert [doubt.kind for doubt in found.doubts] == ["sound-alike"]
    assert found.mode == "whisper"
    silent = listener.recording(Clip(np.zeros(RATE, np.float32)), Wanted("en"), detector)
    assert (silent.text, silent.message) == ("", NOT_HEARD)
    recogniser.close()


def test_a_model_file_that_was_changed_is_not_loaded(folder):
    home = imported(folder)
    model = next((home / "models").rglob("model.bin"))
    data = bytearray(model.read_bytes())
    data[-1] ^= 1
    model.write_bytes(data)
    with pytest.raises(ModelFilesError, match="changed"):
        open_recogniser(home)


def test_noise_never_reaches_the_recogniser():
    recogniser = ScriptedRecogniser([])
    listener = open_listener(recogniser)
    quiet = Clip(np.random.default_rng(1).normal(0, 0.01, 5 * RATE).astype("f4"))
    found = listener.recording(quiet, Wanted("en"), SileroDetector(model_path()))
    assert found.message == NOT_HEARD
    assert recogniser.asked == []


def test_a_transcript_is_one_json_object(recogniser):
    listener = open_listener(recogniser)
    found = listener.utterance(Utterance(CLIP, 2.0, 2.0 + CLIP.seconds), Wanted("en"))
    body = json.loads(json.dumps(found.to_json()))
    assert set(body) >= {"text", "spoken_text", "segments", "language", "mode"}
    assert body["segments"][0]["start"] == pytest.approx(2.0)
