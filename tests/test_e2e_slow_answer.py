"""A slow answer in Debian's Chromium: danger at once, Stop, Escape, New patient, two pages."""

import os
import subprocess
import sys
from pathlib import Path

import fakes_desk
import pytest
from click import ClickException
from playwright.sync_api import expect, sync_playwright

from ui.web import server

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(120),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    root = Path(__file__).resolve().parent.parent
    environment = {**os.environ, "PYTHONPATH": str(root)}
    command = [sys.executable, fakes_desk.__file__, str(tmp_path_factory.mktemp("slow"))]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, text=True, cwd=root
    ) as process:
        address = process.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:"), "the app did not start"
        yield address
        process.terminate()


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        yield opened
        opened.close()


def start(browser, address, text):
    page = browser.new_context().new_page()
    page.set_default_timeout(10_000)
    page.goto(address)
    expect(page.locator("#library-in-short")).to_contain_text("built-in cards")
    expect(page.locator("#banners .problem")).to_have_text("A banner.")
    page.locator("#question textarea").fill(text)
    page.keyboard.press("Enter")
    expect(page.locator("#answer")).to_contain_text(f"Line 2 on {text}")
    return page


@pytest.fixture
def stopped():
    """Whether a page has stopped writing."""

    def check(page):
        expect(page.locator("#answer .problem")).to_contain_text("Stopped")
        before = page.locator("#answer li.written").count()
        page.wait_for_timeout(400)
        assert page.locator("#answer li.written").count() == before > 2

    return check


def test_stop_button_and_escape_keep_what_is_there(browser, address, stopped):
    page = start(browser, address, "fits one")
    expect(page.locator("#urgency").get_by_role("alert")).to_contain_text("EMERGENCY")
    page.get_by_role("button", name="Stop").click()
    stopped(page)
    page.locator("#question textarea").fill("two")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#answer")).to_contain_text("Line 2 on two")
    expect(page.locator("#urgency .banner")).to_contain_text("earlier in this conversation")
    page.keyboard.press("Escape")
    stopped(page)


def test_new_patient_while_an_answer_is_written_leaves_nothing(browser, address):
    page = start(browser, address, "fits one")
    page.get_by_role("button", name="New patient").click()
    expect(page.locator("#answer .welcome")).to_be_visible()
    page.wait_for_timeout(600)
    assert page.locator("#answer .sheet, #urgency .banner").count() == 0
    assert "fits one" not in page.content()
    page.locator("#question textarea").fill("two")
    page.keyboard.press("Enter")
    expect(page.locator("#answer")).to_contain_text("Line 2 on two")


def test_two_pages_at_once_see_only_their_own(browser, address):
    one, two = start(browser, address, "one"), start(browser, address, "two")
    expect(one.locator("#answer")).to_contain_text("Line 20 on one")
    expect(two.locator("#answer")).to_contain_text("Line 20 on two")
    assert "on two" not in one.locator("#answer").inner_text()
    assert "on one" not in two.locator("#answer").inner_text()


def test_a_fault_of_the_program_is_told_plainly(browser, address):
    page = start(browser, address, "one")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#answer .problem")).to_contain_text("Stopped")
    page.locator("#question textarea").fill("broken")
    page.keyboard.press("Enter")
    expect(page.locator("#answer .problem")).to_contain_text("Something went wrong")
    assert "ZeroDivisionError" not in page.content()


def test_a_taken_port_gives_the_next_one(address):
    taken = int(address.rsplit(":", 1)[1])
    with server.listen("127.0.0.1", taken) as other:
        assert other.getsockname()[1] == taken + 1


def test_no_free_port_is_told(monkeypatch):
    monkeypatch.setattr(server, "PORTS_TRIED", 1)
    with server.listen("127.0.0.1", 7985), pytest.raises(ClickException, match="in use"):
        server.listen("127.0.0.1", 7985)


def test_two_that_start_at_once_get_two_ports():
    with server.listen("127.0.0.1", 7981) as one, server.listen("127.0.0.1", 7981) as two:
        assert one.getsockname() != two.getsockname()
