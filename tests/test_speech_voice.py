"""From a written sentence to sound: words, programs that speak, and the queue between both."""

import io
import json
import stat
import sys
import threading
import time
import tomllib
import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speech.audio.wav import write_wav
from speech.errors import NoVoice, VoiceFailed
from speech.voice.lexicon import load_voice_lexicon
from speech.voice.manner import Manner, Sound
from speech.voice.number_words import number_words, ordinal_words, year_words
from speech.voice.other_languages import load_unit_words
from speech.voice.programs import Espeak, MacVoice, Piper, Sapi, open_voice
from speech.voice.speaker import SentenceQueue, Spoken, render
from speech.voice.spoken_form import number_twice, open_spoken_form
from speech.voice.voices import Machine, kinds
from ui.speech_sound import speak_all, write_file
from ui.speech_wiring import open_renderer, open_sentences, open_voices, wording

DATA = Path(__file__).parent / "data" / "speech_spoken_form.toml"
CASES = [
    (written, spoken)
    for group in tomllib.loads(DATA.read_text(encoding="utf-8")).values()
    for written, spoken in group.items()
]
FORM = open_spoken_form()


# --- words --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("written", "spoken"), CASES)
def test_what_is_written_is_spoken_in_words(written, spoken):
    assert FORM.of(written) == spoken


@given(st.text(max_size=80))
@settings(max_examples=300, deadline=None)
def test_any_text_has_a_spoken_form_without_figures(text):
    assert not any("0" <= char <= "9" for char in FORM.of(text))


@given(st.integers(0, 999_999), st.sampled_from(sorted(load_voice_lexicon().units)))
@settings(max_examples=200, deadline=None)
def test_no_unit_is_ever_read_as_letters(number, unit):
    several = load_voice_lexicon().units[unit][number != 1]
    assert (
        FORM.of(f"Give {number} {unit} now.") == f"Give {number_words(str(number))} {several} now."
    )


def test_traps_that_are_misheard_are_not_guessed():
    assert FORM.of("1/5") == "one over five"
    assert "micrograms" in FORM.of("5 mcg")
    assert "milligrams" in FORM.of("5 mg")
    assert FORM.of("0.05 mg") != FORM.of("0.5 mg")
    assert number_twice("50") == "fifty, five zero"
    assert number_twice("15") == "fifteen, one five"
    assert number_twice("7") == "seven"


def test_ordinals_and_years():
    assert [ordinal_words(n) for n in (1, 12, 20, 21, 100)] == [
        "first", "twelfth", "twentieth", "twenty-first", "one hundredth",
    ]  # fmt: skip
    assert [year_words(y) for y in (1998, 2000, 2005, 2024, 1905)] == [
        "nineteen ninety-eight", "two thousand", "two thousand and five", "twenty twenty-four",
        "nineteen oh five",
    ]  # fmt: skip


@pytest.mark.parametrize("language", sorted(load_unit_words()))
def test_in_other_languages_units_are_words_and_figures_stay(language):
    said = load_unit_words()[language].of("500 mg/kg 1 mg 2-3 mL")
    assert "500" in said
    assert not {"mg", "kg", "mL"} & set(said.replace("/", " ").split())


def test_the_wording_knows_its_languages_and_leaves_others_as_they_are():
    assert wording().of("5 mg", "en") == "five milligrams"
    assert wording().of("5 mg", "fr") == "5 milligrammes"
    assert "5 mg" in wording().of("5 mg [1]", "xx")


# --- manner -------------------------------------------------------------------------------------


def test_volume_and_mute_change_the_samples_and_not_the_length():
    sound = Sound(np.full(100, 0.5, np.float32), 16000)
    assert sound.at_volume(Manner(volume=50)).samples.max() == pytest.approx(0.25)
    assert sound.at_volume(Manner(mute=True)).samples.max() == 0
    assert sound.at_volume(Manner(volume=900)).samples.max() == pytest.approx(0.5)
    assert sound.at_volume(Manner(mute=True)).seconds == sound.seconds
    assert Manner(mute=True).louder().mute is False


# --- programs -----------------------------------------------------------------------------------

ESPEAK = open_voices(Path("/nowhere"))


def pitch_hz(sound):
    """The commonest pitch of the loud parts, by autocorrelation."""
    size, found = sound.rate // 20, []
    for begin in range(0, len(sound.samples) - size, size):
        frame = sound.samples[begin : begin + size]
        if np.abs(frame).max() < 0.2:
            continue
        like = np.correlate(frame, frame, "full")[size - 1 :]
        shortest, longest = sound.rate // 350, sound.rate // 60
        found.append(sound.rate / (shortest + int(like[shortest:longest].argmax())))
    return float(np.median(found))


def test_the_voice_of_this_machine_makes_a_wav_with_a_human_pitch(tmp_path):
    sound = speak_all("Give five hundred milligrams twice a day.", ESPEAK, Manner())
    write_file(sound, tmp_path / "said.wav")
    with wave.open(str(tmp_path / "said.wav")) as read:
        assert read.getnchannels() == 1
        assert read.getsampwidth() == 2
        seconds = read.getnframes() / read.getframerate()
    assert 1.5 < seconds < 6
    assert 70 < pitch_hz(sound) < 300
    assert np.sqrt((sound.samples**2).mean()) > 0.02
    assert np.abs(sound.samples).max() < 1


@pytest.mark.parametrize("language", ["en", "fr", "es", "pt", "sw", "hi", "ar"])
def test_each_language_has_a_voice_of_its_own(language):
    phrases = {"hi": "नमस्ते, आप कैसे हैं?", "ar": "مرحبا كيف حالك"}
    sound = ESPEAK.render(phrases.get(language, "la mama di la paciente"), Manner(language))
    assert sound.seconds > 0.5
    if language != "en":
        english = ESPEAK.render(phrases.get(language, "la mama di la paciente"), Manner())
        assert len(english.samples) != len(sound.samples)


def test_slower_is_longer_and_faster_is_shorter():
    text = "Give the child water after each loose stool."
    seconds = [ESPEAK.render(text, Manner(speed=speed)).seconds for speed in (0.5, 1.0, 2.0)]
    assert seconds[0] > 1.5 * seconds[1] > 2 * seconds[2]


def test_a_language_without_a_voice_is_told():
    with pytest.raises(NoVoice, match="shown only"):
        ESPEAK.render("sannu", Manner("ha"))
    assert "shown only" in render("sannu", ESPEAK, wording(), Manner("ha")).failed


def test_a_program_that_is_missing_or_fails_or_gives_nothing_is_a_message(tmp_path):
    for command, words in (
        (str(tmp_path / "none"), "cannot be started"),
        ("/bin/false", "failed"),
        ("/bin/true", "no sound"),
    ):
        with pytest.raises(VoiceFailed, match=words):
            Espeak(command).render("five", Manner())
    silent = script(tmp_path / "silent", "sys.stdout.buffer.write(silence)")
    with pytest.raises(VoiceFailed, match="no sound"):
        Espeak(silent).render("five", Manner())


def test_nothing_to_say_is_no_error():
    assert render("...", ESPEAK, wording(), Manner()).sound is None
    with pytest.raises(VoiceFailed, match="nothing in it"):
        speak_all("... ...", ESPEAK, Manner())


def test_text_is_never_taken_for_an_option_or_a_command():
    sound = ESPEAK.render("-w out.wav; $(reboot) `id` --stdin", Manner())
    assert sound.seconds > 0.5


SCRIPT = """#!{python}
import json, pathlib, sys
words = sys.stdin.read()
here = pathlib.Path(__file__)
tone, silence = {tone!r}, {silence!r}
here.with_suffix(".told").write_text(json.dumps([sys.argv[1:], words]))
{body}
"""


def script(path, body):
    """A program that notes how it was called and does what the body says."""
    tone = (0.5 * np.sin(np.arange(22050) * 0.06)).astype("f4")
    silence = write_wav(np.zeros(2205, np.float32), 22050)
    text = SCRIPT.format(
        python=sys.executable, tone=write_wav(tone, 22050)[:9000], silence=silence, body=body
    )
    path.write_text(text, encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def told(path):
    return json.loads(Path(path).with_suffix(".told").read_text())


def test_the_voice_of_macos_is_called_with_voice_speed_and_a_file(tmp_path):
    say = script(tmp_path / "say", "pathlib.Path(sys.argv[-1]).write_bytes(tone)")
    sound = MacVoice(say).render("cinq milligrammes", Manner("fr", speed=0.8))
    arguments, words = told(say)
    assert arguments[:4] == ["-v", "Thomas", "-r", "120"]
    assert words == "cinq milligrammes"
    assert sound.rate == 22050
    assert not Path(arguments[-1]).exists()
    with pytest.raises(NoVoice):
        MacVoice(say).render("sannu", Manner("ha"))


def test_the_voice_of_windows_gets_words_on_its_input_and_nothing_in_its_script(tmp_path):
    shell = script(tmp_path / "powershell", "pathlib.Path(sys.argv[-1]).write_bytes(tone)")
    sound = Sapi(shell).render('say "; Remove-Item x', Manner("es", speed=2.0))
    arguments, words = told(shell)
    assert arguments[:3] == ["-NoProfile", "-NonInteractive", "-Command"]
    assert "Remove-Item" not in " ".join(arguments)
    assert words == 'say "; Remove-Item x'
    assert arguments[4:6] == ["es-ES", "10"]
    assert sound.seconds > 0.1


def piper(tmp_path, about='{"audio":{"sample_rate":16000},"language":{"code":"en_GB"}}'):
    program = script(tmp_path / "piper", "sys.stdout.buffer.write(tone)")
    (tmp_path / "voice.onnx").write_bytes(b"x")
    if about is not None:
        (tmp_path / "voice.onnx.json").write_text(about)
    return Piper(program, tmp_path / "voice.onnx")


def test_piper_speaks_the_language_of_its_voice_at_its_rate(tmp_path):
    voice = piper(tmp_path)
    assert voice.render("five", Manner(speed=0.5)).rate == 16000
    arguments, _ = told(voice.program)
    assert arguments[-2:] == ["--length_scale", "2.00"]
    with pytest.raises(NoVoice):
        voice.render("cinq", Manner("fr"))


@pytest.mark.parametrize("about", [None, "", "{}", '{"audio":7}', "[]"])
def test_a_piper_voice_that_is_not_complete_is_named(tmp_path, about):
    with pytest.raises(VoiceFailed, match=r"voice.onnx is not complete"):
        piper(tmp_path, about).render("five", Manner())


@pytest.mark.parametrize(
    ("machine", "best"),
    [
        (Machine("linux", {"espeak-ng": "/e"}), ("espeak",)),
        (Machine("linux", {"espeak": "/e", "piper": "/p"}, Path("v")), ("piper", "espeak")),
        (Machine("linux", {"piper": "/p"}), ()),
        (Machine("darwin", {"say": "/s", "espeak-ng": "/e"}), ("macos", "espeak")),
        (Machine("win32", {"pwsh": "/w"}), ("sapi",)),
        (Machine("linux", {"say": "/s", "pwsh": "/w"}), ()),
    ],
)
def test_the_best_voice_of_a_machine_comes_first(machine, best):
    assert kinds(machine) == best
    for kind in best:
        assert open_voice(kind, machine).name


# --- the queue ----------------------------------------------------------------------------------


def heard_in(queue):
    return [one.sentence for one in queue]


def test_sentences_come_out_as_sound_in_order():
    queue = open_sentences(ESPEAK, Manner())
    sentences = ["One tablet.", "Two tablets.", "Three tablets.", "Four tablets."]
    for sentence in sentences:
        queue.put(sentence)
    queue.finish()
    spoken = list(queue)
    assert [one.sentence for one in spoken] == sentences
    assert all(one.sound.seconds > 0.3 for one in spoken)


def test_stop_ends_it_at_once_and_nothing_more_is_spoken():
    made, gate = [], threading.Event()

    def slow(sentence):
        made.append(sentence)
        gate.wait(5)
        return Spoken(sentence, sentence)

    queue = SentenceQueue(slow)
    for number in range(5):
        queue.put(f"sentence {number}")
    ends = threading.Timer(0.05, queue.stop)
    ends.start()
    begin = time.monotonic()
    assert heard_in(queue) == []
    assert time.monotonic() - begin < 0.3
    gate.set()
    assert queue.stopped
    assert made == ["sentence 0"]


def test_a_sentence_whose_voice_fails_does_not_stop_the_others(tmp_path):
    speak = open_renderer(Espeak(str(tmp_path / "none")))
    queue = SentenceQueue(lambda sentence: speak(sentence, Manner()))
    queue.put("One.")
    queue.put("Two.")
    queue.finish()
    assert [bool(one.failed) for one in queue] == [True, True]


def test_the_sound_of_a_file_can_be_read_by_everyone(tmp_path):
    sound = ESPEAK.render("five", Manner())
    with wave.open(io.BytesIO(write_wav(sound.samples, sound.rate))) as read:
        assert read.getframerate() == sound.rate
    with pytest.raises(VoiceFailed, match="cannot be written"):
        write_file(sound, tmp_path / "none" / "said.wav")
