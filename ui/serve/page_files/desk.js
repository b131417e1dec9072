"use strict";

// The token stays in this browser; nothing about a patient is kept.
const KEY = "aidpost-token";
const at = (id) => document.getElementById(id);
let running = null;

function show() {
  const joined = Boolean(localStorage.getItem(KEY));
  at("join").hidden = joined;
  at("ask").hidden = !joined;
  at("leave").hidden = !joined;
}

function clear() {
  if (running) running.abort();
  at("danger").textContent = "";
  at("answer").textContent = "";
  at("working").hidden = true;
}

async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    held += value;
    const parts = held.split("\n\n");
    held = parts.pop();
    for (const part of parts) {
      if (part.startsWith("data: ") && part !== "data: [DONE]") yield JSON.parse(part.slice(6));
    }
  }
}

function tell(event) {
  if (event.error) throw new Error(event.error.message);
  const text = event.choices[0].delta.content || "";
  // What comes before the answer is whole are danger signs.
  if (!event.aidpost && !at("danger").textContent && /^(EMERGENCY|URGENT)/.test(text)) {
    at("danger").textContent = text;
  } else {
    const shown = at("answer").textContent;
    at("answer").textContent = shown + (shown ? text : text.trimStart());
  }
}

async function ask(event) {
  event.preventDefault();
  clear();
  const mine = new AbortController();
  running = mine;
  at("working").hidden = false;
  const body = {
    model: "aidpost",
    stream: true,
    patient: at("patient").value,
    messages: [{ role: "user", content: at("question").value }],
  };
  try {
    const response = await fetch("/v1/chat/completions", {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: "Bearer " + localStorage.getItem(KEY),
      },
      body: JSON.stringify(body),
      signal: mine.signal,
    });
    if (!response.ok) throw new Error((await response.json()).error.message);
    for await (const one of events(response)) tell(one);
  } catch (error) {
    if (error.name !== "AbortError") at("answer").textContent = error.message;
  } finally {
    if (running === mine) at("working").hidden = true;
  }
}

at("join").addEventListener("submit", (event) => {
  event.preventDefault();
  localStorage.setItem(KEY, at("token").value.trim());
  at("token").value = "";
  show();
});
at("ask").addEventListener("submit", ask);
at("next").addEventListener("click", () => {
  clear();
  at("ask").reset();
  at("question").focus();
});
at("leave").addEventListener("click", () => {
  clear();
  at("ask").reset();
  localStorage.removeItem(KEY);
  show();
});
show();
