"""The model that sees on an installation: off by default, from the list only, beside the evidence."""

from dataclasses import replace
from multiprocessing import active_children
from pathlib import Path

import numpy as np
import pytest

from assistant.errors import ModelDamaged, ModelError
from assistant.vision.encoder_errors import ImagesOff
from assistant.vision.encoder_zero import Seen, prompts
from assistant.vision.evidence import Looked, evidence
from assistant.vision.vlm import opinion
from assistant.writing.mtmd_link import PROCESS
from tests.makers_gguf import words
from tests.makers_vlm import Glass, projector_file, seeing_model
from ui.models.allowed import models_of
from ui.models.bundle import Import, Options
from ui.models.errors import ModelFilesError, NotChecked, UnknownModel
from ui.setting_file import use_model
from ui.settings import Settings, load_settings
from ui.vision_images import switch
from ui.vision_vlm import files_of, has_sight, heard_too, open_sight

PICTURE = np.random.default_rng(1).integers(0, 255, (90, 120, 3), dtype=np.uint8)
FINDING = prompts().findings["chest-xray"][0]
LOOKED = Looked("e", seen=(Seen(FINDING, 0.95, 0.95),))


def installed(home: Path, tmp_path: Path, glass: Glass | None, says: str = "yes") -> Settings:
    """Settings with a model that was imported, with or without a projector."""
    folder = tmp_path / "stick"
    folder.mkdir()
    model = seeing_model(says=words(says))
    (folder / "tiny.gguf").write_bytes(model.read_bytes())
    if glass is not None:
        (folder / "mmproj-tiny.gguf").write_bytes(projector_file(glass).read_bytes())
    Import(models_of(home)).run(folder, Options(name="tiny"))
    use_model(home, "tiny")
    switch(load_settings()[0], on=True)
    return replace(load_settings()[0], threads=1, gpu=False)


def workers() -> list:
    return [process for process in active_children() if process.name == PROCESS]


def test_it_is_off_until_a_person_switches_it_on(home, tmp_path):
    chosen = installed(home, tmp_path, Glass())
    switch(chosen, on=False)
    with pytest.raises(ImagesOff), open_sight(chosen):
        raise AssertionError("it was opened")
    found = evidence(LOOKED)
    with pytest.raises(ImagesOff):
        heard_too(chosen, found, LOOKED, PICTURE)
    assert workers() == []


def test_a_listed_model_with_its_projector_looks_and_is_closed_after(home, tmp_path):
    chosen = installed(home, tmp_path, Glass())
    assert has_sight(chosen)
    with open_sight(chosen) as model:
        assert opinion(model, PICTURE, "an ulcer").said == "yes"
        assert len(workers()) == 1
    assert workers() == []


def test_what_it_says_stands_beside_the_evidence(home, tmp_path):
    chosen = installed(home, tmp_path, Glass())
    found = evidence(LOOKED)
    more, note = heard_too(chosen, found, LOOKED, PICTURE)
    assert note == ""
    assert more.sentences[:-1] == found.sentences
    assert f"contradicts itself on {FINDING.title}" in more.sentences[-1]
    assert "tiny" in more.sentences[-1]
    assert workers() == []


def test_where_nothing_was_called_no_model_is_opened(home, tmp_path):
    chosen = installed(home, tmp_path, Glass())
    Path(files_of(chosen).projector).write_bytes(b"damaged")
    nothing = Looked("e", seen=(Seen(FINDING, 0.01, 0.01),))
    found = evidence(nothing)
    assert heard_too(chosen, found, nothing, PICTURE) == (found, "")


def test_without_a_model_or_a_projector_the_evidence_stands(home, tmp_path):
    chosen = installed(home, tmp_path, None)
    with pytest.raises(UnknownModel, match="tiny came without a projector"):
        files_of(chosen)
    found = evidence(LOOKED)
    assert heard_too(chosen, found, LOOKED, PICTURE) == (found, "")
    with pytest.raises(UnknownModel, match="No language model is set"):
        files_of(replace(chosen, model=""))
    assert not has_sight(replace(chosen, model="other"))


def test_a_file_that_is_not_listed_is_never_opened(home, tmp_path):
    chosen = installed(home, tmp_path, Glass())
    with pytest.raises(NotChecked):
        files_of(replace(chosen, model=str(seeing_model())))


@pytest.mark.parametrize("which", ["model", "projector"])
def test_a_file_that_was_changed_is_never_opened(home, tmp_path, which):
    chosen = installed(home, tmp_path, Glass())
    path = getattr(files_of(chosen), which)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.chmod(0o644)
    path.write_bytes(data)
    with open_sight(chosen) as model, pytest.raises(ModelDamaged, match="not the file"):
        model.describe()
    found = evidence(LOOKED)
    same, note = heard_too(chosen, found, LOOKED, PICTURE)
    assert same == found
    assert "not the file that was checked" in note


def test_a_projector_that_is_gone_is_told(home, tmp_path):
    chosen = installed(home, tmp_path, Glass())
    files_of(chosen).projector.unlink()
    with open_sight(chosen) as model, pytest.raises(ModelError, match=r"mmproj-tiny\.gguf"):
        model.describe()


def test_a_projector_of_another_model_is_told(home, tmp_path):
    chosen = installed(home, tmp_path, Glass(into=128))
    found = evidence(LOOKED)
    same, note = heard_too(chosen, found, LOOKED, PICTURE)
    assert same == found
    assert "does not belong to this language model" in note


def test_a_list_that_cannot_be_read_is_told(home, tmp_path):
    chosen = installed(home, tmp_path, Glass())
    (home / "models" / "models.lock").write_text("{", encoding="utf-8")
    with pytest.raises(ModelFilesError):
        files_of(chosen)
