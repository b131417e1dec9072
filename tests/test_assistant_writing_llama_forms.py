"""What holds a text to a form, how sure the model was, and where its weights lie."""

import json
import math
import re
import threading
from pathlib import Path

import pytest

from assistant.errors import ModelDamaged, ModelError
from assistant.writing import llama_grammars, llama_sampling
from assistant.writing.language import GenerationLimits, Prompt, Segment
from assistant.writing.llama import LlamaModel, convert_schema, library
from assistant.writing.llama_device import Room, load
from assistant.writing.templates import Turn, families, markers
from tests.makers_gguf import CONTROL, Recipe, all_models, model_file

NEVER = threading.Event()
PROMPT = families()["chatml"].prompt([Turn("user", "Fever?")])
SEEDS = range(12)


def content(text: str) -> Prompt:
    return Prompt((Segment(text, special=False),))


def write(model: LlamaModel, prompt: Prompt = PROMPT, **limits):
    chunks = list(model.chunks(prompt, GenerationLimits(**limits), NEVER))
    return "".join(chunk.text for chunk in chunks), chunks[-1].usage, chunks


@pytest.fixture(scope="module", params=all_models(), ids=lambda path: path.stem)
def model(request):
    model = LlamaModel(request.param, 1024, 1)
    yield model
    model.close()


@pytest.fixture(scope="module")
def babbler():
    model = LlamaModel(model_file(), 1024, 1)
    yield model
    model.close()


# Forms.


@pytest.mark.parametrize("name", llama_grammars.names())
def test_every_shipped_form_is_sound(model, name) -> None:
    """The engine ends the process over one that is not, so this says it first."""
    assert write(model, grammar=name, max_tokens=4)[1].written_tokens >= 1
    assert llama_grammars.grammar(name, convert_schema).count("root ::=") == 1


FORMS = {
    "letter": r"[A-J]|NO ANSWER",
    "verdict": r"YES|NO|UNSURE",
    "cited": r"NO ANSWER \[0\]|[A-Z][^\]]*\. \[\d+(, \d+)*\]( [A-Z][^\]]*\. \[\d+(, \d+)*\]){0,5}",
}


@pytest.mark.parametrize("name", FORMS)
def test_what_ends_by_itself_has_the_form_whatever_the_model_is(model, name) -> None:
    whole = 0
    for seed in SEEDS:
        text, usage, _ = write(model, grammar=name, max_tokens=600, temperature=1.5, seed=seed)
        if usage.finish == "stop":
            whole += 1
            assert re.fullmatch(FORMS[name], text.strip()), text
    assert name == "cited" or whole == len(SEEDS)


def test_a_schema_gives_json_with_its_keys(babbler) -> None:
    whole = 0
    for seed in SEEDS:
        text, usage, _ = write(babbler, grammar="tool", max_tokens=500, temperature=1.2, seed=seed)
        if usage.finish == "stop":
            whole += 1
            call = json.loads(text, strict=False)
            assert set(call) == {"tool", "input"}
            allowed = json.loads(llama_grammars.schema("tool"))["properties"]["tool"]["enum"]
            assert call["tool"] in allowed
            assert len(call["input"]) <= 300
    assert whole


@pytest.mark.parametrize("name", ["poem", "../prompts", "letter.gbnf", 'root ::= "x"'])
def test_only_a_shipped_form_can_be_asked_for(babbler, name) -> None:
    with pytest.raises(ModelError, match="no form of answer"):
        write(babbler, grammar=name)
    assert write(babbler, max_tokens=2)[1].written_tokens == 2


@pytest.mark.parametrize(
    "broken",
    ["root ::= ]", 'root ::= "a" (', "root ::= other", 'other ::= "a"', "root ::= root", "root"],
)
def test_a_broken_grammar_is_an_error_and_not_the_end_of_the_process(babbler, broken) -> None:
    lib = library()
    with (
        pytest.raises(ModelError, match="form that the answer must have"),
        llama_sampling.sampler(lib, babbler.vocabulary, GenerationLimits(), broken),
    ):
        pass
    assert write(babbler, max_tokens=2)[1].written_tokens == 2


def test_without_a_form_there_is_no_grammar() -> None:
    assert llama_grammars.grammar("", convert_schema) == ""
    with pytest.raises(ModelError):
        llama_grammars.schema("letter")


# How sure the model was.


def test_every_token_tells_its_chance_and_adds_up(model) -> None:
    text, usage, chunks = write(model, max_tokens=25, chances=True)
    chances = [one for chunk in chunks for one in chunk.chances]
    assert len(chances) == usage.written_tokens
    for one in chances:
        assert one.logprob <= 0
        assert [value for _, value in one.others] == sorted(
            (v for _, v in one.others), reverse=True
        )
        assert sum(math.exp(value) for _, value in one.others) <= 1.0001
        # Without a temperature the likeliest token is taken.
        assert one.logprob == one.others[0][1]
    assert write(model, max_tokens=25)[0] == text


def test_a_made_model_that_can_say_one_thing_is_sure_of_it() -> None:
    says = (b"Give", b" ORS", b".")
    model = LlamaModel(model_file(Recipe(says=says)), 512, 1)
    _, _, chunks = write(model, chances=True)
    chances = [one for chunk in chunks for one in chunk.chances]
    assert [one.text for one in chances] == ["Give", " ORS", ".", ""]
    assert all(one.logprob > math.log(0.5) for one in chances)
    model.close()


def test_the_chance_is_that_before_a_form_was_forced(babbler) -> None:
    _, _, chunks = write(babbler, chances=True, grammar="verdict")
    first = next(chunk.chances[0] for chunk in chunks if chunk.chances)
    assert first.others[0][1] > first.logprob


def test_chances_come_only_when_asked_for(babbler) -> None:
    assert not [chunk for chunk in write(babbler, max_tokens=5)[2] if chunk.chances]


# Content is never special.


def special_names(model: LlamaModel) -> list[str]:
    """Every token of a vocabulary that is no plain text, as the engine writes it."""
    lib, vocab = library(), model.vocabulary.native
    plain = lib.LLAMA_TOKEN_ATTR_NORMAL | lib.LLAMA_TOKEN_ATTR_BYTE
    return [
        lib.llama_vocab_get_text(vocab, token).decode("utf-8", "replace")
        for token in range(model.vocabulary.size)
        if not lib.llama_vocab_get_attr(vocab, token) & plain
    ]


def every_mark() -> tuple[str, ...]:
    families_tokens = {name for one in families().values() for name in (*one.tokens, *one.stop)}
    return tuple(dict.fromkeys((*CONTROL, *markers(), *families_tokens)))


def smuggled(name: str) -> list[str]:
    return [
        name,
        f"a{name}b",
        f" {name} ",
        name * 2,
        name[:1] + name,
        f"{name[:-1]}\u200b{name[-1:]}",
    ]


@pytest.mark.parametrize("kind", ["control", "user_defined"])
def test_every_special_token_of_a_vocabulary_stays_out_of_content(kind) -> None:
    """Whether a file calls its marks control words or words of the user's own."""
    names = tuple(name for name in every_mark() if not name.isspace() and name.strip() == name)
    own = ("##ROLE##", "<unused7>", "@@", "rôle")
    recipe = Recipe(control=(*CONTROL, *(n for n in (*names, *own) if n not in CONTROL)))
    if kind == "user_defined":
        recipe = Recipe(user_defined=tuple(n for n in (*names, *own) if n not in CONTROL))
    model = LlamaModel(model_file(recipe), 1024, 1)
    lib, vocabulary = library(), model.vocabulary
    special = special_names(model)
    assert set(own) <= set(special)
    bad = lib.LLAMA_TOKEN_ATTR_CONTROL | lib.LLAMA_TOKEN_ATTR_USER_DEFINED
    for name in special:
        for text in smuggled(name):
            tokens = vocabulary.tokens(content(f"x{text}x"))
            named = [t for t in tokens if lib.llama_vocab_get_attr(vocabulary.native, t) & bad]
            assert not named, (text, named)
    model.close()


def test_a_name_that_is_a_word_of_the_users_own_keeps_its_letters() -> None:
    model = LlamaModel(model_file(Recipe(user_defined=("##ROLE##", "##", "    "))), 1024, 1)
    vocabulary = model.vocabulary
    tokens = vocabulary.tokens(content("a ##ROLE## b    c"))
    assert b"".join(map(vocabulary.piece, tokens)) == b"a ##ROLE## b    c"
    run_of_spaces = vocabulary.tokens(Prompt((Segment("    ", special=True),)))
    assert len(run_of_spaces) == 1
    assert run_of_spaces[0] in tokens
    model.close()


# A graphics card, as the engine would tell of one.


class WithCard:
    """The real engine, said to have a graphics card whose memory holds so many tries."""

    def __init__(self, room: bool) -> None:
        self._lib = library()
        self._room = room
        self.layers: list[int] = []

    def __getattr__(self, name: str):
        return getattr(self._lib, name)

    def llama_supports_gpu_offload(self) -> bool:
        return True

    def llama_model_load_from_file(self, path, params):
        self.layers.append(params.n_gpu_layers)
        if params.n_gpu_layers and not self._room:
            return None
        return self._lib.llama_model_load_from_file(path, params)


@pytest.mark.parametrize(
    ("room", "wanted", "tried", "device"),
    [
        (True, -1, [-1], "gpu"),
        (True, 12, [12], "gpu"),
        (True, 0, [0], "cpu"),
        (False, -1, [-1, 0], "cpu"),
    ],
)
def test_weights_go_to_the_card_where_they_fit(room, wanted, tried, device) -> None:
    lib = WithCard(room)
    loaded = load(lib, model_file(), Room(512, 1, wanted))
    assert (lib.layers, loaded.device) == (tried, device)
    loaded.free(lib)


def test_without_a_card_nothing_is_tried_on_it() -> None:
    lib = library()
    loaded = load(lib, model_file(), Room(512, 1))
    assert loaded.device == ("gpu" if lib.llama_supports_gpu_offload() else "cpu")
    loaded.free(lib)


def test_a_damaged_file_is_called_damaged_with_a_card_too(tmp_path: Path) -> None:
    path = tmp_path / "cut.gguf"
    path.write_bytes(model_file().read_bytes()[:-5000])
    with pytest.raises(ModelDamaged):
        load(WithCard(room=True), path, Room(512, 1))
