// Draws the page from what is known. Every part is built anew; nothing of an old view is left.
import { apart, button, byId, el, fill } from "/page/dom.js";
import { icon } from "/page/icons.js";
import { act, app, draw, forget, sitDown, speakLanguage, start, word } from "/page/main.js";
import { call } from "/page/net.js";
import { answer, choose, heard, home, noModel, readBack } from "/page/screens.js";
import { order } from "/page/order.js";
import { ageWords, keyboard, patientPads } from "/page/pads.js";
import { phrases } from "/page/phrases.js";
import { leave, settings } from "/page/settings.js";
import { talkEvents } from "/page/talk.js";

let drawn = {};

export function drawAll() {
  if (!app.about) return;
  const state = shownState(app);
  document.body.dataset.state = state;
  const typing = app.view && app.view.screen === "order" && app.own.screen === "" && !app.view.order?.draft;
  const pad = app.started && (typing || ["patient", "keyboard", "settings"].includes(app.own.screen));
  document.body.classList.toggle("pad", Boolean(pad));
  once("state", [state, app.words.idle], () => fill(byId("state"), icon(state === "idle" ? "ready" : state), el("span", {}, word(state))));
  top(app);
  trouble(app);
  countdown(app);
  danger(app);
  notice(app);
  main(app);
  bar(app);
}

// Draws a part only if what it is made of has changed, so that a finger never loses its button.
function once(part, from, work) {
  const key = JSON.stringify(from);
  if (drawn[part] === key && byId(part).childElementCount) return;
  drawn[part] = key;
  work();
}

function shownState(app) {
  if (!app.connected && app.started) return "offline";
  if (!app.view) return "idle";
  if (app.view.state === "idle" && !app.about.hears) return "no_model";
  return app.view.state;
}

function top(app) {
  const view = app.view;
  const from = [view && [view.state === "muted", view.mode, view.patient], app.words.mute, app.started, app.blocked];
  once("top-buttons", from, () => {
    if (!view || !app.started || app.blocked) return fill(byId("top-buttons"));
    const muted = view.state === "muted";
    const free = view.mode === "hands_free";
    const hears = app.about.hears;
    return fill(byId("top-buttons"),
      hears ? button(word(muted ? "unmute" : "mute"), () => act({ do: "mute", off: !muted }), { ic: muted ? "listening" : "muted", pressed: muted }) : null,
      hears ? button(`${word("hands_free")}: ${word(free ? "on" : "off")}`, () => act({ do: "hands_free", on: !free }), { ic: "hand", pressed: free, cls: "wide" }) : null,
      button(patientWords(view.patient), () => open("patient"), { ic: "patient", cls: "grow", label: `${word("patient")}: ${patientWords(view.patient)}` }),
      button(word("new_patient"), newPatient, { ic: "forget", cls: "strong" }));
  });
}

function patientWords(patient) {
  const parts = []; // an allergy comes first: what does not fit is cut off at the end
  if (patient.allergies) parts.push(`${word("allergies")}: ${patient.allergies}`);
  if (patient.age) parts.push(ageWords(patient.age));
  if (patient.weight) parts.push(`${patient.weight} kg`);
  if (patient.sex) parts.push(word(patient.sex === "f" ? "female" : "male"));
  if (patient.pregnant === "yes") parts.push(word("pregnant"));
  return parts.map(apart).join(", ") || word("patient");
}

async function newPatient() {
  const given = await call("/api/reset", {});
  if (given.status === 410) forget();
}

function open(screen) {
  if (app.own.screen === "settings") leave(app);
  app.own.screen = app.own.screen === screen ? "" : screen;
  app.own.note = "";
  draw();
}

function trouble(app) {
  const place = byId("trouble");
  const gone = !app.connected && app.started;
  place.hidden = !gone && !app.trouble;
  once("trouble", [gone, app.trouble, app.words.gone], () => fill(place, icon(gone ? "offline" : "muted"), el("span", {}, gone ? word("gone") : word(app.trouble))));
}

function countdown(app) {
  const place = byId("countdown");
  place.hidden = app.left === null;
  if (app.left === null) { fill(place); drawn.countdown = ""; return; }
  once("countdown", [app.left, app.words.stay], () => fill(place, icon("forget"), el("span", {}, word("countdown", { n: app.left })),
    button(word("stay"), () => act({ do: "stay" }), { cls: "strong" })));
}

function danger(app) {
  const place = byId("danger");
  const found = app.view && app.view.danger;
  const on = Boolean(found && found.flags.length);
  place.hidden = !on;
  if (!on) { fill(place); drawn.danger = ""; return; }
  const page = app.view.pages[app.view.place];
  const large = app.own.showDanger || (app.view.screen === "answer" && !app.own.screen && (!page || page.kind === "danger"));
  place.className = `${found.level}${large ? " large" : ""}${app.own.showDanger ? " alone" : ""}`;
  once("danger", [found, large, app.own.showDanger, app.words.emergency], () => fill(place, ...dangerParts(app, found, large)));
}

function dangerParts(app, found, large) {
  const seen = new Map();
  for (const flag of found.flags) {
    const key = flag.action + flag.source;
    seen.set(key, { ...flag, titles: [...(seen.get(key)?.titles || []), `${flag.title} (${flag.evidence})`] });
  }
  const flags = [...seen.values()];
  const lines = (large ? flags : flags.slice(0, 1)).map((flag) => el("div", { cls: "flag", lang: "en", dir: "ltr" },
    large ? el("p", { cls: "why" }, flag.titles.join("; ")) : null,
    el("p", { cls: "act" }, flag.action),
    large ? el("p", { cls: "from" }, `${word("source")}: ${flag.source}`) : null));
  const titles = large ? "" : `: ${flags.flatMap((flag) => flag.titles).join("; ")}`;
  const ask = large && found.ask.length ? [el("p", { cls: "check" }, `${word("check_now")}: ${found.ask.join("; ")}`)] : [];
  const shown = app.own.showDanger;
  const more = large && !shown ? null : button(word(shown ? "close" : "show_all"), () => { app.own.showDanger = !shown; draw(); }, { cls: "more" });
  return [el("div", { cls: "head" }, icon("danger"), el("h1", {}, word(found.level) + titles), more), el("div", { cls: "flags", tabindex: "0" }, ...lines, ...ask)];
}

function notice(app) {
  const place = byId("notice");
  const text = app.own.note || (app.view && app.view.screen !== "no_model" && app.view.notice) || "";
  place.hidden = !text;
  if (place.textContent !== text) place.textContent = text;
}

function main(app) {
  const place = byId("main");
  const view = app.view;
  const own = app.own;
  const from = [view, app.started, app.blocked, own.screen, own.typed, own.pad, own.phraseGroup, own.pin, own.chosen, app.topic, app.phraseLanguage, app.words.idle, app.options, app.pinSet, app.opened];
  once("main", from, () => {
    place.className = "";
    place.scrollTop = 0;
    if (app.blocked) return blocked(app, place);
    if (!app.started) return begin(app, place);
    if (!view) return fill(place);
    const own_screens = { patient: patientPads, keyboard, phrases, settings };
    if (view.screen === "read_back") return readBack(app, place);
    if (view.screen === "choose") return choose(app, place);
    if (own_screens[own.screen]) return own_screens[own.screen](app, place);
    if (view.state === "listening" || (view.state === "thinking" && !view.question)) return heard(app, place);
    return ({ order, no_model: noModel, answer }[view.screen] || home)(app, place);
  });
}

function blocked(app, place) {
  place.className = "middle";
  fill(place, icon("offline"), el("h1", {}, word("in_use")), el("p", {}, word("take_over_forgets")),
    button(word("take_over"), () => sitDown(true), { cls: "strong huge" }));
}

function begin(app, place) {
  place.className = "middle";
  fill(place, el("h1", {}, word("start_title")), el("p", {}, word("use")),
    button(word("start"), start, { cls: "strong huge", id: "start", ic: "speaking" }),
    el("div", { cls: "languages" }, ...app.about.languages.map((one) => el("button", {
      type: "button", lang: one.id, "aria-pressed": String(one.id === app.about.texts.language),
      on: { click: async () => { await speakLanguage(one.id); await act({ do: "language", language: one.id }); draw(); } },
    }, el("span", {}, one.name)))),
    el("p", { cls: "small" }, app.about.texts.status === "checked" ? "" : word("draft_language")));
}

function bar(app) {
  const place = byId("bar");
  const view = app.view;
  const own = app.own;
  const hide = !view || !app.started || app.blocked;
  const talking = view && view.state === "listening";
  once("bar", [hide, talking, own.screen, view && view.screen, app.words.talk, app.about.hears], () => {
    if (hide) return fill(place);
    const at = (name) => own.screen === name;
    const talk = el("button", { type: "button", id: "talk", cls: `talk steers${talking ? " now" : ""}`, on: talkEvents(), "aria-pressed": String(Boolean(talking)) },
      icon("listening"), el("span", {}, word(talking ? "done" : "talk")));
    return fill(place, talk,
      button(word("type"), () => open("keyboard"), { ic: "keyboard", pressed: at("keyboard") }),
      button(word("home"), () => { open(""); act({ do: "home" }).then(draw); }, { ic: "question" }),
      button(word("phrases"), () => open("phrases"), { ic: "phrases", pressed: at("phrases") }),
      button(word("order"), () => { open(""); act({ do: "order" }); }, { ic: "order" }),
      button(word("settings"), () => open("settings"), { ic: "settings", pressed: at("settings") }));
  });
}
