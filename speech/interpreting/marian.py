"""The door to CTranslate2 for translation: a Marian model in a folder of its own.

The folder holds `model.bin`, `config.json`, the vocabulary, `source.spm` and `target.spm`, as the
converter of CTranslate2 writes them; its name ends in both languages: `opus-mt-en-fr`, which may
be followed by the name of the form, as in `opus-mt-en-fr-ctranslate2`.
"""

import json
import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from speech.errors import TranslatorDamaged
from speech.hearing.model_folder import EXTRA
from speech.interpreting.sentence_pieces import BadPieces, read_pieces

if TYPE_CHECKING:
    from tokenizers import Tokenizer

NEEDED = ("model.bin", "config.json", "source.spm", "target.spm")
_NAME = re.compile(r"(?:^|[-_])([a-z]{2})[-_]([a-z]{2})(?:[-_]ct(?:ranslate)?2)?$")
_BLANK = "\u2581"
"""Stands for a blank in pieces."""
_END = "</s>"
_MOST = 400
"""Characters of one sentence."""
_BEAM = 4
_MOST_PIECES = 250


class Marian:
    """A `Translator` over a model folder; one core."""

    def __init__(self, folder: Path) -> None:
        """Load the model.

        Raises:
            TranslatorDamaged: a file is missing or cannot be used.
        """
        self.source, self.target = languages_of(folder)
        missing = [name for name in NEEDED if not (folder / name).is_file()]
        if missing:
            raise TranslatorDamaged(f"{folder} is not complete: {', '.join(missing)} is missing.")
        try:
            import ctranslate2  # noqa: PLC0415
        except ImportError as error:
            raise TranslatorDamaged(EXTRA) from error
        self._turn = threading.Lock()
        self._pieces = _tokenizer(folder / "source.spm")
        self._adds_end = bool(_config(folder).get("add_source_eos", False))
        try:
            self._model = ctranslate2.Translator(
                str(folder), device="cpu", compute_type="int8", inter_threads=1, intra_threads=1
            )
        except Exception as error:  # the library raises children of Exception itself
            raise TranslatorDamaged(f"The translation model in {folder} is damaged.") from error

    def translate(self, sentence: str) -> str:
        """See `Translator.translate`."""
        text = " ".join(sentence[:_MOST].split())
        pieces = self._pieces.encode(text, add_special_tokens=False).tokens if text else []
        if not pieces:
            return ""
        given = pieces if self._adds_end else [*pieces, _END]
        with self._turn:
            found = self._model.translate_batch(
                [given], beam_size=_BEAM, max_decoding_length=_MOST_PIECES
            )
        told = (piece for piece in found[0].hypotheses[0] if piece != _END)
        return "".join(told).replace(_BLANK, " ").strip()


def languages_of(folder: Path) -> tuple[str, str]:
    """Both languages of a model, by the name of its folder.

    Raises:
        TranslatorDamaged: the name does not end in two languages.
    """
    found = _NAME.search(folder.name)
    if found is None:
        message = f"The folder {folder.name} has to end in both languages, such as opus-mt-en-fr."
        raise TranslatorDamaged(message)
    return found[1], found[2]


def _config(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TranslatorDamaged(f"config.json in {folder} is damaged.") from error
    return found if isinstance(found, dict) else {}


def _tokenizer(path: Path) -> "Tokenizer":
    """What cuts a sentence into the pieces of a file."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers  # noqa: PLC0415

    try:
        pieces = read_pieces(path.read_bytes())
        tokenizer = Tokenizer(models.Unigram(list(pieces.scored), unk_id=pieces.unknown))
        made = pieces.normaliser
        table = normalizers.Precompiled(made) if made else normalizers.NFKC()
    except (OSError, BadPieces, ValueError) as error:
        raise TranslatorDamaged(f"{path.name} in {path.parent} is damaged.") from error
    spaces = normalizers.Replace(Regex(" {2,}"), " ")
    tokenizer.normalizer = normalizers.Sequence([table, spaces])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(_BLANK, prepend_scheme="always")
    return tokenizer
