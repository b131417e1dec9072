// Sentences for the bedside in the language of the patient: shown large, spoken when touched.
import { button, el, fill } from "/page/dom.js";
import { act, draw, word } from "/page/main.js";

const NAMES = { en: "English", fr: "Français", es: "Español", pt: "Português", sw: "Kiswahili", hi: "हिन्दी", ar: "العربية", ha: "Hausa" };

export function phrases(app, place) {
  const all = app.about.phrases;
  const groups = [...new Set(all.map((one) => one.group))];
  const group = app.own.phraseGroup || groups[0];
  const lang = app.phraseLanguage;
  const own = app.about.texts.language;
  const chosen = all.find((one) => one.id === app.own.chosen);
  const direction = (language) => (language === "ar" ? "rtl" : "ltr");
  const touch = (one) => { app.own.chosen = one.id; act({ do: "phrase", id: one.id, language: lang }); draw(); };
  place.className = "phrases";
  if (chosen) {
    fill(place, el("p", { cls: `spoken ${chosen[lang].length > 60 ? "medium" : "short"}`, lang, dir: direction(lang) }, chosen[lang]),
      el("p", { cls: "asked", lang: own, dir: direction(own) }, chosen[own] || chosen.en),
      el("div", { cls: "controls" }, button(word("back"), () => { app.own.chosen = ""; draw(); }, { ic: "back" }), button(word("repeat"), () => touch(chosen), { ic: "repeat", steers: true })),
      el("p", { cls: "small" }, word("phrase_draft")));
    return;
  }
  fill(place,
    el("div", { cls: "tabs", role: "tablist", "aria-label": word("phrase_language") }, ...app.about.phrase_languages.filter((one) => one !== own).map((one) => el("button", {
      type: "button", role: "tab", lang: one, "aria-selected": String(one === lang), on: { click: () => { app.phraseLanguage = one; draw(); } } }, el("span", {}, NAMES[one] || one)))),
    el("div", { cls: "tabs thin", role: "tablist" }, ...groups.map((one) => el("button", {
      type: "button", role: "tab", "aria-selected": String(one === group), on: { click: () => { app.own.phraseGroup = one; draw(); } } }, el("span", {}, word(`group_${one}`))))),
    el("div", { cls: "cards", tabindex: "0" }, ...all.filter((one) => one.group === group).map((one) => el("button", { type: "button", cls: "card", on: { click: () => touch(one) } },
      el("span", { lang: own, dir: direction(own) }, one[own] || one.en), el("small", { lang, dir: direction(lang) }, one[lang])))),
    el("p", { cls: "small" }, word("phrase_draft")));
}
