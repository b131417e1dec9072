"""Many files at once in Debian's Chromium: a bar, Stop, Go on, and what became of each file."""

import os
import re
import subprocess
import sys
from pathlib import Path

import fakes_desk
import pytest
from makers_files import drawn, paper, pdf
from playwright.sync_api import expect, sync_playwright

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    root = Path(__file__).resolve().parent.parent
    environment = {**os.environ, "PYTHONPATH": str(root)}
    command = [sys.executable, fakes_desk.__file__, str(tmp_path_factory.mktemp("adding"))]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, text=True, cwd=root
    ) as process:
        address = process.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:"), "the app did not start"
        yield address
        process.terminate()


@pytest.fixture
def page(address):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        opened = browser.new_context(viewport={"width": 1100, "height": 900}).new_page()
        opened.set_default_timeout(20_000)
        opened.goto(address)
        expect(opened.locator("#library-in-short")).to_contain_text("built-in cards")
        opened.get_by_role("tab", name="Library").click()
        yield opened
        browser.close()


def note(folder, number):
    path = folder / f"note {number}.txt"
    path.write_text(f"Karvath fever of kind {number} needs rest.", encoding="utf-8")
    return path


def test_a_bar_stop_and_go_on(page, tmp_path):
    scan = tmp_path / "slow scan.pdf"
    scan.write_bytes(paper([drawn(pdf([["Karvath fever needs rest, said the scan."]]))] * 8))
    bad = tmp_path / "bad.pdf"
    bad.write_bytes(b"%PDF-1.7 broken")
    files = [note(tmp_path, 1), scan, bad, note(tmp_path, 2)]
    says = page.locator("#library-status")
    stop, go_on = page.locator("#stop-adding"), page.locator("#go-on")
    page.locator("#add-document input[type=file]").set_input_files(files)
    expect(says).to_contain_text(re.compile(r"Reading file 2 of 4: slow scan.pdf, page \d of 8"))
    bar = says.locator("progress")
    assert bar.get_attribute("max") == "4"
    assert 1 <= float(bar.get_attribute("value")) < 2
    assert bar.bounding_box()["width"] > 300
    expect(go_on).not_to_be_visible()
    stop.click()
    expect(says).to_contain_text("Stopped after 1 of 4 files")
    expect(stop).not_to_be_visible()
    expect(page.locator("#documents")).to_contain_text("note 1.txt")
    go_on.click()
    expect(says).to_contain_text("Added: slow scan; note 2", timeout=90_000)
    expect(says).to_contain_text("bad.pdf is damaged")
    expect(says.locator("progress")).to_have_count(0)
    expect(page.locator("#documents")).to_contain_text("slow scan.pdf")
    for button in (stop, go_on):
        expect(button).not_to_be_visible()
    page.locator("#add-document input[type=file]").set_input_files(files[0])
    expect(says).to_contain_text("Already there: note 1")
