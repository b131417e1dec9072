"""The real page with a real tiny language model: words with citations, lies dropped, careful mode.

The model file is generated, checked in with `aidpost models import`, and run by llama.cpp in its own
process. Its weights say one true sentence of the first quote, and then a lie.
"""

import json
import os
import subprocess
import sys
import time
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest
from makers_gguf import Recipe, make, words
from playwright.sync_api import expect, sync_playwright

pytest.importorskip("llama_cpp", reason="llama.cpp is not installed; `make llm` adds it")
pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

PORT = 7957
QUESTION = "Dengue warning signs"
TRUE = (
    "Refer now any dengue warning sign, bleeding, pregnancy, infant or shock, with fluids running"
)
LIE = "Opium cures every fever"
ROOT = Path(__file__).resolve().parent.parent


def aidpost(home, *arguments):
    environment = {**os.environ, "AIDPOST_HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "ui.cli", *arguments]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def told(home, *arguments):
    process = aidpost(home, *arguments)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A data folder with a checked-in model that is in use."""
    home = tmp_path_factory.mktemp("home")
    quotes = json.loads(told(home, "ask", QUESTION, "--json"))["sentences"]
    number = next(n for n, one in enumerate(quotes, 1) if one["text"].startswith(TRUE))
    says = words(f"{TRUE} [{number}]. {LIE} [1].")
    file = make(home / "tiny.gguf", Recipe(says=says, context_length=8192))
    told(home, "models", "import", str(file))
    told(home, "models", "use", "tiny")
    return home


@pytest.fixture(scope="module")
def page(home):
    process = aidpost(home, "--no-browser", "--port", str(PORT))
    try:
        wait_for(process)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
            )
            page = browser.new_context().new_page()
            page.set_default_timeout(30_000)
            page.goto(f"http://127.0.0.1:{PORT}")
            yield page
            browser.close()
    finally:
        process.terminate()
        process.communicate(timeout=30)


def wait_for(process):
    for _ in range(300):
        assert process.poll() is None, process.communicate()[1]
        try:
            with closing(HTTPConnection("127.0.0.1", PORT, timeout=2)) as connection:
                connection.request("GET", "/")
                if connection.getresponse().status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    pytest.fail("the app did not start")


@pytest.mark.parametrize("way", ["Worded by the language model", "Worded by the model with care"])
def test_a_sentence_is_shown_with_its_source_and_a_lie_is_not(page, way):
    page.get_by_role("button", name="New patient").click()
    page.get_by_role("radio", name=way).check()
    page.locator("#question textarea").fill(QUESTION)
    page.keyboard.press("Enter")
    written = page.locator("#answer li.written")
    expect(written).to_have_count(1, timeout=60_000)
    expect(written).to_contain_text(TRUE)
    expect(page.locator("#answer")).to_contain_text(LIE)  # among what was dropped, with its reason
    expect(page.locator("#answer li", has_text=LIE).locator("a")).to_have_count(0)
    page.locator("#answer li.written a").first.click()
    expect(page.locator("#drawer")).to_contain_text("Dengue")
    page.keyboard.press("Escape")
    expect(page.locator("#drawer")).to_be_hidden()


def test_the_answer_names_the_model_and_what_was_dropped(home):
    answer = json.loads(told(home, "ask", QUESTION, "--mode", "model", "--careful", "--json"))
    assert answer["mode"] == "model"
    assert answer["versions"]["model"] == "tiny"
    assert answer["versions"]["strategy"]["calls"] >= 1
    assert [LIE in one["text"] for one in answer["dropped"]] == [True] * len(answer["dropped"])
    assert all(one["citations"] for one in answer["sentences"])


def test_a_file_that_was_never_checked_in_is_not_loaded(home, tmp_path):
    stray = make(tmp_path / "stray.gguf", Recipe(says=words("Opium for all [1].")))
    answer = json.loads(
        told(home, "ask", QUESTION, "--mode", "model", "--model", str(stray), "--json")
    )
    assert answer["mode"] == "reference"
    assert any("aidpost models import" in warning for warning in answer["warnings"])
