"""Writes what is inside the program as a CycloneDX 1.6 list (cyclonedx.org, JSON).

The same build gives the same bytes: the serial number is made from the contents, the time is that
of the sources.
"""

import hashlib
import json
import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dist_common import files_below, sha256
from notices import Package

_LIBRARIES = (".so", ".dll", ".dylib", ".pyd", ".onnx", ".npz")


def bill(version: str, platform: str, made: int, packages: Sequence[Package]) -> dict[str, Any]:
    """The list of packages, without the files.

    Args:
        version: of the program.
        platform: such as `linux-x86_64`.
        made: seconds since 1970 of the sources.
        packages: what is inside.
    """
    components = [_package(one) for one in packages]
    time = datetime.fromtimestamp(made, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": "",
        "version": 1,
        "metadata": {
            "timestamp": time,
            "component": {
                "type": "application",
                "bom-ref": "aidpost",
                "name": "aidpost",
                "version": version,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
                "properties": [{"name": "aidpost:platform", "value": platform}],
            },
        },
        "components": components,
        "dependencies": [
            {"ref": "aidpost", "dependsOn": [one["bom-ref"] for one in components]},
        ],
    }


def with_files(listed: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The list with every native library and model in the folder of the program."""
    rows = [
        {
            "type": "file",
            "bom-ref": f"file:{path.relative_to(folder).as_posix()}",
            "name": path.relative_to(folder).as_posix(),
            "hashes": [{"alg": "SHA-256", "content": sha256(path)}],
        }
        for path in files_below(folder)
        if not path.is_symlink() and any(part in path.name for part in _LIBRARIES)
    ]
    return {**listed, "components": [*listed["components"], *rows]}


def written(listed: dict[str, Any]) -> bytes:
    """The list as a file, with a serial number made from its contents."""
    plain = json.dumps(listed, sort_keys=True).encode()
    number = uuid.UUID(bytes=hashlib.sha256(plain).digest()[:16], version=4)
    full = {**listed, "serialNumber": f"urn:uuid:{number}"}
    return (json.dumps(full, indent=1, sort_keys=True) + "\n").encode()


def faults(listed: dict[str, Any]) -> list[str]:
    """What a reader of CycloneDX would not accept, a sentence each."""
    said = []
    if (listed.get("bomFormat"), listed.get("specVersion")) != ("CycloneDX", "1.6"):
        said.append("It does not say that it is CycloneDX 1.6.")
    references = [one["bom-ref"] for one in _all(listed)]
    if len(set(references)) != len(references):
        said.append("Two components have one reference.")
    said += [f"{one['bom-ref']} has no name." for one in _all(listed) if not one.get("name")]
    for row in listed.get("dependencies", []):
        missing = {row["ref"], *row.get("dependsOn", [])} - set(references)
        said += [f"{one} is needed and not listed." for one in sorted(missing)]
    return said


def _all(listed: dict[str, Any]) -> Iterable[dict[str, Any]]:
    return [listed["metadata"]["component"], *listed["components"]]


def _package(one: Package) -> dict[str, Any]:
    address = f"pkg:pypi/{one.name}@{one.version}"
    licences = [{"license": {"name": licence}} for licence in one.licences]
    return {
        "type": "library",
        "bom-ref": address,
        "name": one.name,
        "version": one.version,
        "purl": address,
        "licenses": licences,
    }
