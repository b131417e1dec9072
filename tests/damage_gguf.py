"""Damages a tiny model in thousands of ways and shows what becomes of each.

`python -m tests.damage_gguf [headers] [weights]` counts over all, with a worker process of its
own for each (2,000 and 1,000 take about half an hour); the tests take a sample of the same.
"""

import random
import shutil
import struct
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from assistant.errors import ModelDamaged, ModelError, ModelStopped
from assistant.writing.gguf_header import read_header
from assistant.writing.language import GenerationLimits
from assistant.writing.model_file import ModelOptions, check_header, verified_digest
from assistant.writing.model_process import ProcessModel
from assistant.writing.templates import Turn, families
from tests.makers_gguf import MALICIOUS, Recipe, model_file

PROMPT = families()["chatml"].prompt([Turn("user", "Fever?")])
NASTY = (0, 1, 0xFF, 0x7F, 0x80)
NUMBERS = (0, 1, 2**31 - 1, 2**31, 2**32 - 1, 2**62, 2**63 - 1, 2**63, 2**64 - 1)


def original() -> bytes:
    """The model that is damaged, with everything in its header that a model can have."""
    return model_file(Recipe(template=MALICIOUS, context_length=256)).read_bytes()


def header_mutations(data: bytes, count: int, seed: int = 1) -> Iterator[bytes]:
    """Damaged headers: bits, bytes, numbers of every width, cuts, doublings and insertions."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "model.gguf"
        path.write_bytes(data)
        end = read_header(path).weights_at
    made = 0
    while made < count:
        found = _mutated(bytearray(data), end, chance)
        if found != data:
            made += 1
            yield found


def weight_flips(data: bytes, count: int, seed: int = 2) -> Iterator[bytes]:
    """One bit of the weights is the other way round."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "model.gguf"
        path.write_bytes(data)
        start = read_header(path).weights_at
    for _ in range(count):
        found = bytearray(data)
        found[chance.randrange(start, len(data))] ^= 1 << chance.randrange(8)
        yield bytes(found)


def _mutated(data: bytearray, end: int, chance: random.Random) -> bytes:
    at = chance.randrange(end)
    match chance.randrange(8):
        case 0:
            data[at] ^= 1 << chance.randrange(8)
        case 1:
            data[at] = chance.choice(NASTY)
        case 2:
            data[at] = chance.randrange(256)
        case 3:
            data[at : at + 4] = struct.pack("<I", chance.choice(NUMBERS) & 0xFFFFFFFF)
        case 4:
            data[at : at + 8] = struct.pack("<Q", chance.choice(NUMBERS))
        case 5:
            del data[at : at + chance.randrange(1, 64)]
        case 6:
            data[at:at] = bytes(chance.randrange(256) for _ in range(chance.randrange(1, 32)))
        case _:
            other = chance.randrange(end)
            data[at : at + 16] = data[other : other + 16]
    return bytes(data)


def reached_loader(data: bytes, digest: str, folder: Path) -> bool:
    """Whether a file would get past the digest."""
    path = folder / "damaged.gguf"
    path.write_bytes(data)
    try:
        verified_digest(path, digest)
    except ModelDamaged:
        return False
    return True


def refused_by_header(data: bytes, folder: Path) -> bool:
    """Whether the reader of headers refuses it, the digest left aside."""
    path = folder / "damaged.gguf"
    path.write_bytes(data)
    try:
        check_header(path)
    except ModelDamaged:
        return True
    return False


def forced(data: bytes, folder: Path) -> str:
    """What becomes of it in a real worker that accepts any digest."""
    path = folder / "damaged.gguf"
    path.write_bytes(data)
    model = ProcessModel(path, ModelOptions(threads=1, context_length=128, load_limit_s=60.0))
    limits = GenerationLimits(max_tokens=4, time_limit_s=20.0)
    try:
        for _ in model.chunks(PROMPT, limits, threading.Event()):
            pass
    except ModelDamaged as error:
        return "crashed its worker" if "crashed" in str(error) else "refused"
    except ModelStopped:
        return "stopped its worker"
    except ModelError:
        return "refused"
    finally:
        model.close()
    return "answered"


def main(headers: int, flips: int) -> None:
    """Count what becomes of all of them; the parent being alive at the end is the result."""
    data = original()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        whole = folder / "whole.gguf"
        whole.write_bytes(data)
        digest = verified_digest(whole, "")
        damaged = [*header_mutations(data, headers), *weight_flips(data, flips)]
        passed = sum(reached_loader(one, digest, folder) for one in damaged)
        _print(f"{len(damaged)} damaged files: {passed} get past the digest")
        known = sum(refused_by_header(one, folder) for one in damaged[:headers])
        _print(f"{headers} damaged headers: {known} refused before native code reads them")
        for name, some in (("headers", damaged[:headers]), ("weights", damaged[headers:])):
            counted = Counter(forced(one, folder) for one in some)
            _print(f"forced past the digest, {name}: {dict(counted)}")
        _print(f"the program is alive; the whole model: {forced(data, folder)}")
        shutil.rmtree(folder, ignore_errors=True)


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    numbers = [int(one) for one in sys.argv[1:]]
    main(*(numbers or [2000, 1000]))
