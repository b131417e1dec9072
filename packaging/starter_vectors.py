"""Works out kb/starter/vectors.npz, the vectors of the starter library; run after cards change.

Only what changed is encoded anew. `tests/test_starter_vectors.py` fails while the file is behind.
"""

from pathlib import Path

from kb.library import Library
from kb.ready_vectors import FILE, load_ready, pack_ready
from kb.starter_pack import index_starter
from kb.store import Store
from ui.wiring import open_encoder

TARGET = Path(__file__).resolve().parent.parent / "kb" / "starter" / FILE


def main() -> None:
    """Write the file anew."""
    encoder = open_encoder()
    if encoder is None:
        raise SystemExit("The encoder in kb/encoder is missing or damaged.")
    library = Library(Store(None, bytes(32)), lambda _data, _name: None)
    index_starter(library)
    texts = list(dict.fromkeys(library.texts()))
    TARGET.write_bytes(pack_ready(encoder, texts, load_ready()))
    print(f"{len(texts)} texts, {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
