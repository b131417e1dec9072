// The page: draws every view the kiosk sends, and tells it what was touched. Keeps nothing.
import { byId, fill } from "/page/dom.js";
import { drawAll } from "/page/draw.js";
import * as mic from "/page/mic.js";
import { call, events, read, setSession } from "/page/net.js";
import * as sound from "/page/sound.js";
import { touchTalk } from "/page/talk.js";

const FRESH = () => ({ screen: "", typed: "", pad: {}, phraseGroup: "", draft: "", pin: "", showDanger: false, note: "", chosen: "" });

export const app = {
  about: null, words: {}, view: null, started: false, connected: false, blocked: "", trouble: "",
  left: null, own: FRESH(), topic: "danger", phraseLanguage: "fr", pressed: false, options: null,
};

export const word = (key, values = {}) => Object.entries(values).reduce(
  (text, [name, value]) => text.replace(`{${name}}`, value), app.words[key] || key);

export function draw() { drawAll(); }

export async function act(what) {
  try {
    const answer = await call("/api/do", what);
    if (answer.says && answer.status !== 410) { app.own.note = answer.says; draw(); }
    return answer.status < 300;
  } catch { return false; }
}

export async function speakLanguage(lang) {
  app.about = await read(`/api/texts?lang=${encodeURIComponent(lang)}`);
  app.words = app.about.texts.words;
  document.documentElement.lang = app.about.texts.language;
  document.documentElement.dir = app.about.texts.direction;
}

// Everything of the patient on this page goes: what was typed, drawn, recorded, spoken.
export function forget() {
  sound.silence();
  mic.forget();
  app.own = FRESH();
  app.opened = false;
  app.pinSet = undefined;
  app.topic = "danger";
  app.phraseLanguage = "fr";
  app.pressed = false;
  app.left = null;
  app.view = null;
  for (const id of ["main", "danger", "notice", "over", "countdown"]) fill(byId(id));
}

export async function start() {
  await sound.wake();
  app.started = true;
  draw();
  if (app.about.hears) await openMicrophone();
  app.phraseLanguage = app.about.texts.language === "en" ? "fr" : "en";
  draw();
}

export async function openMicrophone() {
  const fault = await mic.open(wantsSound, (why) => { app.trouble = why; draw(); });
  app.trouble = fault;
  draw();
}

const wantsSound = () => app.connected && app.view !== null && (app.view.mic || app.pressed) && app.view.state !== "muted";

function happened(message) {
  const back = !app.connected;
  app.connected = true;
  if (message.type === "view") {
    app.view = message.view;
    if (message.view.state !== "idle") app.pressed = false;
    mic.mute(message.view.state === "muted");
  } else if (message.type === "sound") {
    sound.play(message.id, (id) => act({ do: "spoken", id }));
    return;
  } else if (message.type === "silent") {
    sound.silence();
    return;
  } else if (message.type === "countdown") {
    app.left = message.left;
  } else if (message.type === "reset") {
    forget();
    setSession(message.session);
    return;
  } else if (!back) return;
  draw();
}

export async function sitDown(takeOver = false) {
  const given = await call("/api/open", { take_over: takeOver });
  if (given.status === 409) { app.blocked = "in_use"; draw(); return; }
  if (!given.session) throw new Error("no seat");
  forget();
  setSession(given.session);
  app.blocked = "";
  listen();
}

async function listen() {
  for (;;) {
    const why = await events(happened);
    sound.silence();
    if (why === "taken") { forget(); setSession(""); app.blocked = "in_use"; app.connected = true; draw(); return; }
    app.connected = false;
    draw();
    await new Promise((later) => setTimeout(later, 700));
    if (why === "gone") { await comeBack(); return; }
  }
}

// The kiosk was started anew, or forgot the patient while nobody listened.
async function comeBack() {
  for (;;) {
    try { await sitDown(); return; } catch { await new Promise((later) => setTimeout(later, 1000)); }
  }
}

document.addEventListener("pointerdown", (event) => {
  if (!sound.playing()) return;
  sound.silence();
  if (!event.target.closest(".steers")) act({ do: "command", command: "stop" });
}, true);
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  sound.silence();
  act({ do: "command", command: "stop" });
});
document.addEventListener("contextmenu", (event) => event.preventDefault());

async function begin() {
  for (;;) {
    try { await speakLanguage(""); break; } catch { await new Promise((later) => setTimeout(later, 1000)); }
  }
  draw();
  await comeBack();
}

touchTalk(app);
begin();
