"""The real app in Debian's Chromium: ask, open a source, add a PDF, ask about it; nothing goes out.

One app and one browser serve the whole file. The app's process writes every network event to a
file; the browser's requests are listened to. At the end neither has left this machine.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest
from makers_files import pdf
from playwright.sync_api import expect, sync_playwright

from ui.web.offline import foreign_hosts

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

LAUNCHER = """
import sys
from ui.network_watch import watch_network

class Lines(list):
    def append(self, line):
        with open(sys.argv[1], "a", encoding="utf-8") as file:
            file.write(line + "\\n")

watch_network(Lines())

decoy = ["".join(("kanarie", "-decoy"))]

def look(signum, frame):
    # Writes down every text in memory in which the patient of a test can be recognised.
    import gc
    gc.collect()
    name = decoy[0][:8]
    texts = (t for o in gc.get_objects() for t in gc.get_referents(o) if type(t) is str)
    kept = {t[:300] for t in texts if name in t and t != name}
    with open(sys.argv[1] + ".memory", "w", encoding="utf-8") as file:
        file.write("looked\\n" + "\\n".join(map(repr, kept)))

import signal
signal.signal(signal.SIGUSR1, look)
from ui.cli.main import main
main(["--no-browser", "--port", "7955"])
"""
BROWSER = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync --disable-domain-reliability"
).split()
KARVATH = [
    "Clinic protocol for the ward. This first page is about opening hours only.",
    "Karvath fever is treated with bed rest for 9 days. Give water every 2 hours in karvath fever."
    " Do not give aspirin in karvath fever.",
]


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """The running app: its address and the file with its network events."""
    folder = tmp_path_factory.mktemp("app")
    events = folder / "network.txt"
    environment = {**os.environ, "AIDPOST_HOME": str(folder / "home")}
    command = [sys.executable, "-c", LAUNCHER, str(events)]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        cwd=Path(__file__).resolve().parent.parent,
    ) as process:  # fmt: skip
        address = None
        for line in process.stdout:
            if match := re.search(r"http://127\.0\.0\.1:\d+", line):
                address = match[0]
                break
        assert address, "the app did not say where it is"
        yield address, events, process
        process.terminate()
        process.stdout.read()


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=BROWSER)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def seen():
    """Addresses the browser asked for, and errors of the page, over the whole file."""
    return {"requests": [], "errors": []}


@pytest.fixture
def page(app, browser, seen):
    context = browser.new_context(viewport={"width": 1100, "height": 900})
    context.set_default_timeout(10_000)
    opened = context.new_page()
    opened.on("request", lambda request: seen["requests"].append(request.url))
    opened.on("pageerror", lambda error: seen["errors"].append(str(error)))
    opened.goto(app[0])
    expect(opened.locator("#library-in-short")).to_contain_text("built-in cards", timeout=20_000)
    # The examples are filled in last; then the page is whole.
    expect(opened.locator(".gallery-item").last).to_contain_text(re.compile(r"\w"), timeout=20_000)
    yield opened
    context.close()


def ask(page, text):
    page.locator("#question textarea").fill(text)
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator("#answer .sheet")).to_be_visible(timeout=20_000)


def test_an_answer_with_sources_that_open(page):
    ask(page, "dengue warning signs")
    chips = page.locator("#answer .chip")
    assert chips.count() >= 2
    sentence = page.locator("#answer li.quote").first.inner_text()
    chips.first.click()
    drawer = page.locator("#drawer")
    expect(drawer.locator("mark#quote")).to_be_in_viewport()
    assert sentence.split(".")[0][:40] in drawer.locator("mark#quote").inner_text()
    expect(drawer).to_contain_text("draft, not clinician-reviewed")
    page.get_by_role("button", name="Close source").click()
    expect(page.locator("#drawer")).not_to_be_visible()


def test_danger_comes_first_on_the_page(page):
    ask(page, "BP 170/115 at 36 weeks with headache")
    banner = page.get_by_role("alert")
    expect(banner.first).to_contain_text("EMERGENCY")
    top = banner.first.bounding_box()["y"]
    assert top < page.locator("#question").bounding_box()["y"]
    assert top < page.locator("#answer").bounding_box()["y"]


def test_what_nobody_knows_is_not_answered(page):
    ask(page, "adult dose of zelmoraxin for karvath disease")
    expect(page.locator("#answer .abstained")).to_contain_text("zelmoraxin")
    assert page.locator("#answer li.quote").count() == 0


def test_a_pdf_is_added_asked_about_shown_on_its_page_and_removed(page, tmp_path):
    path = tmp_path / "ward protocol.pdf"
    path.write_bytes(pdf([[line] for line in KARVATH]))
    page.get_by_role("tab", name="Library").click()
    page.locator("#add-document input[type=file]").set_input_files(path)
    expect(page.locator("#library-status")).to_contain_text("Added", timeout=30_000)
    expect(page.locator("#documents")).to_contain_text("ward protocol.pdf")
    page.get_by_role("tab", name="Ask").click()
    ask(page, "how long is bed rest in karvath fever")
    expect(page.locator("#answer")).to_contain_text("bed rest for 9 days")
    expect(page.locator("#answer .sources")).to_contain_text("page 2")
    page.locator("#answer .chip").first.click()
    drawer = page.locator("#drawer")
    expect(drawer.locator("figcaption")).to_have_text("Page 2 of 2; the quote is marked")
    picture = drawer.locator(".pdf-page img")
    assert picture.evaluate("image => image.naturalWidth") > 400
    mark, whole = drawer.locator("rect").first.bounding_box(), picture.bounding_box()
    assert whole["x"] < mark["x"] < whole["x"] + whole["width"] / 2
    assert whole["y"] < mark["y"] < whole["y"] + whole["height"] / 4, "the line is at the top"
    drawer.get_by_role("link", name="Previous page").click()
    expect(drawer.locator("figcaption")).to_have_text("Page 1 of 2")
    page.get_by_role("button", name="Close source").click()
    page.get_by_role("tab", name="Library").click()
    page.locator("#chosen input").click()
    page.get_by_role("option").first.click()
    page.get_by_role("button", name="Remove from the library").click()
    expect(page.locator("#library-status")).to_contain_text("Removed")
    expect(page.locator("#documents")).not_to_contain_text("ward protocol.pdf")


@pytest.mark.parametrize(
    "data", [b"", b"%PDF-1.7 broken", b"\x7fELF\x02\x01"], ids=["empty", "broken", "elf"]
)
def test_a_bad_file_gets_a_plain_message_and_the_app_goes_on(page, tmp_path, data):
    path = tmp_path / "bad.pdf"
    path.write_bytes(data)
    page.get_by_role("tab", name="Library").click()
    page.locator("#add-document input[type=file]").set_input_files(path)
    expect(page.locator("#library-status .problem")).to_be_visible(timeout=30_000)
    assert "Traceback" not in page.content()
    page.get_by_role("tab", name="Ask").click()
    ask(page, "dengue warning signs")


def test_keyboard_alone(page):
    page.locator("#question textarea").focus()
    page.keyboard.type("sore throat antibiotic adult")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#answer .sheet")).to_be_visible(timeout=20_000)
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('chip')"):
            break
    else:
        pytest.fail("no source can be reached with the Tab key")
    page.keyboard.press("Enter")
    expect(page.locator("#drawer mark#quote")).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(page.locator("#drawer")).not_to_be_visible()
    assert page.evaluate("document.activeElement.classList.contains('chip')"), "back at the source"


def test_typed_markup_stays_text(page):
    ask(page, "<img src=x onerror=\"document.title='owned'\"> fever ${document.title='owned'}")
    assert page.title() != "owned"
    assert page.locator("#answer img").count() == 0


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("#weight input, #weight textarea", "700", "cannot be right"),
        ("#age input, #age textarea", "200y", "cannot be right"),
        ("#weight input, #weight textarea", "NaN", "not a number"),
    ],
)
def test_impossible_patients_are_told(page, field, value, says):
    page.locator(field).fill(value)
    page.locator("#question textarea").fill("sore throat antibiotic")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator("#answer .problem")).to_contain_text(says)


def test_empty_question_is_told(page):
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator("#answer .problem")).to_contain_text("type a question")


def test_new_patient_wipes_everything(page):
    page.locator("#allergies textarea, #allergies input").first.fill("penicillin")
    ask(page, "sore throat antibiotic")
    page.get_by_role("button", name="New patient").click()
    expect(page.locator("#answer .sheet")).to_have_count(0)
    expect(page.locator("#question textarea")).to_have_value("")
    expect(page.locator("#allergies textarea, #allergies input").first).to_have_value("")


def in_memory(app):
    """Texts of this test's patient in the memory of the app."""
    report = app[1].with_name(app[1].name + ".memory")
    report.unlink(missing_ok=True)
    app[2].send_signal(signal.SIGUSR1)
    for _ in range(200):
        time.sleep(0.05)
        if report.exists() and report.read_text(encoding="utf-8").startswith("looked"):
            return report.read_text(encoding="utf-8").splitlines()[1:]
    pytest.fail("the app did not look into its memory")


def test_nothing_of_a_patient_stays_in_the_browser_or_in_memory(page, app, tmp_path):
    page.locator("#allergies textarea, #allergies input").first.fill("kanarie-allergy")
    ask(page, "dengue warning signs in kanarie-question")
    page.get_by_role("button", name="New patient").click()
    expect(page.locator("#answer .sheet")).to_have_count(0)
    ask(page, "dengue warning signs")
    assert "kanarie" not in page.content()
    assert "kanarie" not in str(page.context.storage_state(indexed_db=True))
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert in_memory(app) == ["'kanarie-decoy'"], "only what was put there to be found"
    home = app[1].parent / "home"
    for file in home.rglob("*"):
        assert file.is_dir() or b"kanarie" not in file.read_bytes(), file


HOSTILE = """Treatment of zorbin fever

Zorbin fever is treated with rest for 4 days <img src=x onerror="document.title='owned'">.

<script>document.title='owned'</script> ![x](http://evil.example/x.png) [y](javascript:alert(1))

Zorbin fever: give water every 3 hours <svg/onload="document.title='owned'"> ${alert(1)}.
"""


def test_a_hostile_document_stays_text(page, tmp_path):
    path = tmp_path / "zorbin <b>fever.txt"
    path.write_text(HOSTILE, encoding="utf-8")
    page.get_by_role("tab", name="Library").click()
    page.locator("#add-document input[type=file]").set_input_files(path)
    expect(page.locator("#library-status")).to_contain_text("Added", timeout=30_000)
    page.get_by_role("tab", name="Ask").click()
    ask(page, "zorbin fever treatment")
    page.locator("#answer a[href^='/source/local']").first.click()
    expect(page.locator("#drawer")).to_contain_text("onerror=")
    for place in ("#answer", "#drawer .source", "#documents"):
        live = page.locator(place).locator("script, img, svg, iframe, b, [onerror], [onload]")
        assert live.count() == 0, place
    links = page.locator("#answer a, #drawer a")
    hrefs = links.evaluate_all("a => a.map(e => e.getAttribute('href'))")
    assert all(href.startswith("/source/") for href in hrefs)
    assert page.title() != "owned"


@pytest.mark.parametrize(("width", "height", "zoom"), [(360, 740, 1), (1280, 900, 2)])
def test_narrow_and_zoomed_pages_do_not_scroll_sideways(page, width, height, zoom):
    # A page at 200 % zoom is laid out in half the pixels.
    page.set_viewport_size({"width": width // zoom, "height": height // zoom})
    ask(page, "dengue warning signs")
    assert page.evaluate("document.documentElement.scrollWidth") <= width // zoom


def test_every_field_has_a_name_for_screen_readers(page):
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('input, textarea, select, button')]
        .filter(e => e.offsetParent !== null)
        .filter(e => !(e.labels && e.labels.length) && !e.getAttribute('aria-label')
            && !e.textContent.trim() && !e.title)
        .map(e => e.outerHTML.slice(0, 120))"""
    )
    assert nameless == []


def test_copy_puts_the_answer_with_its_sources_on_the_clipboard(page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("#age textarea, #age input").first.fill("30 y")
    ask(page, "dengue warning signs")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("Question: dengue warning signs\nPatient: age 30 y\n")
    assert "[1]" in copied
    assert "Not a diagnosis" in copied


def test_on_paper_there_is_only_the_answer(page):
    ask(page, "BP 170/115 at 36 weeks with headache")
    page.emulate_media(media="print")
    expect(page.locator("#answer .asked")).to_have_text(
        "Question: BP 170/115 at 36 weeks with headache"
    )
    for shown in ("#urgency .banner", "#answer .sheet", "#answer .asked"):
        expect(page.locator(shown)).to_be_visible()
    for hidden in ("#asking", "#sheet-actions", "[role=tablist]"):
        expect(page.locator(hidden).first).to_be_hidden()


@pytest.fixture
def wire(app):
    """A plain connection to the app."""
    with closing(HTTPConnection(app[0].removeprefix("http://"), timeout=20)) as connection:
        yield connection


def test_headers_of_the_real_page(wire):
    wire.request("GET", "/")
    response = wire.getresponse()
    body = response.read()
    policy = response.headers["content-security-policy"]
    for part in ("default-src 'none'", "connect-src 'self'", "frame-ancestors 'none'"):
        assert part in policy
    assert "unsafe" not in re.search(r"script-src[^;]*", policy)[0]
    assert b"<script>" not in body
    assert b'lang="en"' in body
    assert foreign_hosts(body) == []


def test_a_question_over_the_limit_is_refused_by_the_server(wire):
    wire.request("GET", "/config")
    config = json.loads(wire.getresponse().read())
    asks = next(
        dependency["id"]
        for dependency in config["dependencies"]
        if "submit" in [event for _, event in dependency["targets"]]
    )
    data = ["fits " + "a" * 20_000, "reference", *[""] * 7]
    body = json.dumps({"data": data, "fn_index": asks, "session_hash": "longone"})
    wire.request("POST", "/gradio_api/queue/join", body, {"Content-Type": "application/json"})
    assert wire.getresponse().read()
    wire.request("GET", "/gradio_api/queue/data?session_hash=longone")
    assert b"at most 4,000 characters" in wire.getresponse().read()


def test_no_served_byte_names_a_foreign_host(page, app):
    names = set(page.evaluate("performance.getEntriesByType('resource').map(e => e.name)"))
    assert len(names) > 10
    texts = [url for url in names if "/queue/" not in url and "/heartbeat/" not in url]
    for url in [app[0], *sorted(texts)]:
        response = page.request.get(url)
        kind = response.headers.get("content-type", "")
        if re.search(r"text|javascript|json|svg", kind):
            assert foreign_hosts(response.body()) == [], url


def test_nothing_left_this_machine(app, seen):
    """Last on purpose: it looks back on the whole run."""
    assert len(seen["requests"]) > 100
    foreign = [u for u in seen["requests"] if not u.startswith((app[0], "data:", "blob:"))]
    assert foreign == []
    events = app[1].read_text(encoding="utf-8").splitlines()
    assert any("socket.bind" in line and "7955" in line for line in events)
    assert [line for line in events if "127.0.0.1" not in line] == []
    assert seen["errors"] == []
