// Small helpers to build elements; text only ever goes in as text, never as HTML.
import { icon } from "/page/icons.js";

export function el(tag, about = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(about)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "on") for (const [event, work] of Object.entries(value)) made.addEventListener(event, work);
    else made.setAttribute(name === "cls" ? "class" : name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined).map(bound));
  return made;
}

// French sets a blank before these signs; it must not begin a line with them.
const bound = (child) => (typeof child === "string" ? child.replace(/ (?=[?!:;»])/g, "\u00a0").replace(/« /g, "«\u00a0") : child);

// Keeps the order of a text of its own, such as `12.5 kg`, inside a line of the other direction.
export const apart = (text) => `\u2068${text}\u2069`;

// A button with an icon and its word; `steers` marks those that themselves say what the voice does.
export function button(word, work, about = {}) {
  const { ic, cls = "", label, steers, pressed, disabled, id } = about;
  return el("button", {
    type: "button", cls: `${cls}${steers ? " steers" : ""}`, "aria-label": label, id, disabled,
    "aria-pressed": pressed === undefined ? undefined : String(pressed),
    on: { click: work },
  }, ic ? icon(ic) : null, el("span", {}, word));
}

export function fill(place, ...children) {
  place.replaceChildren(...children.filter((child) => child !== null && child !== undefined));
}

export const byId = (id) => document.getElementById(id);
