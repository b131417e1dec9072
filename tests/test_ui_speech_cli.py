"""The commands of ears and voice, as a person and as a program uses them."""

import io
import json
import stat
import sys
import time
import wave

import numpy as np
import pytest
from click.testing import CliRunner
from makers_marian import make_translator
from makers_speech import imported, noise, spoken

from speech.audio.clip import RATE
from speech.audio.wav import write_wav
from speech.errors import BadAudio, NoPhrases, NoRecogniser, VoiceFailed
from speech.messages import NOT_HEARD
from speech.voice.manner import Sound
from ui.cli.exam_speech import exam_speech
from ui.cli.speech import listen, transcribe
from ui.cli.voice import phrases, say
from ui.exam_speech_weights import Speaker, make_speaker
from ui.speech_sound import Player, play

SENTENCE = "give paracetamol five hundred milligrams twice a day"
KEYS = {"text", "spoken_text", "segments", "language", "mode"}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "speaker"
    return make_speaker(folder, Speaker(SENTENCE, many_languages=True))


def run(command, *arguments, error=None, **more):
    done = CliRunner().invoke(command, [str(one) for one in arguments], **more)
    if error is None:
        assert done.exit_code == 0, (done.output, done.exception)
    else:
        assert isinstance(done.exception, error), (done.output, done.exception)
    return done


def recording(tmp_path, samples, name="said.wav"):
    path = tmp_path / name
    path.write_bytes(write_wav(samples))
    return path


# --- transcribe ---------------------------------------------------------------------------------


def test_a_recording_is_written_down_as_the_contract_has_it(tmp_path, model):
    imported(model)
    path = recording(tmp_path, spoken("Give the child this medicine twice a day, please."))
    body = json.loads(run(transcribe, path, "--language", "en", "--json").stdout)
    assert set(body) >= KEYS
    assert body["text"] == "give paracetamol 500 mg twice daily"
    assert body["spoken_text"] == SENTENCE
    assert (body["mode"], body["language"]) == ("whisper", "en")
    assert body["segments"][0]["words"][0]["probability"] > 0.5
    assert run(transcribe, path, "--language", "en").stdout.strip() == body["text"]


def test_without_a_model_it_says_how_to_add_one_and_the_json_still_comes(tmp_path):
    path = recording(tmp_path, spoken("Give the child water."))
    done = run(transcribe, path, "--json", error=NoRecogniser)
    body = json.loads(done.stdout)
    assert set(body) >= KEYS
    assert (body["text"], body["mode"]) == ("", "none")
    assert "aidpost models import" in body["message"]


@pytest.mark.parametrize("samples", [np.zeros(0, "f4"), np.zeros(160, "f4"), np.zeros(RATE, "f4")])
def test_silence_is_no_error(tmp_path, samples):
    path = recording(tmp_path, samples)
    assert run(transcribe, path).stdout.strip() == NOT_HEARD
    assert json.loads(run(transcribe, path, "--json").stdout)["text"] == ""


def test_noise_gives_no_text(tmp_path, model):
    imported(model)
    path = recording(tmp_path, noise(0.05, 5))
    body = json.loads(run(transcribe, path, "--json").stdout)
    assert (body["text"], body["message"]) == ("", NOT_HEARD)


BAD = {
    "empty.wav": b"", "list.wav": b"ffconcat version 1.0\nfile x.wav\n",
    "play.wav": b"#EXTM3U\nhttp://example.org/a\n", "sdp.wav": b"v=0\no=- 0 0 IN IP4 127.0.0.1\n",
    "picture.wav": b"\xff\xd8\xff\xe0" + bytes(200),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_recording_is_told_in_one_line(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(BAD[name])
    if not BAD[name]:
        assert run(transcribe, path).stdout.strip() == NOT_HEARD
        return
    done = run(transcribe, path, error=BadAudio)
    assert "not audio" in str(done.exception)
    assert "\n" not in str(done.exception)


def test_a_file_that_is_not_there_and_one_that_is_too_long_are_told(tmp_path):
    assert "cannot be opened" in str(run(transcribe, tmp_path / "no.wav", error=BadAudio).exception)
    path = recording(tmp_path, np.zeros(RATE * 121, np.float32))
    assert "120 seconds" in str(run(transcribe, path, error=BadAudio).exception)


def test_an_unknown_language_is_told_and_not_translated(tmp_path, model):
    imported(model)
    path = recording(tmp_path, spoken("Give the child water."))
    done = run(transcribe, path, "--language", "tlh", error=NoRecogniser)
    assert "does not know the language" in str(done.exception)


def test_spoken_words_are_written_down_without_a_model():
    done = run(transcribe, "--spoken", SENTENCE, "--json")
    body = json.loads(done.stdout)
    assert body["text"] == "give paracetamol 500 mg twice daily"
    assert body["mode"] == "none"
    lines = '{"id": 1, "text": "fifteen milligrams"}\n{"id": 2, "text": 7}\n'
    rows = [json.loads(one) for one in run(transcribe, "--jsonl", input=lines).stdout.splitlines()]
    assert rows[0]["text"] == "15 mg"
    assert "error" in rows[1]


def test_transcribe_needs_a_recording_or_words():
    assert CliRunner().invoke(transcribe, []).exit_code == 2


# --- say ----------------------------------------------------------------------------------------


def test_say_writes_a_wav_and_tells_the_words(tmp_path):
    path = tmp_path / "said.wav"
    body = json.loads(run(say, "Give 0.5 mg IM.", "-o", path, "--json").stdout)
    assert body["words"] == "Give zero point five milligrams intramuscular."
    with wave.open(io.BytesIO(path.read_bytes())) as read:
        assert read.getnframes() / read.getframerate() == pytest.approx(body["seconds"], abs=0.1)
    assert run(say, "5", "mcg", "--words").stdout.strip() == "five micrograms"


def test_say_tells_what_it_cannot_do(tmp_path, monkeypatch):
    assert CliRunner().invoke(say, []).exit_code == 2
    monkeypatch.setattr("ui.speech_sound._PLAYERS", ())
    assert "-o FILE.wav" in str(run(say, "five", error=VoiceFailed).exception)
    for path in (tmp_path / "none" / "said.wav", "/dev/full"):
        assert "cannot be written" in str(run(say, "five", "-o", path, error=VoiceFailed).exception)


def test_a_sound_that_plays_is_stopped_by_ending_its_process():
    player = Player((sys.executable, "-c", "import time; time.sleep(30)"))
    ended = []
    player.play(write_wav(noise(0.1, 1)), lambda: ended.append(1))
    while not player.playing:
        time.sleep(0.005)
    begin = time.perf_counter()
    player.stop()
    assert time.perf_counter() - begin < 0.2
    assert not player.playing
    player.play(b"", lambda: ended.append(1))
    player.stop()
    time.sleep(0.3)
    assert not player.playing
    assert ended == []


@pytest.mark.parametrize("command", [("/nowhere/player",), ("/bin/false",)])
def test_a_sound_that_cannot_be_played_does_not_stop_the_conversation(command):
    player, ended = Player(command), []
    player.play(write_wav(noise(0.1, 1)), lambda: ended.append(1))
    limit = time.monotonic() + 10
    while not ended and time.monotonic() < limit:
        time.sleep(0.01)
    assert ended == [1]


def test_a_full_disk_is_told_where_a_sound_has_to_be_kept(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    sound = Sound(noise(0.1, 1), RATE)
    with pytest.raises(VoiceFailed):
        play(sound)


def test_a_sound_that_comes_to_its_end_tells_so():
    player = Player((sys.executable, "-c", "import sys; open(sys.argv[1], 'rb').read()"))
    ended = []
    player.play(write_wav(noise(0.1, 1)), lambda: ended.append(1))
    limit = time.monotonic() + 10
    while not ended and time.monotonic() < limit:
        time.sleep(0.01)
    assert ended == [1]


# --- listen -------------------------------------------------------------------------------------


def pcm(*parts):
    return (np.concatenate(parts) * 32767).astype("<i2").tobytes()


def test_listen_writes_down_utterance_by_utterance(model):
    imported(model)
    sound = pcm(
        spoken("Give the child water."), noise(1e-4, 1), spoken("Now the next one, please.")
    )
    done = run(listen, "--stdin", "--jsonl", "--language", "en", input=sound)
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.strip().startswith("{")]
    assert [row["text"] for row in rows] == ["give paracetamol 500 mg twice daily"] * 2


def test_listen_tells_that_there_is_no_model_or_no_microphone(monkeypatch):
    assert "Typing" in str(run(listen, "--stdin", input=b"", error=NoRecogniser).exception)
    monkeypatch.setattr("ui.speech_sound._RECORDERS", ())
    assert "no microphone" in str(run(listen, error=BadAudio).exception)


def test_a_microphone_that_is_unplugged_is_told(tmp_path, monkeypatch):
    program = tmp_path / "arecord"
    program.write_text(f"#!{sys.executable}\nimport sys\nsys.exit(1)\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path))
    done = CliRunner().invoke(listen, [])
    assert isinstance(done.exception, BadAudio | NoRecogniser)


def test_a_conversation_at_a_desk_reads_back_and_forgets(tmp_path):
    model = make_speaker(tmp_path / "asks", Speaker("what are the signs of shock"))
    imported(model)
    sound = pcm(spoken("What are the signs of shock, please?"), noise(1e-4, 1.5))
    done = run(listen, "--stdin", "--talk", "--language", "en", input=sound)
    assert "> what are the signs of shock" in done.stdout


# --- phrases ------------------------------------------------------------------------------------


def test_phrases_are_found_listed_and_marked_as_drafts():
    done = run(phrases, "fever", "--language", "sw")
    assert "Je, una homa?" in done.stdout
    assert "no native speaker" in done.stderr
    body = json.loads(run(phrases, "--list", "--language", "ar", "--json").stdout)
    assert len(body["phrases"]) == 120
    assert "No sentence fits" in run(phrases, "helicopter").stdout
    assert "xx" in str(run(phrases, "fever", "--language", "xx", error=NoPhrases).exception)


def test_with_a_model_other_sentences_are_translated(tmp_path):
    imported(make_translator(tmp_path / "opus-mt-en-fr", "donnez 5 mg"))
    done = run(phrases, "give 5 mg", "--model", "opus-mt-en-fr")
    assert done.stdout == "give 5 mg\n    donnez 5 mg\n"
    assert "machine" in done.stderr
    body = json.loads(run(phrases, "give 5 mg", "--model", "opus-mt-en-fr", "--json").stdout)
    assert body["translated"] == "donnez 5 mg"


# --- exam ---------------------------------------------------------------------------------------


def test_the_exam_measures_the_clinics_own_recordings(tmp_path, model):
    imported(model)
    folder = tmp_path / "own"
    folder.mkdir()
    recording(folder, spoken("Give paracetamol five hundred milligrams twice a day."), "01.wav")
    (folder / "01.txt").write_text("Give paracetamol 500 mg twice a day.\n")
    recording(folder, noise(0.05, 2), "02.wav")
    said = tmp_path / "said.jsonl"
    row = {"text": "five mil", "normalized": "5 mL", "critical": ["5 mL"]}
    said.write_text(json.dumps(row) + "\n")
    body = json.loads(run(exam_speech, folder, "--said", said, "--minutes", "0.5").stdout)
    clips = body["clips"]
    assert clips["clips"] == clips["speech_found_in"] == 1
    assert clips["medical_word_error_rate"] == 0
    assert clips["word_error_rate"] > 0
    assert clips["names_recalled"] == clips["names_said"] == 1
    assert clips["number_error_rate"] == 0
    assert body["noise"]["invented_words_per_minute"] == 0
    assert body["written"]["exact"] == 1
    session = body["speed"]["session"]
    assert session["voice_to_silence_ms"]["median_of_work"] <= 300
    assert session["first_sentence_to_its_sound_ms"]["median_of_work"] <= 400


def test_the_exam_gives_twenty_sentences_to_record():
    lines = run(exam_speech, "--sentences").stdout.splitlines()
    assert len([line for line in lines if not line.startswith("#")]) == 20


def test_the_exam_leads_patients_through_and_finds_no_leak():
    body = json.loads(run(exam_speech, "--minutes", "0", "--patients", "3").stdout)
    assert body["patients"]["leaks"] == 0
    assert body["patients"]["patients"] == 3


def test_the_exam_names_the_sizes_it_knows():
    done = CliRunner().invoke(exam_speech, ["--sizes", "huge"])
    assert done.exit_code == 2
    assert "tiny" in done.output
