"""The folder of models: import, export, verify, remove, use, and the gate before every engine."""

import json
import os
import random
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from assistant.errors import ModelDamaged, ModelError
from assistant.writing.language import GenerationLimits
from assistant.writing.templates import Turn, families
from kb.errors import LibraryError, UnreadableDocument
from kb.packs.disk import write_whole
from tests.makers_gguf import Recipe, make, model_file, words
from ui.models.allowed import allowed_files, allowed_model, models_of
from ui.models.bundle import Import, Options, export
from ui.models.disk import digest_of, in_words, plain_errors
from ui.models.engine import EngineOptions, open_checked
from ui.models.errors import (
    ModelFilesError,
    NoRoom,
    NotChecked,
    UnknownModel,
    WrongDigest,
)
from ui.models.folder import Finding, Models
from ui.models.lock import NAME, Lock, LockedFile, LockedModel, read_lock, write_lock
from ui.models.onnx_links import NoNetwork, has_links
from ui.models.onnx_trial import trial
from ui.models.structure import onnx_trial
from ui.setting_file import use_model, with_line
from ui.settings import load_settings

SPEECH = "Give ORS now. [1]"
PROMPT = families()["chatml"].prompt([Turn("user", "Fever?")])


@pytest.fixture
def models(home: Path) -> Models:
    return models_of(home)


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    make(folder / "Tiny Chat.gguf", Recipe(says=words(SPEECH)))
    return folder


def imported(models: Models, stick: Path, **options) -> LockedModel:
    (model,) = Import(models).run(stick / "Tiny Chat.gguf", Options(**options))
    return model


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_a_file_from_a_stick_is_copied_and_listed(models, stick, home) -> None:
    model = imported(models, stick)
    (file,) = model.files
    assert (model.name, model.kind, model.source) == ("tiny-chat", "chat", "import Tiny Chat.gguf")
    assert file.sha256 == digest_of(stick / "Tiny Chat.gguf") == digest_of(models.path(file))
    assert file.path == "tiny-chat/Tiny Chat.gguf"
    assert models.verify() == (Finding("tiny-chat", file.path, "ok"),)
    assert allowed_model(home, "tiny-chat").sha256 == file.sha256


def test_a_file_can_stay_where_it_is(models, stick, home) -> None:
    model = imported(models, stick, in_place=True, name="here")
    path = stick / "Tiny Chat.gguf"
    assert model.files[0].path == str(path)
    assert allowed_model(home, str(path)).path == path
    models.remove("here")
    assert path.exists()


def test_a_digest_that_is_asked_for_decides(models, stick) -> None:
    right = digest_of(stick / "Tiny Chat.gguf")
    with pytest.raises(WrongDigest, match=f"its SHA-256 is {right} and should be {'0' * 64}"):
        imported(models, stick, sha256="0" * 64)
    assert models.lock().models == ()
    assert [path.name for path in models.folder.rglob("*") if path.is_file()] == [".busy"]
    assert imported(models, stick, sha256=f" {right.upper()} ").files[0].sha256 == right


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("model.gguf", b"\x80\x04\x95pickle" + bytes(99), "pickle"),
        ("model.pt", b"PK\x03\x04" + bytes(99), "make no model|pickle"),
        ("model.gguf", b"GGUF" + bytes(999), "format version"),
        ("model.gguf", b"", "not a GGUF"),
        ("model.onnx", b"not a network", "damaged or of a kind"),
        ("notes.txt", b"hello", "make no model that is known"),
    ],
)
def test_what_is_no_model_does_not_come_in(models, tmp_path, name, data, why) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ModelFilesError, match=why):
        Import(models).run(tmp_path / name)
    assert models.lock().models == ()


def test_a_folder_with_a_speech_model_is_one_model(models, tmp_path) -> None:
    folder = tmp_path / "Whisper Tiny"
    folder.mkdir()
    for name in ("config.json", "tokenizer.json"):
        (folder / name).write_text("{}")
    (folder / "model.bin").write_bytes(bytes([6, 0, 0, 0]) + bytes(500))
    (folder / "vocabulary.txt").write_text("a\nb\n")
    (model,) = Import(models).run(folder)
    assert (model.name, model.kind, len(model.files)) == ("whisper-tiny", "speech", 4)
    (folder / "config.json").write_text("{broken")
    with pytest.raises(ModelFilesError, match=r"config\.json cannot be used .* not JSON"):
        Import(models).run(folder)


def test_folders_that_are_no_model_are_named(models, tmp_path) -> None:
    with pytest.raises(ModelFilesError, match="There is no file or folder"):
        Import(models).run(tmp_path / "gone")
    folder = tmp_path / "many"
    folder.mkdir()
    with pytest.raises(ModelFilesError, match="holds 0 files"):
        Import(models).run(folder)
    (folder / "inner").mkdir()
    with pytest.raises(ModelFilesError, match="folders or links"):
        Import(models).run(folder)
    (folder / "inner").rmdir()
    (folder / "link.gguf").symlink_to("/etc/passwd")
    with pytest.raises(ModelFilesError, match="folders or links"):
        Import(models).run(folder)


def network(path: Path, external: str = "") -> Path:
    """A network of one addition, or one whose weights lie in another file."""
    weights = b"" if external else np.ones(2, np.float32).tobytes()
    tensor = _field(1, _varint(2)) + _tag(2, 0) + _varint(1) + _field(8, b"w")
    if external:
        place = _field(13, _field(1, b"location") + _field(2, external.encode()))
        tensor += place + _tag(14, 0) + _varint(1)
    else:
        tensor += _field(9, weights)
    node = _field(1, b"x") + _field(1, b"w") + _field(2, b"y") + _field(4, b"Add")
    graph = _field(1, node) + _field(2, b"g") + _field(5, tensor)
    graph += _field(11, _value(b"x")) + _field(12, _value(b"y"))
    opset = _field(8, _tag(2, 0) + _varint(13))
    path.write_bytes(_tag(1, 0) + _varint(8) + _field(7, graph) + opset)
    return path


def _value(name: bytes) -> bytes:
    shape = _field(2, _field(1, _tag(1, 0) + _varint(2)))
    return _field(1, name) + _field(2, _field(1, _tag(1, 0) + _varint(1) + shape))


def _field(number: int, data: bytes) -> bytes:
    return _tag(number, 2) + _varint(len(data)) + data


def _tag(number: int, kind: int) -> bytes:
    return _varint(number << 3 | kind)


def _varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def test_a_network_comes_in_and_a_damaged_one_does_not(models, tmp_path, home) -> None:
    path = network(tmp_path / "eye.onnx")
    (model,) = Import(models).run(path)
    assert (model.name, model.kind) == ("eye", "image-encoder")
    assert set(allowed_files(home, "eye")) == {"eye.onnx"}
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(
        ModelFilesError, match=r"eye\.onnx cannot be used as a model: it is damaged"
    ):
        Import(models).run(path)


@pytest.mark.parametrize("outside", ["../secret.bin", "secret.bin", "/etc/passwd"])
def test_a_network_may_not_reach_for_other_files(models, tmp_path, outside) -> None:
    (tmp_path / "secret.bin").write_bytes(np.ones(2, np.float32).tobytes())
    folder = tmp_path / "inner"
    folder.mkdir()
    shutil.copy(tmp_path / "secret.bin", folder)
    with pytest.raises(ModelFilesError, match="its weights are in another file"):
        Import(models).run(network(folder / "eye.onnx", outside))


def test_links_are_found_wherever_weights_can_stand() -> None:
    linked = _field(13, _field(1, b"location") + _field(2, b"x"))
    place = _tag(14, 0) + _varint(1)
    here = (
        _tag(14, 0)
        + _varint(0)
        + _field(9, bytes(8))
        + _tag(4, 5)
        + bytes(4)
        + _tag(10, 1)
        + bytes(8)
    )
    for tensor, found in ((linked, True), (place, True), (here, False)):
        attribute = _field(5, tensor)
        node = _field(5, attribute)
        inner = _field(5, _field(6, _field(1, node)))
        for graph in (
            _field(5, tensor),
            _field(1, node),
            _field(1, inner),
            _field(15, _field(1, tensor)),
        ):
            assert has_links(_field(7, graph)) is found
        assert has_links(_field(25, _field(7, node))) is found
        assert has_links(_field(20, _field(1, _field(5, tensor)))) is found
    # A length in more bytes than it needs is read as what it is.
    long = bytes([7 << 3 | 2, len(_field(5, linked)) | 128, 0]) + _field(5, linked)
    assert has_links(long)
    assert not has_links(b"")


@pytest.mark.parametrize(
    "data",
    [b"\xff" * 11, b"\x3a\xff\xff\x03", b"\x3b", b"\x39" + bytes(3), b"\x3a", b"\x3a\x02\x2a\x09"],
)
def test_what_is_no_network_is_noticed_while_links_are_looked_for(data) -> None:
    with pytest.raises(NoNetwork):
        has_links(data)


def test_a_network_nested_without_end_is_no_network() -> None:
    data = b""
    for _ in range(100):
        data = _field(1, _field(5, _field(6, data)))
    with pytest.raises(NoNetwork, match="nested too deeply"):
        has_links(_field(7, data))


def test_the_child_process_tells_what_is_wrong(tmp_path) -> None:
    assert trial(b"", {"path": network(tmp_path / "eye.onnx")})[0] == {
        "inputs": ["x"],
        "outputs": ["y"],
    }
    (tmp_path / "noise.onnx").write_bytes(_field(7, b""))
    for name, why in (("gone", "cannot be read"), ("noise", "damaged or of a kind")):
        with pytest.raises(UnreadableDocument, match=why):
            trial(b"", {"path": tmp_path / f"{name}.onnx"})


def test_damaged_networks_never_take_the_program_down(tmp_path) -> None:
    data = network(tmp_path / "eye.onnx").read_bytes()
    chance = random.Random(8)
    for _ in range(10):
        damaged = bytearray(data)
        for _ in range(3):
            damaged[chance.randrange(len(data))] = chance.randrange(256)
        (tmp_path / "eye.onnx").write_bytes(damaged)
        try:
            onnx_trial(tmp_path / "eye.onnx")
        except LibraryError as error:
            assert str(error)


def test_a_bundle_goes_from_one_machine_to_another(models, stick, tmp_path, home) -> None:
    imported(models, stick)
    out = tmp_path / "bundle"
    assert [model.name for model in export(models, ["tiny-chat"], out)] == ["tiny-chat"]
    other = Models(tmp_path / "other")
    (model,) = Import(other).run(out)
    assert model == models.lock().model("tiny-chat")
    assert {one.state for one in other.verify()} == {"ok"}
    imported(models, stick, name="second")
    export(models, ["second"], out)
    assert [one.name for one in read_lock(out / NAME).models] == ["second", "tiny-chat"]


@pytest.mark.parametrize(
    ("harm", "why"),
    [
        (flip, "is not the file that is named"),
        (lambda path: path.write_bytes(path.read_bytes()[:-9]), "not copied to its end"),
        (lambda path: path.unlink(), "is missing in the bundle"),
        (lambda path: (path.unlink(), path.symlink_to("/etc/passwd")), "is missing in the bundle"),
    ],
)
def test_a_bundle_that_suffered_is_refused(models, stick, tmp_path, harm, why) -> None:
    imported(models, stick)
    out = tmp_path / "bundle"
    export(models, [], out)
    harm(out / "tiny-chat" / "Tiny Chat.gguf")
    other = Models(tmp_path / "other")
    with pytest.raises(ModelFilesError, match=why):
        Import(other).run(out)
    assert other.lock().models == ()
    assert not [path for path in other.folder.rglob("*.gguf*") if path.is_file()]


@pytest.mark.parametrize(
    "path", ["../evil.gguf", "/etc/passwd", "a/../../b", "a\\b", "C:/x", "", "a//b", "nul"]
)
def test_a_bundle_cannot_reach_outside(models, tmp_path, path) -> None:
    row = {"path": path, "sha256": "a" * 64, "size": 1, "role": "model"}
    model = {"name": "x", "kind": "chat", "files": [row], "date": "2026-01-01"}
    (tmp_path / NAME).write_text(json.dumps({"format": 1, "models": [model]}))
    with pytest.raises(ModelFilesError, match="list of models cannot be used"):
        Import(models).run(tmp_path)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"format": 2, "models": []}',
        b'{"format": 1, "models": [], "models": []}',
        b'{"format": 1, "models": [{"name": "x"}]}',
        b'{"format": 1, "extra": 1}',
        b"\xff\xfe",
        b"[" * 100_000,
        b" " * 5_000_000,
    ],
)
def test_a_list_that_cannot_be_read_stops_everything(models, body, home) -> None:
    models.folder.mkdir(parents=True)
    (models.folder / NAME).write_bytes(body)
    with pytest.raises(ModelFilesError):
        models.lock()
    with pytest.raises(ModelFilesError):
        allowed_model(home, "tiny-chat")
    with pytest.raises(ModelError):
        open_checked(home, "tiny-chat", EngineOptions(1)).describe()


def test_the_list_is_read_as_it_was_written(tmp_path) -> None:
    file = LockedFile("a/b.gguf", "0" * 64, 5, "model")
    model = LockedModel("a", "chat", (file,), "hub", "c" * 40, "MIT", "Q4_K_M", date(2026, 11, 21))
    lock = Lock().put(model).put(replace(model, name="b")).put(model)
    write_lock(tmp_path / NAME, lock)
    assert read_lock(tmp_path / NAME) == lock
    assert [one.name for one in lock.without("a").models] == ["b"]


def test_names_may_be_short_where_that_is_clear(models, stick) -> None:
    for name in ("qwen-q4_k_m", "llama-q4_k_m", "llama-q8_0"):
        imported(models, stick, name=name)
    lock = models.lock()
    assert lock.model("qwen").name == "qwen-q4_k_m"
    with pytest.raises(UnknownModel, match="“llama” can mean llama-q4_k_m, llama-q8_0"):
        lock.model("llama")
    with pytest.raises(UnknownModel, match=r"No model “gpt” is on this machine. There are: llama"):
        lock.model("gpt")


def test_verify_names_every_file_that_is_not_what_it_was(models, stick) -> None:
    for name in ("good", "flipped", "short", "gone"):
        imported(models, stick, name=name)
    flip(models.folder / "flipped" / "Tiny Chat.gguf")
    os.truncate(models.folder / "short" / "Tiny Chat.gguf", 99)
    (models.folder / "gone" / "Tiny Chat.gguf").unlink()
    (models.folder / "good" / "stray.gguf").write_bytes(b"x")
    states = {(one.model, Path(one.file).name, one.state) for one in models.verify()}
    assert states == {
        ("good", "Tiny Chat.gguf", "ok"),
        ("flipped", "Tiny Chat.gguf", "changed"),
        ("short", "Tiny Chat.gguf", "changed"),
        ("gone", "Tiny Chat.gguf", "missing"),
        ("", "stray.gguf", "unlisted"),
    }


def test_removing_deletes_files_and_listing(models, stick) -> None:
    imported(models, stick)
    models.remove("tiny-chat")
    assert models.lock().models == ()
    assert not (models.folder / "tiny-chat").exists()
    with pytest.raises(UnknownModel):
        models.remove("tiny-chat")


def test_removing_leaves_what_was_never_copied(models, stick) -> None:
    kept = models.folder / "mine" / "Tiny Chat.gguf"
    kept.parent.mkdir(parents=True)
    shutil.copy(stick / "Tiny Chat.gguf", kept)
    Import(models).run(kept, Options("mine", in_place=True))
    models.remove("mine")
    assert kept.exists()


# The gate before the engine.


def write(model) -> str:
    return "".join(model.stream(PROMPT, GenerationLimits(max_tokens=60), NEVER))


class _Never:
    def is_set(self) -> bool:
        return False


NEVER = _Never()


def test_a_listed_model_answers_and_a_changed_one_is_refused(models, stick, home) -> None:
    imported(models, stick)
    model = open_checked(home, "tiny-chat", EngineOptions(1))
    assert write(model) == SPEECH
    model.close()
    flip(models.folder / "tiny-chat" / "Tiny Chat.gguf")
    model = open_checked(home, "tiny-chat", EngineOptions(1))
    with pytest.raises(ModelDamaged, match="not the file that was checked"):
        write(model)
    model.close()


def test_a_path_that_was_never_checked_in_is_not_opened(models, stick, home) -> None:
    path = stick / "Tiny Chat.gguf"
    with pytest.raises(NotChecked, match=rf"run: aidpost models import --in-place {path}"):
        allowed_model(home, str(path))
    model = open_checked(home, str(path), EngineOptions(1))
    for call in (
        lambda: write(model),
        model.describe,
        lambda: list(model.chunks(PROMPT, None, NEVER)),
    ):
        with pytest.raises(ModelError, match="never checked in"):
            call()
    model.forget()
    model.close()
    imported(models, stick, in_place=True)
    model = open_checked(home, str(path), EngineOptions(1))
    assert write(model) == SPEECH
    model.close()


def test_what_is_missing_or_cut_is_said_before_it_is_opened(models, stick, home) -> None:
    imported(models, stick)
    path = models.folder / "tiny-chat" / "Tiny Chat.gguf"
    os.truncate(path, 500)
    with pytest.raises(ModelFilesError, match="has another size than when it came"):
        allowed_model(home, "tiny-chat")
    path.unlink()
    with pytest.raises(ModelFilesError, match="is gone"):
        allowed_model(home, "tiny-chat")


def test_a_speech_model_is_no_chat_model(models, tmp_path, home) -> None:
    (model,) = Import(models).run(network(tmp_path / "eye.onnx"))
    with pytest.raises(UnknownModel, match="not a model that writes text"):
        allowed_model(home, model.name)
    flip(models.path(model.files[0]))
    with pytest.raises(ModelFilesError, match=r"eye\.onnx is changed and is not used"):
        allowed_files(home, model.name)


def test_a_projector_comes_along(models, tmp_path, home) -> None:
    import gguf

    folder = tmp_path / "Seeing"
    folder.mkdir()
    shutil.copy(model_file(), folder / "chat.gguf")
    writer = gguf.GGUFWriter(str(folder / "mmproj.gguf"), "clip")
    writer.add_tensor("v.weight", np.zeros((4, 4), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    Import(models).run(folder)
    found = allowed_model(home, "seeing")
    assert found.path.name == "chat.gguf"
    assert found.projector is not None
    assert found.projector.name == "mmproj.gguf"


# The setting.


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", 'model = "tiny"\n'),
        ("port = 8000 # mine\n", 'port = 8000 # mine\nmodel = "tiny"\n'),
        ('# a\nmodel = "/old"\nport = 8000\n', '# a\nmodel = "tiny"\nport = 8000\n'),
        (
            'port = 8000\n[other]\nmodel = "x"\n',
            'port = 8000\nmodel = "tiny"\n[other]\nmodel = "x"\n',
        ),
    ],
)
def test_using_a_model_changes_one_line(home, before, after) -> None:
    home.mkdir()
    (home / "aidpost.toml").write_text(before)
    use_model(home, "tiny")
    assert (home / "aidpost.toml").read_text() == after
    assert load_settings()[0].model == "tiny"


def test_threads_are_set_with_it(home) -> None:
    use_model(home, "tiny", 3)
    use_model(home, "other")
    settings = load_settings()[0]
    assert (settings.model, settings.threads) == ("other", 3)


@pytest.mark.parametrize(
    "text", ['model = """\nx"""\n', "broken = = 1\n", 'a = """\nmodel = 1\n"""\n']
)
def test_a_file_that_only_a_person_can_change_is_left_alone(home, text) -> None:
    home.mkdir()
    (home / "aidpost.toml").write_text(text)
    with pytest.raises(ModelFilesError, match='Please put this into it yourself: model = "tiny"'):
        use_model(home, "tiny")
    assert (home / "aidpost.toml").read_text() == text


def test_a_quote_in_a_name_stays_a_name() -> None:
    import tomllib

    name = 'we"ird\\name'
    assert tomllib.loads(with_line("", "model", f"model = {json.dumps(name)}")) == {"model": name}


# Disks.


def test_sizes_are_written_as_people_read_them() -> None:
    sizes = [0, 999, 1000, 63_200_000, 806_058_240, 2_489_894_976]
    words = ["0 bytes", "999 bytes", "1 kB", "63.2 MB", "806 MB", "2.49 GB"]
    assert [in_words(size) for size in sizes] == words


@pytest.mark.parametrize(
    ("number", "kind", "why"),
    [
        ("ENOSPC", NoRoom, "The disk is full"),
        ("EFBIG", NoRoom, "format the stick as exFAT"),
        ("EROFS", NoRoom, "write-protected"),
        ("EIO", ModelFilesError, "cannot be read or written"),
    ],
)
def test_what_the_system_says_of_a_disk_is_put_in_words(number, kind, why) -> None:
    import errno

    code = getattr(errno, number)
    with pytest.raises(kind, match=why), plain_errors("model.gguf"):
        raise OSError(code, os.strerror(code))


def test_a_list_is_never_half_written(models, stick, monkeypatch) -> None:
    imported(models, stick)
    before = (models.folder / NAME).read_bytes()

    def fails(path: Path, data: bytes) -> None:
        write_whole(path.with_name("other"), data[:50])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ui.models.disk.write_whole", fails)
    with pytest.raises(NoRoom):
        imported(models, stick, name="second")
    assert (models.folder / NAME).read_bytes() == before
