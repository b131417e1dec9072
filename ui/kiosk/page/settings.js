// The settings, behind a PIN: volume, speed, language, when the patient is forgotten, end of speech.
import { apart, button, el, fill } from "/page/dom.js";
import { app as state, draw, speakLanguage, word } from "/page/main.js";
import { call, read } from "/page/net.js";
import { digits } from "/page/pads.js";

const STEPS = { volume: [20, 100, 10, "%"], speed: [0.5, 2, 0.25, "×"], reset_s: [30, 600, 30, ""], silence_s: [0.3, 2, 0.1, ""] };

export function settings(app, place) {
  place.className = "settings";
  if (app.pinSet === undefined) { look(); fill(place); return; }
  if (!app.opened) { askPin(app, place); return; }
  rows(app, place);
}

async function look() {
  const about = await read("/api/settings");
  state.pinSet = about.pin_set;
  state.options = about.options;
  draw();
}

function refused(given, compared) {
  if (given.wait_s) return word("pin_wait", { n: given.wait_s });
  if (given.status === 403) return word(compared ? "pin_wrong" : "pin_give");
  if (given.status === 400) return word(compared ? "pin_damaged" : "pin_rules");
  return given.says || "";
}

// Nothing of a PIN and no open settings stay behind when somebody goes to another screen.
export function leave(app) {
  app.own.pin = "";
  app.pinSet = undefined;
  if (app.opened) call("/api/settings/close").catch(() => {}); // the kiosk closes them by itself too
  app.opened = false;
}

function askPin(app, place) {
  const change = (pin) => { app.own.pin = pin; draw(); };
  const send = async () => {
    const given = await call(`/api/settings/${app.pinSet ? "open" : "pin"}`, { pin: app.own.pin });
    app.own.pin = "";
    if (given.status === 200) {
      app.opened = true;
      app.options = given.options;
      app.own.note = given.wrong_before ? word("pin_tried", { n: given.wrong_before }) : "";
    } else app.own.note = refused(given, app.pinSet);
    if (given.status === 200 || given.status === 403) app.pinSet = true;
    draw();
  };
  fill(place, el("h1", {}, word(app.pinSet ? "pin_give" : "pin_first")),
    el("div", { cls: "figure" }, el("output", { cls: "value", "aria-label": word("pin") }, "●".repeat(app.own.pin.length) || "–"),
      digits({ value: app.own.pin, change, point: false, most: 8 }),
      el("div", { cls: "units" }, button(word("set"), send, { cls: "strong", ic: "yes", disabled: app.own.pin.length < 4, id: "pin-ok" }),
        button(word("close"), () => { app.own.screen = ""; leave(app); draw(); }, { ic: "close" }))));
}

function rows(app, place) {
  const options = app.options;
  const set = (name, value) => { app.options = { ...options, [name]: value }; app.own.note = ""; draw(); };
  const row = (name) => {
    const [low, high, step, unit] = STEPS[name];
    const to = (by) => set(name, Math.round(Math.min(high, Math.max(low, options[name] + by * step)) * 100) / 100);
    return el("div", { cls: "row" }, el("span", {}, word(name)),
      button("−", () => to(-1), { label: `${word(name)}: ${word("less")}` }),
      el("output", {}, apart(`${options[name]} ${unit || word("seconds")}`)),
      button("+", () => to(1), { label: `${word(name)}: ${word("more")}` }));
  };
  const save = async () => {
    const given = await call("/api/settings/save", { options: app.options });
    if (given.status === 403) { app.opened = false; app.own.note = word("pin_give"); draw(); return; }
    if (given.status === 200) await speakLanguage(app.options.language);
    app.own.note = given.status === 200 ? word("saved") : given.says || "";
    draw();
  };
  const close = () => { leave(app); app.own.screen = ""; app.own.note = ""; draw(); };
  const other = () => { app.opened = false; app.pinSet = false; draw(); };
  fill(place, el("div", { cls: "rows", tabindex: "0" }, row("volume"), row("speed"), row("reset_s"), row("silence_s"),
    el("div", { cls: "row" }, el("span", {}, word("language")), el("div", { cls: "languages" }, ...app.about.languages.map((one) => button(one.name, () => set("language", one.id), { pressed: one.id === options.language })))),
    el("p", { cls: "small" }, app.about.texts.status === "checked" ? "" : word("draft_language"))),
  el("div", { cls: "controls" }, button(word("save"), save, { ic: "yes", cls: "strong", id: "save" }), button(word("change_pin"), other, { ic: "settings" }), button(word("close"), close, { ic: "close" })));
}
