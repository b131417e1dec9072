"""Translation models: only a listed one with its listed digests, in a folder of nothing else."""

import shutil

import pytest
from click.testing import CliRunner

from tests.hub_stand_in import HubStandIn, Repository
from tests.makers_marian import make_translator
from ui.cli.main import cli
from ui.cli.voice import phrases
from ui.models.allowed import allowed_folder, models_of
from ui.models.bundle import Import, Options, export
from ui.models.catalogue import catalogue
from ui.models.errors import ModelFilesError, NotChecked, UnknownModel, WrongDigest
from ui.models.structure import kind_of
from ui.speech_wiring import open_translator

NAME = "opus-mt-en-fr"


@pytest.fixture
def models(home):
    return models_of(home)


@pytest.fixture
def stick(tmp_path):
    return make_translator(tmp_path / "stick" / NAME, "donnez 5 mg")


@pytest.fixture
def listed(models, stick):
    (model,) = Import(models).run(stick)
    return model


def test_a_model_from_a_stick_is_listed_whole_and_translates(home, listed, stick):
    assert (listed.name, listed.kind) == (NAME, "translation")
    assert {file.role for file in listed.files} == {"part"}
    assert len(listed.files) == len(list(stick.iterdir()))
    assert open_translator(home, NAME).translate("give 5 mg") == "donnez 5 mg"
    folder = home / "models" / NAME
    assert open_translator(home, str(folder)).translate("give 5 mg") == "donnez 5 mg"


@pytest.mark.parametrize("file", ["model.bin", "source.spm", "target.spm", "config.json"])
def test_one_changed_byte_in_any_file_and_the_model_is_refused(home, listed, file):
    path = home / "models" / NAME / file
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(ModelFilesError, match=f"{file} is changed and is not used"):
        open_translator(home, NAME)
    path.unlink()
    with pytest.raises(ModelFilesError, match=f"{file} is missing"):
        open_translator(home, NAME)


def test_a_file_that_nobody_checked_in_keeps_the_model_from_being_used(home, listed):
    stray = home / "models" / NAME / "shared_vocabulary.txt"
    stray.write_text("a\n")
    with pytest.raises(NotChecked, match=r"shared_vocabulary\.txt lies in its folder"):
        open_translator(home, NAME)
    assert [one.state for one in models_of(home).verify()].count("unlisted") == 1
    stray.unlink()
    assert open_translator(home, NAME).target == "fr"


def test_a_folder_that_was_never_checked_in_is_refused_with_the_way_to_do_it(home, stick):
    with pytest.raises(NotChecked, match=f"aidpost models import .*{NAME}"):
        open_translator(home, str(stick))
    with pytest.raises(UnknownModel, match="There is none yet"):
        open_translator(home, NAME)


def test_a_model_of_another_kind_is_refused(home, listed):
    with pytest.raises(UnknownModel, match="is a model for translation, not for speech"):
        allowed_folder(home, NAME, "speech")


def test_a_model_can_stay_where_it_is(home, models, stick):
    Import(models).run(stick, Options(name="mine", in_place=True))
    assert open_translator(home, "mine").translate("give 5 mg") == "donnez 5 mg"
    assert open_translator(home, str(stick)).source == "en"


def test_a_name_without_languages_is_refused_when_it_comes(models, stick):
    nameless = stick.rename(stick.parent / "translator")
    with pytest.raises(ModelFilesError, match=r"both languages.*--name"):
        Import(models).run(nameless)
    (model,) = Import(models).run(nameless, Options(name="mine-en-fr"))
    assert model.name == "mine-en-fr"


@pytest.mark.parametrize("file", ["source.spm", "target.spm"])
def test_damaged_pieces_are_refused_when_they_come(models, stick, file):
    (stick / file).write_bytes(b"\xff\xff\xff")
    with pytest.raises(ModelFilesError, match=rf"{file} cannot be used .* SentencePiece"):
        Import(models).run(stick)
    assert models.lock().models == ()


def test_a_folder_without_its_pieces_is_no_translation_model(models, stick):
    (stick / "target.spm").unlink()
    with pytest.raises(ModelFilesError, match=r"source\.spm and target\.spm"):
        Import(models).run(stick)


def test_what_makes_words_of_sound_is_not_taken_for_a_translation(tmp_path):
    names = ("model.bin", "config.json", "tokenizer.json")
    assert kind_of([tmp_path / name for name in names]) == "speech"
    others = ("model.bin", "config.json", "source.spm", "target.spm", "shared_vocabulary.json")
    assert kind_of([tmp_path / name for name in others]) == "translation"


def test_a_model_goes_from_one_machine_to_another_and_not_damaged(models, listed, tmp_path):
    export(models, [NAME], tmp_path / "out")
    other = models_of(tmp_path / "other")
    (model,) = Import(other).run(tmp_path / "out")
    assert model == listed
    assert open_translator(tmp_path / "other", NAME).translate("give 5 mg") == "donnez 5 mg"
    shutil.copy(tmp_path / "out" / NAME / "source.spm", tmp_path / "out" / NAME / "target.spm")
    with pytest.raises(WrongDigest):
        Import(models_of(tmp_path / "third")).run(tmp_path / "out")


def test_a_model_of_the_catalogue_is_fetched_checked_and_used(home, stick, monkeypatch):
    (entry,) = [one for one in catalogue() if one.name == "opus-mt-en-fr"]
    files = {path.name: path.read_bytes() for path in stick.iterdir()}
    files["shared_vocabulary.json"] = files.pop("source_vocabulary.json")
    files["README.md"] = b"# Not wanted\n"
    with HubStandIn("hf_right") as hub:
        hub.repositories[entry.repository] = Repository(files)
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        monkeypatch.delenv("HF_TOKEN", raising=False)
        done = CliRunner().invoke(cli, ["models", "pull", entry.name], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    model = models_of(home).lock().model(entry.name)
    assert (model.kind, len(model.files)) == ("translation", len(entry.files))
    assert allowed_folder(home, entry.name, "translation") == home / "models" / entry.name


def test_the_command_refuses_in_plain_words(home, stick):
    done = CliRunner().invoke(phrases, ["give 5 mg", "--model", str(stick)])
    assert isinstance(done.exception, NotChecked)
    assert "donnez" not in done.output


def test_every_translation_of_the_catalogue_says_what_is_not_known_of_it():
    found = [one for one in catalogue() if one.kind == "translation"]
    assert len(found) >= 5
    for one in found:
        assert not one.confirmed
        assert one.doubt
        assert set(one.files) >= {"model.bin", "config.json", "source.spm", "target.spm"} or (
            one.blocked
        )
