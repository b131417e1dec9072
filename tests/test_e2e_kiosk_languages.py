"""The real kiosk in Chromium in every language: nothing is cut off, read-backs are whole, the PIN holds."""

import re

import pytest
from playwright.sync_api import expect
from test_e2e_kiosk import kiosk, opened, playwright  # noqa: F401 - the fixture is used by name

from speech.talk.order_words import load_order_words
from ui.kiosk.texts import LANGUAGES, load_texts

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
ORDER = "paracetamol 500 mg by mouth every 6 hours for 30 days weight 60.5 kg no known allergies"
SPILLS = """() => {
  const found = [];
  for (const one of document.querySelectorAll("button span, dd, h1, #state span, #trouble span")) {
    const box = one.getBoundingClientRect();
    if (!box.width) continue;
    const button = one.closest("button, .item");
    const around = (button || document.body).getBoundingClientRect();
    const inside = document.createRange();
    inside.selectNodeContents(one);
    const text = inside.getBoundingClientRect();
    const out = text.left < around.left - 1 || text.right > around.right + 1
      || text.bottom > around.bottom + 1 || text.top < around.top - 1;
    const cut = getComputedStyle(one).overflow === "hidden" && one.scrollHeight > one.clientHeight + 2;
    if (out || cut) found.push(one.textContent);
  }
  const items = document.querySelector(".items");
  if (items && items.scrollHeight > items.clientHeight + 2) found.push("items scroll");
  if (document.body.scrollWidth > innerWidth) found.push("page scrolls");
  return found;
}"""
LINES = """(name) => {
  const shown = [...document.querySelectorAll(".item dd")].find((one) => one.textContent === name);
  const inside = document.createRange();
  inside.selectNodeContents(shown.firstChild);
  return new Set([...inside.getClientRects()].map((box) => Math.round(box.top))).size;
}"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with kiosk(tmp_path_factory.mktemp("languages"), 7983, "-") as found:
        yield found


def speak(page, language):
    """Choose the language of the screen as a person does."""
    page.locator(f".languages [lang={language}]").click()
    expect(page.locator("html")).to_have_attribute("lang", language)
    page.locator("#start").click()
    expect(page.locator("#talk")).to_be_visible()


def say(page, text):
    """Type an answer of the order."""
    page.evaluate("async (text) => (await import('/page/main.js')).act({ do: 'ask', text })", text)


@pytest.mark.parametrize("size", [(1280, 800), (1920, 1080)])
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_order_is_led_and_read_back_whole(playwright, address, language, size):  # noqa: F811
    words, texts = load_order_words(language), load_texts(language).words
    with opened(playwright, address, size=size, begin=False) as page:
        speak(page, language)
        assert page.evaluate(SPILLS) == []
        page.locator("#bar button").nth(4).click()
        expect(page.locator(".order h1")).to_have_text(_spaced(words.slot("drug").ask))
        assert page.evaluate(SPILLS) == []
        assert "q" in page.locator(".keys .key").all_text_contents() or language == "fr"
        say(page, ORDER)
        for answer in ("30 years", "pain", "no"):
            page.wait_for_timeout(300)
            if page.locator(".yesno").count() == 0:
                say(page, answer)
        expect(page.locator(".yesno .yes")).to_have_text(texts["yes"])
        shown = dict(zip(
            page.locator(".item dt").all_text_contents(),
            page.locator(".item dd").all_text_contents(), strict=True,
        ))  # fmt: skip
        assert shown[_spaced(words.slot("dose").shown)] == "500 mg"
        assert shown[_spaced(words.slot("weight").shown)] == "60.5 kg"
        assert re.findall(r"\d+", shown[_spaced(words.slot("frequency").shown)]) == ["6"]
        assert page.evaluate(SPILLS) == []
        assert page.evaluate(LINES, shown[_spaced(words.slot("drug").shown)]) == 1
        page.locator(".yesno .yes").click()
        expect(page.locator(".draft")).to_be_visible()
        assert "500 mg" in page.locator(".draft").input_value()
        assert page.evaluate(SPILLS) == []
        assert not page.faults
        page.get_by_role("button", name=texts["close"]).click()
        page.locator("#top-buttons button").last.click()


def _spaced(text):
    """As the page writes it: French signs keep their blank."""
    return re.sub(r" (?=[?!:;»])", "\u00a0", text)


@pytest.mark.parametrize("language", ["hi", "ar"])
def test_the_letters_can_be_changed_to_latin_ones(playwright, address, language):  # noqa: F811
    with opened(playwright, address, begin=False) as page:
        speak(page, language)
        page.locator("#bar button").nth(1).click()
        assert "a" not in page.locator(".key").all_text_contents()
        for _ in range(2):
            if "a" not in page.locator(".key").all_text_contents():
                page.locator(".sheet + .keys .key.side").nth(1).click()
        for letter in "zinc":
            page.get_by_role("button", name=letter, exact=True).click()
        assert page.locator("#typed").input_value() == "zinc"


def test_the_pin_is_asked_again_after_a_reload_and_its_wait_goes_on(playwright, tmp_path):  # noqa: F811
    with kiosk(tmp_path / "home", 7985, "-") as found, opened(playwright, found) as page:
        _settings(page)
        _type_pin(page, "2580")
        expect(page.locator("#save")).to_be_visible()
        page.locator("#bar button").nth(1).click()
        _settings(page)
        expect(page.locator("#pin-ok")).to_be_visible()  # leaving the settings has closed them
        for _ in range(5):
            _type_pin(page, "0000")
            expect(page.locator(".figure .value")).to_have_text("–")  # the answer has come
            expect(page.locator("#notice")).to_contain_text(re.compile(r"wrong|Wait \d+ seconds"))
        page.reload()
        page.get_by_role("button", name="Take over").or_(page.locator("#start")).first.click()
        if page.locator("#start").count():
            page.locator("#start").click()
        _settings(page)
        _type_pin(page, "2580")
        expect(page.locator("#notice")).to_contain_text(re.compile(r"Wait \d+ seconds"))
        assert not any("2580" in one or "0000" in one for one in page.asked)
        assert "2580" not in page.content()


def _settings(page):
    page.locator("#bar button").last.click()
    expect(page.locator("#pin-ok")).to_be_visible()


def _type_pin(page, pin):
    for digit in pin:
        page.locator(".digits").get_by_role("button", name=digit, exact=True).click()
    page.locator("#pin-ok").click()
