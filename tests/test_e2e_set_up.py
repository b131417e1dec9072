"""The first start in Debian's Chromium: asked once, skippable, and what is answered shows."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright
from test_e2e_model import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
PORT = 7957
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    environment = {**os.environ, "AIDPOST_HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "ui.cli", "--no-browser", "--port", str(PORT)]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
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
        process.terminate()


def test_asked_once_refused_plainly_and_shown_with_danger(page):
    expect(page.locator("#first-time")).to_contain_text("First time here?")
    page.get_by_role("tab", name="Set up").click()
    page.get_by_label("Name of the clinic").fill("Mwangaza <b>Post</b>")
    page.get_by_label("Emergency number here").fill("the doctor")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#set-up-says")).to_contain_text("may hold digits")
    expect(page.locator("#first-time")).to_contain_text("First time here?")
    page.get_by_label("Emergency number here").fill("0800 112")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#set-up-says")).to_contain_text("Saved")
    expect(page.locator("#head .clinic")).to_have_text("Mwangaza <b>Post</b>")
    expect(page.locator("#first-time")).not_to_contain_text("First time here?")
    page.get_by_role("tab", name="Ask").click()
    page.locator("#question textarea").fill("He is unconscious and does not breathe")
    page.keyboard.press("Enter")
    expect(page.locator("#urgency .call")).to_contain_text("0800 112")


def test_a_stick_that_is_not_there_is_told(page):
    page.get_by_role("tab", name="Set up").click()
    page.get_by_role("button", name="Take the models").click()
    expect(page.locator("#models-taken")).to_contain_text("Name the folder")
    page.get_by_label("Models from a stick: its folder").fill("/no/such/stick")
    page.get_by_role("button", name="Take the models").click()
    expect(page.locator("#models-taken")).to_contain_text("There is no folder or file")


def test_it_is_still_there_after_loading_the_page_again(page):
    page.reload()
    expect(page.locator("#head .clinic")).to_have_text("Mwangaza <b>Post</b>")
    expect(page.locator("#first-time")).not_to_contain_text("First time here?")
    page.get_by_role("tab", name="Set up").click()
    expect(page.get_by_label("Emergency number here")).to_have_value("0800 112")
