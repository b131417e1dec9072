// The microphone: 16 kHz, one channel, 16 bits. Nothing leaves this page unless it is wanted now.
import { sendSound } from "/page/net.js";

let context = null;
let stream = null;
let waiting = [];
let sending = null;
let wanted = () => false;
let told = () => {};

// Gives "" or why there is no microphone: "mic_denied", "mic_missing".
export async function open(isWanted, tell) {
  wanted = isWanted;
  told = tell;
  if (!navigator.mediaDevices) return "mic_missing";
  let unplugged = false;
  try {
    // Taking noise out makes recognition worse; only the own voice of the kiosk is taken out.
    stream = await navigator.mediaDevices.getUserMedia({
      audio: { channelCount: 1, echoCancellation: true, noiseSuppression: false, autoGainControl: true },
    });
    stream.getAudioTracks()[0].addEventListener("ended", () => { unplugged = true; close(); told("mic_unplugged"); });
    context = new AudioContext({ sampleRate: 16000 });
    await context.audioWorklet.addModule("/page/mic-worklet.js");
    const worklet = new AudioWorkletNode(context, "samples", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
    worklet.port.onmessage = (event) => take(event.data);
    context.createMediaStreamSource(stream).connect(worklet);
    await context.resume();
    return "";
  } catch (error) {
    if (unplugged) return "mic_unplugged";
    close();
    return error.name === "NotAllowedError" || error.name === "SecurityError" ? "mic_denied" : "mic_missing";
  }
}

export function close() {
  if (stream) for (const track of stream.getTracks()) track.stop();
  if (context) context.close();
  stream = context = null;
  waiting = [];
}

export const isOpen = () => stream !== null;

export function mute(off) {
  if (stream) for (const track of stream.getTracks()) track.enabled = !off;
}

export function forget() { waiting = []; }

// Waits until everything that was said until now is sent.
export async function sent() {
  while (sending) await sending;
}

function take(samples) {
  if (!wanted()) return;
  waiting.push(samples);
  if (!sending) sending = send().finally(() => { sending = null; });
}

async function send() {
  while (waiting.length) {
    const parts = waiting.splice(0, 12);
    const bytes = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) { bytes.set(part, at); at += part.length; }
    try { await sendSound(bytes.buffer); } catch { waiting = []; }
  }
}
