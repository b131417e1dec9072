"""Writes the file tree of the README from the files themselves: `python packaging/readme_tree.py`.

Each Python module is described by the first line of its docstring; other files by the table below.
"""

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- tree -->\n```\n", "```\n<!-- /tree -->"
OTHERS = {
    ".ci/run": "what continuous integration runs: make test",
    "CHANGELOG.md": "what changed in each version",
    "LICENSE": "Apache-2.0",
    "NOTICE": "what this is built on",
    "README.md": "this page",
    "Makefile": "make run, make test, make check, make fuzz, make llm, make exam",
    "pyproject.toml": "package, dependencies, and the rules of every checker",
    "kb/starter/README.md": "how a card is written",
    "kb/starter/words.toml": "abbreviations, lay words, brands and spellings of queries",
    "kb/starter/everyday.txt": "words of everyday speech that say nothing of a topic",
    "kb/starter/topics.toml": "ids and titles of all planned cards",
    "kb/starter/flags.txt": "ids of the danger signs that a card may name",
    "assistant/scope.toml": "what is refused or asked back, by its words",
    "assistant/writing/intents.toml": "what a question asks for, by its words",
    "assistant/writing/prompts.toml": "what a language model is told",
    "assistant/writing/templates.toml": "chat families as data",
    "kb/starter/vectors.npz": "vectors of the starter library, worked out beforehand",
    "assistant/engines/cues.toml": "words by which a question shows which engine it wants",
    "ui/web/style.css": "the look of the desktop app",
    "ui/web/app.js": "keys, clipboard and print of the desktop app",
    "packaging/debian-packages.txt": "Debian packages that the tests need",
    "packaging/install-debian-packages.sh": "installs them if they are missing",
}
SUMMARISED = (
    "kb/starter/topics",
    "docs/card-check",
    "tests",
    "assistant/triage/signs",
    "assistant/triage/languages",
    "assistant/clinical/calculators/data",
    "kb/starter/formulary",
    "kb/starter/interactions",
    "kb/starter/languages",
    "kb/encoder",
    "kb/reranker",
    "quantize/recipes",
)
"""Folders that are one line of the tree."""


def tracked() -> list[Path]:
    """Files that belong to the project, relative to its root."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return sorted(Path(line) for line in listed.stdout.splitlines() if (ROOT / line).exists())


def describe(path: Path) -> str:
    """One line on a file; empty when there is nothing to say."""
    if path.suffix == ".py":
        docstring = ast.get_docstring(ast.parse((ROOT / path).read_text(encoding="utf-8")))
        return docstring.splitlines()[0].rstrip(".") if docstring else ""
    if path.as_posix() in OTHERS:
        return OTHERS[path.as_posix()]
    if path.suffix == ".in":
        return "wanted packages of the lock file beside it"
    return "pinned packages with hashes" if path.suffix == ".txt" else ""


def tree() -> str:
    """The whole tree as text."""
    lines: list[str] = []
    shown: set[Path] = set()
    for path in tracked():
        if path.name in {"__init__.py", "py.typed", ".gitignore"}:
            continue
        for folder in reversed(path.parents[:-1]):
            if folder not in shown and not _inside(folder):
                shown.add(folder)
                lines.append(_line(folder, f"{folder.name}/", _folder_says(folder)))
        if not _inside(path):
            lines.append(_line(path, path.name, describe(path)))
    return "\n".join(lines) + "\n"


def _inside(path: Path) -> bool:
    """Whether a path lies in a folder that is shown as one line."""
    return any(path.as_posix().startswith(f"{folder.rstrip('/')}/") for folder in SUMMARISED)


def _folder_says(folder: Path) -> str:
    known = {
        "kb/starter/topics": f"{_count('kb/starter/topics', '.md')} topic cards by group",
        "docs/card-check": "second pass over the cards: what was checked, changed, left open",
        "tests": "test_<package>_<module>.py, and makers of test files",
        "assistant/triage/signs": "signs and the words for them, by system",
        "assistant/triage/languages": "the same in other languages",
        "assistant/clinical/calculators/data": "inputs, ranges, bands and sources of calculators",
        "kb/starter/formulary": "medicines with dose rows, reasons against them and sources",
        "kb/starter/interactions": "pairs, duplicates and patient rules, classes and further names",
        "kb/starter/languages": "conditions and symptoms in other languages, for search",
        "kb/encoder": "the sentence encoder: int8 ONNX, tokenizer, manifest, card",
        "kb/reranker": "the re-ranker: the same for pairs of question and passage",
        "quantize/recipes": "how a model was trained, as data",
        "packaging": "lock files and set-up; never a Python package",
        "docs": "reports",
        ".ci": "",
    }
    init = ROOT / folder / "__init__.py"
    if folder.as_posix() in known:
        return known[folder.as_posix()]
    return describe(folder / "__init__.py") if init.exists() else ""


def _count(folder: str, suffix: str) -> int:
    return sum(p.as_posix().startswith(f"{folder}/") and p.suffix == suffix for p in tracked())


def _line(path: Path, name: str, says: str) -> str:
    indent = "  " * (len(path.parts) - 1)
    return f"{indent + name:<38} {says}".rstrip()


def updated(readme: str) -> str:
    """The README with the tree as it is now."""
    head, rest = readme.split(BEGIN, 1)
    _, tail = rest.split(END, 1)
    return head + BEGIN + tree() + END + tail


if __name__ == "__main__":
    page = ROOT / "README.md"
    page.write_text(updated(page.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write("README.md written\n")
