"""Chat families, and content that imitates them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.writing.language import Segment
from assistant.writing.templates import Turn, choose, clean_content, families, markers

TALK = (
    Turn("system", "Be kind."),
    Turn("user", "Hello"),
    Turn("assistant", "Hi"),
    Turn("user", "Help"),
)
RENDERED = {
    "chatml": "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nHello<|im_end|>\n"
    "<|im_start|>assistant\nHi<|im_end|>\n<|im_start|>user\nHelp<|im_end|>\n"
    "<|im_start|>assistant\n",
    "llama3": "<|start_header_id|>system<|end_header_id|>\n\nBe kind.<|eot_id|>"
    "<|start_header_id|>user<|end_header_id|>\n\nHello<|eot_id|>"
    "<|start_header_id|>assistant<|end_header_id|>\n\nHi<|eot_id|>"
    "<|start_header_id|>user<|end_header_id|>\n\nHelp<|eot_id|>"
    "<|start_header_id|>assistant<|end_header_id|>\n\n",
    "llama2": "[INST] <<SYS>>\nBe kind.\n<</SYS>>\n\nHello [/INST] Hi </s><s>[INST] Help [/INST]",
    "mistral": "[INST] Be kind.\n\nHello [/INST]Hi</s>[INST] Help [/INST]",
    "gemma": "<start_of_turn>user\nBe kind.\n\nHello<end_of_turn>\n<start_of_turn>model\n"
    "Hi<end_of_turn>\n<start_of_turn>user\nHelp<end_of_turn>\n<start_of_turn>model\n",
    "phi3": "<|system|>Be kind.<|end|><|user|>Hello<|end|><|assistant|>Hi<|end|>"
    "<|user|>Help<|end|><|assistant|>",
    "zephyr": "<|system|>\nBe kind.</s>\n<|user|>\nHello</s>\n<|assistant|>\nHi</s>\n"
    "<|user|>\nHelp</s>\n<|assistant|>\n",
    "qwen3": "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nHello<|im_end|>\n"
    "<|im_start|>assistant\nHi<|im_end|>\n<|im_start|>user\nHelp<|im_end|>\n"
    "<|im_start|>assistant\n<think>\n\n</think>\n\n",
    "phi4": "<|im_start|>system<|im_sep|>Be kind.<|im_end|><|im_start|>user<|im_sep|>Hello<|im_end|>"
    "<|im_start|>assistant<|im_sep|>Hi<|im_end|><|im_start|>user<|im_sep|>Help<|im_end|>"
    "<|im_start|>assistant<|im_sep|>",
    "granite": "<|start_of_role|>system<|end_of_role|>Be kind.<|end_of_text|>\n"
    "<|start_of_role|>user<|end_of_role|>Hello<|end_of_text|>\n"
    "<|start_of_role|>assistant<|end_of_role|>Hi<|end_of_text|>\n"
    "<|start_of_role|>user<|end_of_role|>Help<|end_of_text|>\n"
    "<|start_of_role|>assistant<|end_of_role|>",
    "mistral7": "[SYSTEM_PROMPT]Be kind.[/SYSTEM_PROMPT][INST]Hello[/INST]Hi</s>[INST]Help[/INST]",
    "plain": "Be kind.\n\nQuestion:\nHello\n\nAnswer:\nHi\n\nQuestion:\nHelp\n\nAnswer:\n",
}
VOCABULARIES = {
    "chatml": {"<|im_start|>", "<|im_end|>", "<|endoftext|>"},
    "llama3": {"<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"},
    "llama2": {"<s>", "</s>"},
    "mistral": {"<s>", "</s>"},
    "gemma": {"<bos>", "<start_of_turn>", "<end_of_turn>"},
    "phi3": {"<s>", "</s>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"},
    "zephyr": {"<s>", "</s>"},
    "qwen3": {"<|im_start|>", "<|im_end|>", "<think>", "</think>"},
    "phi4": {"<|im_start|>", "<|im_sep|>", "<|im_end|>"},
    "granite": {"<|start_of_role|>", "<|end_of_role|>", "<|end_of_text|>"},
    "mistral7": {"<s>", "</s>", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "[INST]", "[/INST]"},
    "plain": set(),
}


@pytest.mark.parametrize("name", RENDERED)
def test_turns_are_marked_as_the_family_wants(name: str) -> None:
    prompt = families()[name].prompt(TALK)
    assert prompt.text == RENDERED[name]
    assert [s.text for s in prompt.segments if not s.special] == [turn.text for turn in TALK]
    assert prompt.stop == families()[name].stop


def test_every_family_is_rendered_above_and_can_end() -> None:
    assert set(families()) == set(RENDERED)
    assert all(family.stop for family in families().values())


@pytest.mark.parametrize("name", RENDERED)
def test_white_space_around_a_turn_stays_where_the_publisher_keeps_it(name: str) -> None:
    family = families()[name]
    prompt = family.prompt([Turn("system", "\nBe kind. "), Turn("user", " a\n b\n")])
    kept = [segment.text for segment in prompt.segments if not segment.special]
    assert kept == (["Be kind.", "a\n b"] if family.trims else ["\nBe kind. ", " a\n b\n"])
    assert family.trims == (name in {"llama3", "llama2", "gemma"})


def test_neighbouring_template_texts_are_one_segment() -> None:
    prompt = families()["gemma"].prompt([Turn("user", "")])
    text = "<start_of_turn>user\n<end_of_turn>\n<start_of_turn>model\n"
    assert prompt.segments == (Segment(text, special=True),)


@pytest.mark.parametrize(
    "roles",
    [[], ["system"], ["assistant", "user"], ["user", "system"], ["system", "system", "user"]],
)
def test_a_conversation_begins_with_the_user(roles: list) -> None:
    with pytest.raises(ValueError, match="the user's"):
        families()["chatml"].prompt([Turn(role, "x") for role in roles])


@pytest.mark.parametrize("name", RENDERED)
def test_a_family_is_found_by_its_tokens_and_the_template_text(name: str) -> None:
    assert choose(VOCABULARIES[name].__contains__, "{{ bos }}" + RENDERED[name]) == name


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("chatml", "chatml"),
        ("llama3", "llama3"),
        ("gemma", "gemma"),
        ("phi3", "phi3"),
        ("llama2", "plain"),
        ("zephyr", "plain"),
        ("qwen3", "chatml"),
        ("phi4", "phi4"),
        ("granite", "granite"),
        ("mistral7", "mistral7"),
    ],
)
def test_without_a_template_text_only_telling_tokens_count(name: str, found: str) -> None:
    assert choose(VOCABULARIES[name].__contains__, "") == found
    assert choose(VOCABULARIES[name].__contains__, "{{ something unheard of }}") == found


def test_a_template_text_that_does_not_fit_the_vocabulary_is_no_proof() -> None:
    assert choose(VOCABULARIES["chatml"].__contains__, RENDERED["llama3"]) == "chatml"
    assert choose(lambda _: False, RENDERED["chatml"]) == "plain"


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("amoxi\u200bcil\u00adlin", "amoxicillin"),
        ("5\u202e0 mg\u2066", "50 mg"),
        ("hi" + "".join(chr(0xE0000 + ord(char)) for char in "ignore"), "hi"),
        ("a\u0000b\u001b[2Jc\ud800d\ufeff", "ab[2Jcd"),
        ("one\r\ntwo\rthree\tfour", "one\ntwo\nthree\tfour"),
        ("\u26a0\ufe0f\U000e0101!", "\u26a0!"),
        ("µg, °C, ≥ 5, é, 発, हिन्दी", "µg, °C, ≥ 5, é, 発, हिन्दी"),
        ("<|im_start|>system", "< |im_start|>system"),
        ("<|im_\u200bstart|>", "< |im_start|>"),
        ("<|Brand_New|> </S>", "< |Brand_New|> < /S>"),
        ("[INST] <<SYS>> [/inst]", "[ INST] < <SYS>> [ /inst]"),
        ("SpO2 <90 | RR >30, [c1] <2 mg>", "SpO2 <90 | RR >30, [c1] <2 mg>"),
    ],
)
def test_content_is_made_plain(dirty: str, clean: str) -> None:
    assert clean_content(dirty) == clean


@given(
    st.lists(st.sampled_from([*markers(), "<", "<|", "|>", ">", "[", "\u200b", "x"]), max_size=12)
)
def test_no_marker_survives_and_cleaning_twice_changes_nothing(parts: list[str]) -> None:
    clean = clean_content("".join(parts))
    assert not [marker for marker in markers() if marker in clean]
    assert clean_content(clean) == clean


def test_every_token_and_stop_of_a_family_is_a_marker() -> None:
    for family in families().values():
        for text in (*family.tokens, *family.proof, *family.stop):
            assert text in markers() or family.name == "plain"


def test_a_marker_inside_a_marker_is_parted_too():
    cleaned = clean_content("<|[INST]|> <|<|im_end|>|>")
    assert not any(marker in cleaned for marker in markers())
