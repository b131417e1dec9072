// Keys, clipboard, print and the source drawer of the page. Every request goes to this machine.
"use strict";

const byId = (id) => document.getElementById(id);

function press(id) {
  const found = byId(id);
  const button = found && (found.matches("button") ? found : found.querySelector("button"));
  if (button && !button.disabled) button.click();
}

// --- the drawer ------------------------------------------------------------------------------

let drawer = null;
let opener = null;

function makeDrawer() {
  drawer = document.createElement("dialog");
  drawer.id = "drawer";
  drawer.setAttribute("aria-labelledby", "source-title");
  drawer.innerHTML =
    '<div class="drawer-top"><button type="button" class="close">Close source (Escape)</button></div>' +
    '<div class="drawer-body"></div>';
  drawer.querySelector(".close").addEventListener("click", () => drawer.close());
  drawer.addEventListener("click", (event) => {
    if (event.target === drawer) drawer.close();
  });
  drawer.addEventListener("close", () => {
    drawer.querySelector(".drawer-body").replaceChildren();
    if (opener && opener.isConnected) opener.focus();
  });
  document.body.append(drawer);
}

async function openSource(address) {
  if (!drawer) makeDrawer();
  const body = drawer.querySelector(".drawer-body");
  const link = document.activeElement;
  if (!drawer.open) {
    opener = link;
    drawer.showModal();
  }
  body.textContent = "Opening the source…";
  try {
    const response = await fetch(address, { headers: { "x-aidpost-piece": "1" } });
    // The piece is made by our own renderer; everything in it is escaped there.
    body.innerHTML = await response.text();
  } catch {
    body.textContent = "The source cannot be opened: Aidpost is not running any more.";
    return;
  }
  const mark = body.querySelector(".pdf-page rect, mark") || body.querySelector("h2");
  const title = body.querySelector("#source-title");
  if (title) title.focus({ preventScroll: true });
  const picture = body.querySelector(".pdf-page img");
  if (picture) await picture.decode().catch(() => {});
  if (mark) mark.scrollIntoView({ block: "center" });
}

// --- what is pressed -------------------------------------------------------------------------

async function copyAnswer(button) {
  const plain = button.id === "copy" ? "plain" : button.id.replace("-copy", "-plain");
  const text = document.querySelector(`#${plain} textarea, #${plain} input`);
  if (!text || !text.value) return;
  await navigator.clipboard.writeText(text.value);
  const words = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = words; }, 1500);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="/source/"]');
  if (link) {
    event.preventDefault();
    // The toolkit opens links of its texts in a new window; this one stays here.
    event.stopPropagation();
    openSource(link.getAttribute("href"));
    return;
  }
  const copy = event.target.closest("#copy, .copy");
  if (copy) copyAnswer(copy);
  if (event.target.closest("#print")) window.print();
  if (event.target.closest("#new-patient")) {
    if (drawer && drawer.open) drawer.close();
    setTimeout(() => document.querySelector("#question textarea").focus(), 300);
  }
}, true);

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    press("ask");
  }
  if (event.key === "Escape" && !(drawer && drawer.open)) press("stop");
});

// --- names that the toolkit leaves out ---------------------------------------------------------

function nameGroups() {
  for (const group of document.querySelectorAll("fieldset:not([aria-label])")) {
    const title = group.querySelector('[data-testid="block-info"]');
    if (title) group.setAttribute("aria-label", title.textContent.trim());
  }
  const answer = byId("answer");
  if (answer && !answer.hasAttribute("aria-live")) {
    answer.setAttribute("aria-live", "polite");
    answer.setAttribute("role", "region");
    answer.setAttribute("aria-label", "Answer");
  }
}

// --- on a narrow screen the answer stands below the patient: go there --------------------------

let lastSheet = null;

function showAnswer() {
  const sheet = document.querySelector("#answer .sheet");
  if (sheet === lastSheet) return;
  lastSheet = sheet;
  if (!sheet || window.innerWidth > 960) return;
  const danger = document.querySelector("#urgency .banner");
  (danger || byId("answer")).scrollIntoView({ block: "start" });
}

new MutationObserver(showAnswer).observe(document.documentElement, { childList: true, subtree: true });
new MutationObserver(nameGroups).observe(document.documentElement, { childList: true, subtree: true });
