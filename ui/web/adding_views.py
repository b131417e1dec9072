"""How far files are on their way into the library, and what became of them, as HTML. Pure."""

from collections.abc import Sequence
from html import escape

from kb.incoming import Added
from ui.render import error_html, one_line
from ui.web.adding import Step
from ui.web.views import good_html, notice_html

MOST = 20
"""Refusals that are shown one by one."""


def progress_html(step: Step) -> str:
    """A line and a bar for files that are being read."""
    done, whole = len(step.done), len(step.done) + step.waiting
    part = max(step.page - 1, 0) / step.pages if step.pages else 0.0
    if step.name:
        page = f", page {max(step.page, 1)} of {step.pages}" if step.pages else ""
        says = f"Reading file {done + 1} of {whole}: {step.name}{page}"
    else:
        says = f"{_files(done)} of {whole} read; making them searchable"
    return one_line(
        f'<p class="working" role="status">{escape(says)}</p>'
        f'<progress max="{whole}" value="{done + part:.2f}">{done} of {whole}</progress>'
    )


def added_html(step: Step) -> str:
    """What became of files once the work has ended."""
    new = [one for one in step.done if one.document and one.new]
    known = [one for one in step.done if one.document and not one.new]
    refused = [one for one in step.done if not one.document]
    parts = [good_html(f"Added: {_titles(new)}")] if new else []
    parts += [good_html(f"Already there: {_titles(known)}")] if known else []
    parts += [error_html(one.reason) for one in refused[:MOST]]
    if len(refused) > MOST:
        parts.append(error_html(f"{_files(len(refused) - MOST)} more could not be added."))
    if step.waiting:
        whole = len(step.done) + step.waiting
        stopped = f"Stopped after {len(step.done)} of {_files(whole)}."
        parts.append(notice_html(f"{stopped} What was added stays; “Go on” reads the rest."))
    return "".join(parts)


def _titles(added: Sequence[Added]) -> str:
    titles = [one.document.title for one in added if one.document]
    return "; ".join(titles) if len(titles) <= 3 else _files(len(titles))


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"
