"""Builds packs for tests: real keys, real archives, and archives with one thing changed."""

import json
import struct
import zipfile
from datetime import date
from pathlib import Path

from conftest import plain_text

from kb.packs.build import build, sign_pack
from kb.packs.install import Packs
from kb.packs.keys import PrivateKey, new_key, open_key, public_of
from kb.packs.opening import Machine
from kb.packs.trust import Root, Trust, TrustedKey

TODAY = date(2027, 3, 1)
MADE = date(2027, 2, 1)

RECIPE = """\
id = "{id}"
version = {version}
label = "edition {version}"
title = "Protocols"
publisher = "District office"
domain = "{domain}"
language = "en"
precedence = "{precedence}"
licence = "CC-BY-4.0"
status = "clinician-reviewed"
expires = "{expires}"
min_app = "0.1.0"

[[sources]]
id = "p1"
title = "Protocols of the district"
publisher = "District office"
year = 2026
"""

DOCUMENTS = {
    "documents/fever.txt": "# Fever\n\nA child with fever is given {n} cups of water.",
    "documents/wounds.txt": "# Wounds\n\nA wound is washed for 10 minutes.",
}


def keys(count: int = 3) -> list[PrivateKey]:
    """Fresh private keys."""
    return [open_key(new_key(None)) for _ in range(count)]


def root(of: list[PrivateKey], domain: str = "district", **more) -> Root:
    """The root of a domain."""
    values = {"version": 1, "threshold": 2, "expires": date(2036, 1, 1), "highest": "national"}
    trusted = tuple(TrustedKey(public_of(key).hex(), f"holder {n}") for n, key in enumerate(of))
    return Root(domain=domain, keys=trusted, **{**values, **more})


def folder_of(place: Path, version: int = 1, files: dict | None = None, **more) -> Path:
    """A folder from which a pack is built."""
    place.mkdir(parents=True)
    values = {
        "id": "protocols", "domain": "district", "precedence": "regional", "expires": "2028-01-01",
    }  # fmt: skip
    (place / "pack.toml").write_text(RECIPE.format(version=version, **{**values, **more}))
    for name, text in (DOCUMENTS if files is None else files).items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = text.replace("{n}", str(version)).encode() if isinstance(text, str) else text
        path.write_bytes(data)
    return place


def pack_of(place: Path, signers, version: int = 1, base: Path | None = None, **more) -> Path:
    """A signed archive; `made` is its day."""
    made = more.pop("made", MADE)
    out = place / f"{more.get('id', 'protocols')}-{version}-{len(list(place.iterdir()))}.zip"
    folder = folder_of(place / f"{out.stem}-source", version, **more)
    build(folder, out, made, base, full=False)
    for key in signers:
        sign_pack(out, key)
    return out


def machine(*roots: Root, day: date = TODAY, app: str = "0.1.0", extract=plain_text) -> Machine:
    """A machine that trusts some roots."""
    return Machine(Trust(roots), app, extract, lambda: day)


def packs_in(home: Path, *roots: Root, **more) -> Packs:
    """The packs of a home."""
    return Packs(home / "packs", machine(*roots, **more))


def entries(pack: Path) -> dict[str, bytes]:
    """Files of an archive."""
    with zipfile.ZipFile(pack) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def archive(out: Path, files, attributes: int = 0o100644) -> Path:
    """An archive of (name, bytes) pairs or a dictionary, with whatever names are asked for."""
    pairs = files.items() if isinstance(files, dict) else files
    with zipfile.ZipFile(out, "w") as made:
        for name, data in pairs:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = attributes << 16
            entry.create_system = 3
            entry.compress_type = zipfile.ZIP_DEFLATED
            with made.open(entry, "w") as file:
                file.write(data)
    return out


def unpacked(pack: Path, folder: Path) -> Path:
    """A pack as a folder."""
    for name, data in entries(pack).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def changed_manifest(pack: Path, change) -> dict[str, bytes]:
    """Files of a pack whose manifest was changed after signing."""
    files = entries(pack)
    manifest = json.loads(files["manifest.json"])
    change(manifest)
    files["manifest.json"] = json.dumps(manifest).encode()
    return files


def bytes_below(home: Path) -> dict[str, bytes]:
    """Every file below a folder, and every folder."""
    return {
        path.relative_to(home).as_posix(): b"" if path.is_dir() else path.read_bytes()
        for path in sorted(home.rglob("*"))
    }


def lying_size(pack: Path, name: str, size: int) -> None:
    """Make the list of contents of an archive claim another size for a file."""
    data = bytearray(pack.read_bytes())
    for magic, at_size, at_name, fixed in ((b"PK\3\4", 22, 26, 30), (b"PK\1\2", 24, 28, 46)):
        place = data.find(magic)
        while place >= 0:
            length = struct.unpack_from("<H", data, place + at_name)[0]
            if data[place + fixed : place + fixed + length] == name.encode():
                struct.pack_into("<I", data, place + at_size, size)
            place = data.find(magic, place + 4)
    pack.write_bytes(bytes(data))
