// Plays one sentence at a time and falls silent at once.
import { fetchSound } from "/page/net.js";

let context = null;
let source = null;
let current = "";

export function wake() {
  context = context || new AudioContext({ latencyHint: "interactive" });
  return context.resume();
}

export const playing = () => source !== null;

export function silence() {
  current = "";
  if (source === null) return;
  source.onended = null;
  source.stop();
  source.disconnect();
  source = null;
}

export async function play(id, ended) {
  silence();
  current = id;
  const wav = await fetchSound(id);
  if (wav === null || current !== id || context === null) return;
  const buffer = await context.decodeAudioData(wav);
  if (current !== id) return;
  source = context.createBufferSource();
  source.buffer = buffer;
  source.connect(context.destination);
  source.onended = () => { source = null; if (current === id) { current = ""; ended(id); } };
  source.start();
}
