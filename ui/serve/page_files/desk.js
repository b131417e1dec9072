"use strict";

// The token stays in this browser. The conversation lives in this page until the next patient; nothing
// about a patient is kept.
const KEY = "aidpost-token";
const at = (id) => document.getElementById(id);
let running = null;
let said = [];
let patient = "";

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
  at("alone").hidden = true;
}

function end() {
  clear();
  said = [];
  patient = "";
  at("ask").reset();
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
  const talk = event.aidpost && event.aidpost.conversation;
  at("alone").hidden = !(talk && (talk.joined || talk.patient.length));
  // What comes before the answer is whole are danger signs.
  if (!event.aidpost && !at("danger").textContent && /^(EMERGENCY|URGENT)/.test(text)) {
    at("danger").textContent = text;
  } else {
    const shown = at("answer").textContent;
    at("answer").textContent = shown + (shown ? text : text.trimStart());
  }
}

async function ask(question, alone) {
  clear();
  // Another patient in the field: what was said of the one before ends here.
  if (patient && at("patient").value !== patient) said = [];
  patient = at("patient").value;
  const mine = new AbortController();
  running = mine;
  at("working").hidden = false;
  const body = {
    model: "aidpost",
    stream: true,
    alone,
    patient,
    messages: [...said, { role: "user", content: question }],
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
    said.push({ role: "user", content: question });
    for await (const one of events(response)) tell(one);
    said.push({ role: "assistant", content: at("answer").textContent });
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
at("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  ask(at("question").value, false);
});
at("alone").addEventListener("click", () => {
  const last = said.map((one) => one.role).lastIndexOf("user");
  const question = said[last].content;
  said = said.slice(0, last);
  ask(question, true);
});
at("next").addEventListener("click", () => {
  end();
  at("question").focus();
});
at("leave").addEventListener("click", () => {
  end();
  localStorage.removeItem(KEY);
  show();
});
show();
