"""The page for desks in Debian's Chromium: join with a token, ask, next patient, forget."""

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.fakes_serve import started
from tests.test_e2e_app import BROWSER
from ui.serve.running import token_book

QUESTION = "BP 170/115 at 36 weeks with headache"
pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@pytest.fixture
def joined(tmp_path):
    """A server, the token of a desk, and a page with what it asked for and its faults."""
    home = tmp_path / "home"
    token = token_book(home).add("ward")
    with started(home, "--processes", "1") as server, sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=BROWSER)
        page = browser.new_page()
        asked, faults = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        page.goto(f"http://127.0.0.1:{server.port}/")
        yield page, token
        assert all(url.startswith(f"http://127.0.0.1:{server.port}/") for url in asked)
        assert [fault for fault in faults if "401" not in fault and "404" not in fault] == []
        browser.close()


def ask(page, question: str) -> None:
    page.get_by_label("Question").fill(question)
    page.get_by_role("button", name="Ask", exact=True).click()


def join(page, token: str) -> None:
    page.get_by_label("Token of this desk").fill(token)
    page.get_by_role("button", name="Join").click()


def test_a_desk_joins_asks_and_forgets(joined) -> None:
    page, token = joined
    join(page, "aidpost_wrong")
    ask(page, QUESTION)
    expect(page.locator("#answer")).to_contain_text("A token of this clinic is needed")
    page.get_by_role("button", name="Forget").click()
    join(page, token)
    ask(page, QUESTION)
    expect(page.locator("#danger")).to_contain_text("EMERGENCY", timeout=30_000)
    expect(page.locator("#answer")).to_contain_text("[1]", timeout=30_000)
    page.get_by_role("button", name="Next patient").click()
    expect(page.locator("#danger")).to_be_empty()
    expect(page.locator("#answer")).to_be_empty()
    assert page.get_by_label("Question").input_value() == ""
    kept = page.evaluate("JSON.stringify([Object.keys(localStorage), sessionStorage.length])")
    assert kept == '[["aidpost-token"],0]'


def test_a_desk_goes_on_asking_takes_back_and_ends(joined) -> None:
    page, token = joined
    join(page, token)
    ask(page, "my child of 12 kg has convulsions, paracetamol for fever?")
    expect(page.locator("#danger")).to_contain_text("EMERGENCY", timeout=30_000)
    expect(page.locator("#answer")).to_contain_text("Not a diagnosis", timeout=30_000)
    alone = page.get_by_role("button", name="Ask it alone")
    expect(alone).to_be_hidden()
    ask(page, "how often?")
    expect(page.locator("#answer")).to_contain_text("Understood as:", timeout=30_000)
    expect(page.locator("#danger")).to_contain_text("EMERGENCY")
    alone.click()
    expect(page.locator("#answer")).to_contain_text("Not a diagnosis", timeout=30_000)
    expect(page.locator("#answer")).not_to_contain_text("Understood as:")
    expect(page.locator("#danger")).to_contain_text("earlier in this conversation")
    page.get_by_role("button", name="Next patient").click()
    ask(page, "how often?")
    expect(page.locator("#answer")).to_contain_text("Not a diagnosis", timeout=30_000)
    expect(page.locator("#danger")).to_be_empty()
