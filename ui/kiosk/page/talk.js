// The talk button: hold it and let go, or tap it once to begin and once more to end.
import * as mic from "/page/mic.js";
import { act, draw, openMicrophone } from "/page/main.js";

const HOLD_MS = 400;
let app = null;
let downAt = 0;
let wasListening = false;

export function touchTalk(given) { app = given; }

export function talkEvents() {
  return { pointerdown: down, pointerup: up, pointercancel: up, keydown: key };
}

function down(event) {
  event.preventDefault();
  if (event.target.setPointerCapture) event.currentTarget.setPointerCapture(event.pointerId);
  downAt = performance.now();
  press();
}

function press() {
  wasListening = app.view !== null && app.view.state === "listening";
  if (wasListening) return;
  if (app.about.hears && !mic.isOpen()) { openMicrophone(); return; }
  app.own.screen = "";
  app.pressed = true;
  act({ do: "press" }).then(draw);
}

async function up() {
  if (downAt === 0) return;
  const held = performance.now() - downAt;
  downAt = 0;
  if (held >= HOLD_MS || wasListening) await release();
}

async function release() {
  app.pressed = false;
  await mic.sent();
  await act({ do: "release" });
}

function key(event) {
  if (event.key !== "Enter" && event.key !== " ") return;
  event.preventDefault();
  if (event.repeat) return;
  if (app.view && app.view.state === "listening") release();
  else press();
}
