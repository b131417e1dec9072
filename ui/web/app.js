// Keys, clipboard, print and the source drawer of the desktop app. No request leaves this machine.
"use strict";

const byId = (id) => document.getElementById(id);
const press = (id) => {
  const found = byId(id);
  const button = found && (found.matches("button") ? found : found.querySelector("button"));
  if (button && !button.disabled) button.click();
};

function makeDrawer() {
  const drawer = document.createElement("dialog");
  drawer.id = "drawer";
  drawer.setAttribute("aria-label", "Source");
  const close = document.createElement("button");
  close.type = "button";
  close.className = "close";
  close.textContent = "Close source (Escape)";
  close.addEventListener("click", () => drawer.close());
  const frame = document.createElement("iframe");
  frame.name = "source";
  frame.title = "Source document with the quote highlighted";
  drawer.append(close, frame);
  // Keys pressed inside the frame do not reach the dialog by themselves.
  frame.addEventListener("load", () => {
    frame.contentDocument.addEventListener("keydown", (event) => {
      if (event.key === "Escape") drawer.close();
    });
  });
  drawer.addEventListener("close", () => frame.removeAttribute("src"));
  document.body.append(drawer);
  return { drawer, frame };
}

let parts = null;
function openSource(link) {
  parts = parts || makeDrawer();
  parts.frame.src = link.getAttribute("href");
  if (!parts.drawer.open) parts.drawer.showModal();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest('a[href*="/source/"]');
  if (link) {
    event.preventDefault();
    openSource(link);
    return;
  }
  if (event.target.closest("#copy")) {
    const text = document.querySelector("#plain textarea, #plain input");
    if (text && text.value) navigator.clipboard.writeText(text.value);
  }
  if (event.target.closest("#print")) window.print();
  if (event.target.closest("#new-patient") && parts) parts.drawer.close();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    // The field tells its value when it loses the focus; the click follows it.
    if (document.activeElement) document.activeElement.dispatchEvent(new Event("input", { bubbles: true }));
    setTimeout(() => press("ask"), 50);
  }
  if (event.key === "Escape" && !(parts && parts.drawer.open)) press("stop");
});
