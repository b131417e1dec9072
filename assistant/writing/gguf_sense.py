"""Whether what a well-formed GGUF header says can be true of one model.

Readers have trusted these numbers to agree: a list of scores shorter than the list of words is read
beyond its end, a word number beyond the list points anywhere.
"""

from assistant.writing.gguf_bytes import BadHeader
from assistant.writing.gguf_header import WORDS, Header

_BESIDE_WORDS = ("tokenizer.ggml.scores", "tokenizer.ggml.token_type")
_MOST = {
    "block_count": 1 << 10,
    "context_length": 1 << 27,
    "embedding_length": 1 << 20,
    "attention.head_count": 1 << 14,
    "attention.head_count_kv": 1 << 14,
}
"""Numbers that every network has -> more than any has. Where they are lists they are not judged."""
_LARGEST = (1 << 31) - 1


def check_sense(header: Header) -> None:
    """Raise `BadHeader` where two things that the header says cannot both be true."""
    if not header.architecture:
        raise BadHeader("it does not say what kind of model it is")
    _check_numbers(header)
    if WORDS in header.rows:
        _check_words(header, header.rows[WORDS].count)


def _check_numbers(header: Header) -> None:
    beginning = f"{header.architecture}."
    for key, value in header.entries.items():
        if not key.startswith(beginning) or isinstance(value, bool) or not isinstance(value, int):
            continue
        name = key.removeprefix(beginning)
        least, most = (1, _MOST[name]) if name in _MOST else (0, _LARGEST)
        if not least <= value <= most:
            raise BadHeader(f"its header states an impossible {name.replace('_', ' ')}")


def _check_words(header: Header, words: int) -> None:
    for key in _BESIDE_WORDS:
        if key in header.rows and header.rows[key].count != words:
            raise BadHeader("its list of words does not agree with itself")
    table = header.tensors.get("token_embd.weight")
    if not words or (table is not None and table.shape[-1] != words):
        raise BadHeader("its list of words does not fit its weights")
    for key, value in header.entries.items():
        named = key.startswith("tokenizer.") and key.endswith("_token_id")
        if named and not (isinstance(value, int) and _none_or_below(value, words)):
            raise BadHeader("it names a word that is not in its list")


def _none_or_below(number: int, words: int) -> bool:
    """Whether a word number is in the list; the largest number stands for none."""
    return 0 <= number < words or number in {-1, (1 << 32) - 1}
