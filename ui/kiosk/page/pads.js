// Pads for fingers: a keyboard for questions, numbers for age and weight.
import { apart, button, el, fill } from "/page/dom.js";
import { act, draw, word } from "/page/main.js";

export const LOW = 560; // a screen so low shows the keys on two sheets
const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

// Letters of the chosen language under a line of text; `done` gets the text.
export function letters(app, { name, value, change, done, doneWord, close }) {
  const line = el("textarea", { id: name, rows: "2", maxlength: "4000", dir: "auto", autocomplete: "off", spellcheck: "false", "aria-label": word("question") });
  line.value = value;
  line.addEventListener("input", () => change(line.value));
  line.addEventListener("keydown", (event) => { if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); done(); } });
  const put = (text) => {
    const [from, to] = [line.selectionStart, line.selectionEnd];
    line.setRangeText(text, from, to, "end");
    change(line.value);
    line.focus();
  };
  const drop = () => {
    const [from, to] = [line.selectionStart, line.selectionEnd];
    line.setRangeText("", from === to ? Math.max(0, from - 1) : from, to, "end");
    change(line.value);
    line.focus();
  };
  const key = (letter) => button(letter, () => put(letter), { cls: "key" });
  const rows = [...app.about.texts.keyboard.map((row) => [...row]), [..."1234567890"]];
  const full = app.view.danger.flags.length > 0 || (app.view.order && app.view.order.say.length > 80);
  const long = rows.length > 5; // such an alphabet has the digits on a sheet of their own
  const low = innerHeight <= LOW || full;
  const sheets = !low && !long ? [rows] : [rows.slice(0, 3), rows.slice(3)];
  // Medicines have Latin names, whatever the letters of the language are.
  const latin = app.about.texts.latin.map((row) => [...row]);
  if (latin.length) sheets.push(low ? latin : [...latin, [..."1234567890"]]);
  const own = latin.length ? rows[0].slice(0, 3).join(" ") : "abc";
  const names = latin.length && sheets.length === 2 ? [own, "abc"] : [own, "123…", "abc"];
  const shown = el("div", { cls: "sheet" });
  const next = el("button", { type: "button", cls: "key side", on: { click: () => turn(1) } });
  let at = latin.length && app.view.order && app.view.order.asked === "drug" ? sheets.length - 1 : 0;
  const turn = (by) => {
    at = (at + by) % sheets.length;
    fill(shown, ...sheets[at].map((row) => el("div", { cls: "keys" }, ...row.map(key))));
    fill(next, el("span", {}, names[(at + 1) % sheets.length]));
  };
  turn(0);
  return el("div", { cls: "keyboard" }, el("div", { cls: "typed" }, line, button(doneWord, done, { cls: "strong", ic: "yes", id: `${name}-done` })),
    shown,
    el("div", { cls: "keys" }, close ? button(word("close"), close, { cls: "key side", ic: "close" }) : null,
      sheets.length > 1 ? next : button(word("clear"), () => { line.value = ""; change(""); line.focus(); }, { cls: "key side" }),
      button(word("space"), () => put(" "), { cls: "key space" }), button(word("delete"), drop, { cls: "key side", ic: "back" })));
}

export function keyboard(app, place) {
  place.className = "typing";
  const done = async () => {
    const text = app.own.typed.trim();
    if (!text || !(await act({ do: "ask", text }))) return; // what was typed stays until it is taken
    app.own.typed = "";
    app.own.screen = "";
    draw();
  };
  const change = (text) => { app.own.typed = text; };
  const close = () => { app.own.screen = ""; draw(); };
  fill(place, letters(app, { name: "typed", value: app.own.typed, change, done, doneWord: word("ask"), close }));
  place.querySelector("textarea").focus();
}

// Digits under a figure; a point only where it makes sense.
export function digits({ value, change, point, most = 6 }) {
  const put = (digit) => { if (value.length < most) change(value + digit); };
  const key = (digit, more) => button(digit, () => put(digit), { cls: "key", ...more });
  return el("div", { cls: "digits", dir: "ltr" }, ...DIGITS.map((digit) => key(digit)),
    point ? key(".", { disabled: value.includes(".") || !value }) : button(word("clear"), () => change(""), { cls: "key side" }),
    key("0"), button(word("delete"), () => change(value.slice(0, -1)), { cls: "key side" }));
}

export function patientPads(app, place) {
  const pad = app.own.pad;
  const known = app.view.patient;
  const field = pad.field || "weight";
  const choose = (name) => { app.own.pad = { field: name, value: "" }; draw(); };
  const change = (value) => { app.own.pad = { field, value }; draw(); };
  const set = async (values) => {
    app.own.note = "";
    if (await act({ do: "patient", values })) app.own.pad = { field, value: "" };
    draw();
  };
  const pick = (name, value, label) => button(label, () => set({ [name]: known[name] === value ? "" : value }), { pressed: known[name] === value });
  place.className = "patientpads";
  const tabs = ["weight", "age", "allergies"].map((name) => el("button", { type: "button", role: "tab", "aria-selected": String(name === field), on: { click: () => choose(name) } },
    el("span", {}, word(name === "allergies" ? name : `item_${name}`)), el("small", {}, shown(name, known))));
  fill(place, el("div", { cls: "side" }, el("div", { cls: "tabs tall", role: "tablist" }, ...tabs),
    el("div", { cls: "picks" }, pick("sex", "f", word("female")), pick("sex", "m", word("male")), pick("pregnant", "yes", word("pregnant")),
    button(word("close"), () => { app.own.screen = ""; draw(); }, { cls: "strong" }))),
  field === "allergies" ? allergies(app, set) : figure({ field, value: pad.value || "", change, set }));
}

const UNITS = { d: "days", w: "weeks", m: "months", y: "years" };
export const ageWords = (age) => word("age_of", { n: age.slice(0, -1), unit: word(UNITS[age.slice(-1)]) });

function shown(name, known) {
  const value = known[name];
  if (!value) return "–";
  if (name === "weight") return apart(`${value} kg`);
  if (name === "age") return ageWords(value);
  return value;
}

function figure({ field, value, change, set }) {
  const units = field === "weight" ? [["", "kg"]] : [["d", word("days")], ["w", word("weeks")], ["m", word("months")], ["y", word("years")]];
  const ready = value !== "" && !value.endsWith(".");
  return el("div", { cls: "figure" }, el("output", { cls: "value", dir: "ltr" }, value || "–"),
    digits({ value, change, point: field === "weight", most: field === "weight" ? 5 : 3 }),
    el("div", { cls: `units${units.length > 1 ? " many" : ""}` }, ...units.map(([unit, name]) => button(name, () => set({ [field]: value + unit }), { cls: "strong", ic: "yes", disabled: !ready })),
      button(word("unknown"), () => set({ [field]: "" }))));
}

function allergies(app, set) {
  const change = (text) => { app.own.typed = text; };
  const done = () => { const text = app.own.typed.trim(); app.own.typed = ""; set({ allergies: text }); };
  return letters(app, { name: "allergies", value: app.own.typed, change, done, doneWord: word("set") });
}
