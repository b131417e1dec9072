// Icons as paths in a square of 24; drawn by hand, so that nothing is fetched.
const PATHS = {
  ready: "M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18zM8 12l3 3l5-6",
  listening: "M12 3a3 3 0 0 0-3 3v6a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3zM5 11a7 7 0 0 0 14 0M12 18v3",
  thinking: "M4 12h.01M12 12h.01M20 12h.01M7 5l-1-2M17 5l1-2M7 19l-1 2M17 19l1 2",
  speaking: "M4 9v6h4l5 4V5L8 9zM16 9a4 4 0 0 1 0 6M19 6a8 8 0 0 1 0 12",
  muted: "M9 6a3 3 0 0 1 6 0v5M9 9v3a3 3 0 0 0 4 2.8M5 11a7 7 0 0 0 10 6.3M19 11a7 7 0 0 1-1 3.6M12 18v3M3 3l18 18",
  offline: "M2 8a15 15 0 0 1 20 0M5 12a10 10 0 0 1 14 0M9 16a5 5 0 0 1 6 0M12 20h.01M3 3l18 18",
  no_model: "M4 5h12v9H4zM2 18h16M20 5v6M20 15h.01",
  keyboard: "M2 6h20v12H2zM6 10h.01M10 10h.01M14 10h.01M18 10h.01M7 14h10",
  question: "M9 9a3 3 0 1 1 4 3c-1 .5-1 1-1 2M12 18h.01M12 2a10 10 0 1 0 0 20a10 10 0 0 0 0-20z",
  patient: "M12 3a4 4 0 1 0 0 8a4 4 0 0 0 0-8zM4 21a8 8 0 0 1 16 0",
  phrases: "M3 4h12v9H9l-4 4v-4H3zM18 9h3v8h-2v3l-4-3h-4",
  order: "M6 2h9l4 4v16H6zM14 2v5h5M9 12h7M9 16h7",
  settings: "M4 7h10M18 7h2M4 17h2M10 17h10M14 7a2 2 0 1 0 4 0a2 2 0 0 0-4 0zM6 17a2 2 0 1 0 4 0a2 2 0 0 0-4 0z",
  forget: "M4 12a8 8 0 1 0 3-6M4 3v5h5M12 8v5l3 2",
  back: "M15 4l-8 8l8 8",
  next: "M9 4l8 8l-8 8",
  repeat: "M20 12a8 8 0 1 1-3-6M20 3v5h-5",
  slower: "M11 5l-8 7l8 7zM21 5l-8 7l8 7z",
  louder: "M4 9v6h4l5 4V5L8 9zM16 12h6M19 9v6",
  stop: "M6 6h12v12H6z",
  yes: "M4 13l5 5L20 6",
  no: "M5 5l14 14M19 5L5 19",
  danger: "M12 3L2 21h20zM12 10v5M12 18h.01",
  hand: "M7 12V6a1.5 1.5 0 0 1 3 0v5V4a1.5 1.5 0 0 1 3 0v7V6a1.5 1.5 0 0 1 3 0v8c0 4-2 7-6 7s-5-2-7-6l-1-3a1.5 1.5 0 0 1 3-1z",
  usb: "M12 3v13M12 3l-2 3h4zM12 13l-4-3V8M12 11l4-3V6M12 20a2 2 0 1 0 0-4a2 2 0 0 0 0 4z",
  close: "M5 5l14 14M19 5L5 19",
};
const SVG = "http://www.w3.org/2000/svg";

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", PATHS[name] || PATHS.ready);
  svg.append(path);
  return svg;
}
