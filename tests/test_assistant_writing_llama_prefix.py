"""What is kept of the texts that are the same for everyone, and what never is."""

import os
import threading
from pathlib import Path

import pytest

from assistant.writing.language import GenerationLimits, Usage
from assistant.writing.llama import LlamaModel
from assistant.writing.llama_prefix import Place, Prefixes
from assistant.writing.llama_run import Extras
from assistant.writing.llama_shared import shared_texts
from assistant.writing.prompts import Asked, prompts_of
from assistant.writing.templates import Turn, families
from tests.makers_gguf import Recipe, model_file

NEVER = threading.Event()
SYSTEM = "You help a health worker. Answer in short sentences and cite every line."
DIGEST = "0" * 64
TINY = Recipe()


def chat(text: str, system: str = SYSTEM, family: str = "chatml"):
    return families()[family].prompt([Turn("system", system), Turn("user", text)])


def write(model: LlamaModel, prompt, **limits) -> tuple[str, Usage]:
    *chunks, last = model.chunks(prompt, GenerationLimits(max_tokens=12, **limits), NEVER)
    return "".join(chunk.text for chunk in (*chunks, last)), last.usage


@pytest.fixture
def opened(tmp_path: Path):
    models = []

    def open_model(folder: Path | None = tmp_path, digest: str = DIGEST, recipe=TINY, **more):
        extras = Extras(shared_texts=(SYSTEM,), prefix_folder=folder, digest=digest, **more)
        models.append(LlamaModel(model_file(recipe), 1024, 1, extras))
        return models[-1]

    yield open_model
    for model in models:
        model.close()


def kept(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def test_a_restarted_model_goes_on_from_the_file_and_says_the_same(opened, tmp_path) -> None:
    cold, usage = write(opened(), chat("Fever?"))
    assert usage.reused_tokens == 0
    (file,) = kept(tmp_path)
    warm, usage = write(opened(), chat("Fever?"))
    assert usage.reused_tokens > 40
    assert usage.reused_tokens < usage.prompt_tokens
    assert warm == cold
    assert kept(tmp_path) == [file]
    assert opened(folder=None)._memory.tokens == []


def test_the_file_is_the_same_whatever_was_asked(opened, tmp_path) -> None:
    """The only proof that nothing of a question is in it: not one byte depends on the question."""
    folders = [tmp_path / name for name in "ab"]
    for folder, question in zip(
        folders, ("Fever?", "Does Mrs Example, HIV positive, take it?"), strict=True
    ):
        write(opened(folder), chat(question))
    (first,), (second,) = map(kept, folders)
    assert first.name == second.name
    assert first.read_bytes() == second.read_bytes()


def test_the_file_is_written_before_a_question_is_read_and_not_after(opened, tmp_path) -> None:
    model = opened()
    write(model, chat("Fever?"))
    (file,) = kept(tmp_path)
    before = file.read_bytes()
    for question in ("Cough?", "Rash?"):
        write(model, chat(question))
    assert [one.read_bytes() for one in kept(tmp_path)] == [before]


@pytest.mark.parametrize(
    "prompt",
    [
        chat("Fever?", system=SYSTEM + " The patient is Ama."),
        chat(SYSTEM, system="Be kind and patient with everybody who asks you something."),
        families()["chatml"].prompt([Turn("user", SYSTEM + " The patient is Ama.")]),
    ],
)
def test_a_text_that_is_not_shared_leaves_nothing_on_disk(opened, tmp_path, prompt) -> None:
    write(opened(), prompt)
    assert kept(tmp_path) == []


def test_without_a_digest_or_a_folder_nothing_is_written(opened, tmp_path) -> None:
    write(opened(digest=""), chat("Fever?"))
    write(opened(folder=None), chat("Fever?"))
    assert kept(tmp_path) == []


@pytest.mark.parametrize("family", ["chatml", "gemma", "plain", "llama2"])
def test_every_family_goes_back_to_the_shared_text(opened, tmp_path, family) -> None:
    model = opened()
    write(model, chat("Fever?", family=family))
    assert len(kept(tmp_path)) == 1
    model.forget()
    _, usage = write(model, chat("Another thing?", family=family))
    assert usage.reused_tokens > 40


def test_two_shared_texts_take_turns_without_being_read_again(tmp_path) -> None:
    other = "You check a draft. Name each sentence that says more than the line it cites."
    model = LlamaModel(model_file(), 1024, 1, Extras(shared_texts=(SYSTEM, other)))
    for system in (SYSTEM, other):
        assert write(model, chat("Fever?", system))[1].reused_tokens < 20
    for number, system in enumerate((SYSTEM, other, SYSTEM, other)):
        assert write(model, chat(f"Cough {number}?", system))[1].reused_tokens > 40
    model.close()


def damage(how: str, data: bytes) -> bytes:
    return {
        "flipped": data[:-9] + bytes([data[-9] ^ 1]) + data[-8:],
        "cut": data[: len(data) // 2],
        "empty": b"",
        "longer": data + b"\0",
        "foreign": b"PK\x03\x04" + data[4:],
        "only a head": data[:49],
    }[how]


@pytest.mark.parametrize("how", ["flipped", "cut", "empty", "longer", "foreign", "only a head"])
def test_a_damaged_file_is_passed_over_and_replaced(opened, tmp_path, how) -> None:
    cold, _ = write(opened(), chat("Fever?"))
    (file,) = kept(tmp_path)
    good = file.read_bytes()
    file.write_bytes(damage(how, good))
    text, usage = write(opened(), chat("Fever?"))
    assert (text, usage.reused_tokens) == (cold, 0)
    assert file.read_bytes() == good


def test_a_sound_file_with_a_state_of_another_model_is_refused_by_the_engine(
    opened, tmp_path
) -> None:
    """Its digest is right and its name is, as if someone had made it so on purpose."""
    write(opened(tmp_path / "big", recipe=Recipe(width=128)), chat("Fever?"))
    write(opened(tmp_path / "small"), chat("Fever?"))
    (small,) = kept(tmp_path / "small")
    place = Place(tmp_path / "small", 9, DIGEST, "any")
    (big,) = kept(tmp_path / "big")
    from assistant.writing import llama_prefix

    state = big.read_bytes()[len(llama_prefix._MAGIC) + 32 :]
    llama_prefix._write(small, state)
    assert place.folder.exists()
    _, usage = write(opened(tmp_path / "small"), chat("Fever?"))
    assert usage.reused_tokens == 0


def test_another_model_engine_or_length_has_another_file(opened, tmp_path) -> None:
    write(opened(), chat("Fever?"))
    write(opened(digest="1" * 64), chat("Fever?"))
    assert len(kept(tmp_path)) == 2
    for engine in ("0.3.1 cpu", "0.3.2 cpu"):
        Prefixes(Place(tmp_path, 9, DIGEST, engine)).put(range(20), b"state")
    assert len(kept(tmp_path)) == 4
    assert not Prefixes(Place(tmp_path, 9, DIGEST, "0.3.3 cpu")).get(range(20))


def test_a_file_under_the_name_of_another_is_no_use(tmp_path) -> None:
    place = Place(tmp_path, 9, DIGEST, "any")
    Prefixes(place).put([1, 2, 3], b"one")
    (one,) = kept(tmp_path)
    Prefixes(place).put([1, 2, 4], b"two")
    (two,) = (file for file in kept(tmp_path) if file != one)
    one.replace(two)
    assert Prefixes(place).get([1, 2, 4]) == b""


def test_the_folder_stays_within_its_size_and_the_oldest_go_first(tmp_path) -> None:
    place = Place(tmp_path, 1, DIGEST, "any")
    for number in range(5):
        store = Prefixes(place)
        store.put([number] * 20, bytes(300_000))
        os.utime(store._path((number,) * 20), (number, number))
    assert sum(file.stat().st_size for file in kept(tmp_path)) <= 1 << 20
    found = [bool(Prefixes(place).get([number] * 20)) for number in range(5)]
    assert found == [False, False, True, True, True]
    Prefixes(place).put([9] * 20, bytes(2 << 20))
    assert not Prefixes(place).get([9] * 20)


def test_only_this_person_may_read_the_files(tmp_path) -> None:
    folder = tmp_path / "kept"
    Prefixes(Place(folder, 1, DIGEST, "any")).put([1] * 20, b"state")
    (file,) = kept(folder)
    assert (folder.stat().st_mode & 0o77, file.stat().st_mode & 0o77) == (0, 0)


def test_a_folder_that_cannot_be_used_is_no_error(opened, tmp_path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    cold, _ = write(opened(blocked), chat("Fever?"))
    assert write(opened(blocked), chat("Fever?"))[0] == cold
    Prefixes(Place(blocked, 1, DIGEST, "any")).drop([1])


def test_a_link_is_not_followed(tmp_path) -> None:
    place = Place(tmp_path, 1, DIGEST, "any")
    Prefixes(place).put([1] * 20, b"state")
    (file,) = kept(tmp_path)
    elsewhere = tmp_path / "elsewhere"
    file.rename(elsewhere)
    file.symlink_to(elsewhere)
    assert Prefixes(place).get([1] * 20) == b""


@pytest.mark.parametrize("family", ["llama3", "gemma", "qwen3", "phi3", "plain"])
def test_the_shipped_prompts_begin_with_a_shared_text(family) -> None:
    texts = shared_texts()
    for role in prompts_of(family).roles:
        prompt = prompts_of(family).of(role, Asked("fever", lines=("a",), choices=("b",)))
        first = next(one.text for one in prompt.segments if not one.special)
        assert first in texts
