// A prescription step by step: what is missing is asked for, all is read back, a draft is left.
import { button, el, fill } from "/page/dom.js";
import { act, draw, word } from "/page/main.js";
import { letters, LOW } from "/page/pads.js";
import { itemList, yesNo } from "/page/screens.js";

export function order(app, place) {
  const one = app.view.order;
  place.className = "order";
  if (!one) { fill(place); return; }
  if (one.draft) { draft(app, place, one); return; }
  const items = one.items.length ? itemList(one.items) : null;
  const cancel = () => act({ do: "command", command: "cancel" });
  const low = innerHeight <= LOW && !one.ready;
  const head = el("div", { cls: "ask" }, el("h1", { cls: !one.ready && one.say.length > 80 ? "long" : "" }, ...(one.ready ? [word("read_back")] : said(one))), low ? null : button(word("cancel"), cancel, { ic: "close", steers: true }));
  if (one.ready) { fill(place, head, items, el("p", { cls: "warns", lang: "en", dir: "ltr" }, one.told), yesNo(), el("p", { cls: "small" }, word("nothing_used"))); return; }
  const send = (text) => { app.own.typed = ""; app.own.pad = {}; act({ do: "ask", text }); };
  const quick = app.about.texts.quick[one.asked] || [];
  const choices = one.choices.length
    ? one.choices.map((choice, index) => button(choice, () => act({ do: "choose", index }), { cls: "chip large", steers: true }))
    : quick.map((row) => button(row.label, () => send(row.value), { cls: "chip" }));
  const typing = app.own.pad.field === "order" || !choices.length;
  const type = (on) => { app.own.pad = on ? { field: "order" } : {}; draw(); };
  if (choices.length && !one.choices.length) choices.push(button(word("type"), () => type(true), { cls: "chip", ic: "keyboard" }));
  if (low) choices.push(button(word("cancel"), cancel, { cls: "chip", ic: "close", steers: true }));
  const close = choices.length > (low ? 1 : 0) ? () => type(false) : low ? cancel : undefined;
  const done = () => { if (app.own.typed.trim()) send(app.own.typed.trim()); };
  const change = (text) => { app.own.typed = text; };
  fill(place, head, typing ? letters(app, { name: "typed", value: app.own.typed, change, done, doneWord: word("set"), close }) : el("div", { cls: "chips low" }, ...choices));
}

// What the check says is in the language of the library, what is asked in that of the screen.
function said(one) {
  const own = one.say.slice(one.told.length).trim();
  return [one.told ? el("span", { lang: "en", dir: "ltr", cls: "told" }, one.told) : null, own];
}

function draft(app, place, one) {
  const rows = one.draft.split("\n").length;
  const text = el("textarea", { cls: `draft${rows > 12 ? " most" : rows > 8 ? " many" : ""}`, dir: "auto", "aria-label": word("order_title"), autocomplete: "off", spellcheck: "false" });
  text.value = app.own.draft || one.draft;
  const keep = () => { app.own.draft = text.value; };
  text.addEventListener("input", keep);
  const editing = app.own.pad.field === "draft";
  const toggle = () => { app.own.pad = editing ? {} : { field: "draft" }; draw(); };
  if (editing) {
    const done = () => { act({ do: "order_edit", text: app.own.draft || one.draft }); toggle(); };
    fill(place, letters(app, { name: "draft", value: app.own.draft || one.draft, change: (value) => { app.own.draft = value; }, done, doneWord: word("set") }));
    return;
  }
  fill(place, el("h1", {}, word("order_title")), text, el("p", { cls: "small" }, word("order_sign")),
    el("div", { cls: "controls" }, button(word("edit"), toggle, { ic: "keyboard" }),
      button(word("read_aloud"), () => act({ do: "read_draft" }), { ic: "speaking", steers: true }),
      button(word("close"), () => { app.own.draft = ""; act({ do: "order_leave" }); }, { ic: "close" })));
}
