// Talking with the kiosk on this machine. The session id lives in this module only, never in storage.
let session = "";

export function setSession(id) { session = id; }
export const hasSession = () => session !== "";

const head = (more = {}) => ({ "x-kiosk-session": session, ...more });

export async function call(path, body, more = {}) {
  const answer = await fetch(path, {
    method: "POST", headers: head({ "content-type": "application/json" }),
    body: JSON.stringify(body || {}), ...more,
  });
  const text = answer.status === 204 ? "" : await answer.text();
  let given = {};
  try { given = text ? JSON.parse(text) : {}; } catch { given = {}; }
  return { status: answer.status, ...given };
}

export async function read(path) {
  const answer = await fetch(path, { headers: head() });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

export async function sendSound(bytes) {
  const answer = await fetch("/api/audio", {
    method: "POST", headers: head({ "content-type": "application/octet-stream" }), body: bytes,
  });
  return answer.status;
}

export async function fetchSound(id) {
  const answer = await fetch(`/api/sound/${encodeURIComponent(id)}`, { headers: head() });
  return answer.ok ? answer.arrayBuffer() : null;
}

// Events until the stream ends; gives why it ended: "gone", "taken", "broken".
export async function events(tell, quietMs = 12000) {
  const stop = new AbortController();
  let watch = setTimeout(() => stop.abort(), quietMs);
  try {
    const answer = await fetch("/api/events", { headers: head(), signal: stop.signal });
    if (answer.status === 410) return "gone";
    if (!answer.ok) return "broken";
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return "broken";
      clearTimeout(watch);
      watch = setTimeout(() => stop.abort(), quietMs);
      const lines = (rest + value).split("\n");
      rest = lines.pop();
      for (const line of lines) {
        const message = JSON.parse(line);
        if (message.type === "taken") return "taken";
        if (message.type === "behind") return "broken";
        tell(message);
      }
    }
  } catch { return "broken"; } finally { clearTimeout(watch); stop.abort(); }
}
