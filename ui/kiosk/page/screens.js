// The screens of a conversation: what was heard, questions to touch, answer, read-back, choice.
import { button, el, fill } from "/page/dom.js";
import { icon } from "/page/icons.js";
import { act, draw, word } from "/page/main.js";

const size = (text) => (text.length <= 90 ? "short" : text.length <= 220 ? "medium" : "long");
const longest = (text) => Math.max(...text.split(/[\s-]/).map((one) => one.length));
const wide = (text) => (longest(text) > 22 ? " wide long" : longest(text) > 11 || text.length > 22 ? " wide" : "");
const say = (command, ic) => button(word(command), () => act({ do: "command", command }), { ic, steers: true });

export function heard(app, place) {
  const { heard_firm: firm, heard_loose: loose } = app.view;
  place.className = "middle";
  const text = `${firm} ${loose}`;
  fill(place, el("p", { cls: "small" }, word("heard")),
    el("p", { cls: `heard ${size(text)}`, "aria-live": "polite", dir: "auto" }, el("b", {}, firm), " ", el("span", { cls: "loose" }, loose)));
}

export function home(app, place) {
  const topics = app.about.texts.topics;
  const chosen = topics.find((topic) => topic.id === app.topic) || topics[0];
  const ask = (chip) => { app.own.screen = ""; act({ do: "ask", text: chip.ask }); };
  place.className = "home";
  fill(place,
    el("div", { cls: "tabs", role: "tablist" }, ...topics.map((topic) => el("button", {
      type: "button", role: "tab", "aria-selected": String(topic.id === chosen.id), on: { click: () => { app.topic = topic.id; draw(); } },
    }, el("span", {}, topic.name)))),
    el("div", { cls: "chips" }, ...chosen.chips.map((chip) => button(chip.label, () => ask(chip), { cls: "chip" }))),
    el("p", { cls: "small" }, word("use"), app.about.texts.language === "en" ? "" : ` ${word("library_language")}`));
}

export function answer(app, place) {
  const view = app.view;
  const page = view.pages[view.place];
  place.className = "answer";
  const count = view.pages.length ? `${view.place + 1} / ${view.pages.length}` : "";
  const asked = el("p", { cls: "asked", dir: "auto" }, el("b", { cls: "count" }, count), `${word("asked")}: ${touched(app, view.question)}`);
  if (!page) { fill(place, asked, el("p", { cls: "wait", role: "status" }, word("answer_wait"))); return; }
  const kind = app.words[`kind_${page.kind}`];
  const label = [kind, page.label].filter(Boolean).join(": ");
  // The banner above shows a danger sign in full; here it is not written a second time.
  const text = page.kind === "danger" ? null : el("div", { cls: "sentence", tabindex: "0" },
    label ? el("h2", {}, label) : null,
    el("p", { cls: `text ${size(page.text)}`, lang: "en", dir: "ltr", "aria-live": "polite" }, page.text),
    page.source ? el("p", { cls: "from", lang: "en", dir: "ltr" }, `${word("source")}: ${page.source}`) : null);
  fill(place, asked, text, dots(view),
    el("div", { cls: "controls" }, say("back", "back"), say("repeat", "repeat"), say("stop", "stop"), say("slower", "slower"), say("louder", "louder"), say("next", "next")));
}

// A question that was touched is asked in English; here it stands as it was on its button.
function touched(app, question) {
  const chips = app.about.texts.topics.flatMap((topic) => topic.chips);
  return (chips.find((chip) => chip.ask === question) || { label: question }).label;
}

function dots(view) {
  const all = view.pages.length;
  if (all > 12) {
    const n = view.place + 1;
    return el("p", { cls: "dots" }, `${word("page_of", { n, all })}`);
  }
  return el("div", { cls: "dots", role: "group" }, ...view.pages.map((page, n) => el("button", {
    type: "button", cls: `dot steers ${page.kind}`, "aria-label": word("page_of", { n: n + 1, all }),
    "aria-current": n === view.place ? "true" : undefined, on: { click: () => act({ do: "go", place: n }) },
  }, el("span", {}, String(n + 1)))));
}

export function yesNo() {
  const touch = (command) => () => act({ do: "command", command });
  return el("div", { cls: "yesno" },
    button(word("yes"), touch("yes"), { ic: "yes", cls: "yes", steers: true }),
    button(word("no"), touch("no"), { ic: "no", cls: "no", steers: true }));
}

const item = (heading, value) => el("div", { cls: `item${wide(value)}` }, el("dt", {}, heading), el("dd", {}, el("bdi", {}, value)));

// What a yes is asked for has to be seen as a whole: where there is much of it, letters are smaller.
export const itemList = (rows) => {
  const places = rows.reduce((sum, [, value]) => sum + (wide(value) ? 2 : 1), 0);
  return el("dl", { cls: `items${places > 8 ? " many" : ""}`, tabindex: "0" }, ...rows.map(([heading, value]) => item(heading, value)));
};

export function readBack(app, place) {
  const view = app.view;
  place.className = "readback";
  const rows = view.items.map(([kind, shown]) => [word(`item_${kind}`), shown]);
  fill(place, el("h1", {}, view.ask || word("read_back")),
    itemList(rows),
    view.heard_firm && !view.ask ? el("p", { cls: "asked", dir: "auto" }, view.heard_firm) : null,
    yesNo(), view.items.length ? el("p", { cls: "small" }, word("nothing_used")) : null);
}

export function choose(app, place) {
  const view = app.view;
  place.className = "choose";
  fill(place, el("h1", {}, view.ask || word("choose")),
    el("div", { cls: "chips" }, ...view.choices.map((choice, index) => button(choice, () => act({ do: "choose", index }), { cls: "chip large", steers: true }))),
    button(word("cancel"), () => act({ do: "command", command: "cancel" }), { ic: "no", steers: true }));
}

export function noModel(app, place) {
  place.className = "nomodel";
  const row = (key, command, ic) => el("div", { cls: "way" }, icon(ic), el("p", {}, word(key)), el("code", { dir: "ltr" }, command));
  fill(place, el("h1", {}, icon("no_model"), word("no_model_title")), el("p", {}, word("no_model_works")),
    el("div", { cls: "ways" }, row("no_model_usb", "aidpost models import FOLDER", "usb"), row("no_model_pull", "aidpost models pull whisper-small", "no_model")),
    el("p", {}, word("restart_after")), el("p", { cls: "small", lang: "en", dir: "ltr" }, app.about.fault));
}
