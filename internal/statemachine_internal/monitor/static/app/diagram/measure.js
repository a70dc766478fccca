/** How wide a text will be. The font of diagrams has one width for all characters. */
export const FONT_SIZE = 11.5;
const FALLBACK = FONT_SIZE * 0.602; // of the usual monospaced fonts

let width = 0;

const LONGEST = 32; // characters of a name in a drawing; the whole of it is in the title

/** A name as a drawing shows it. @param {string} text */
export const shortened = (text) => (text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);

/** @param {string} text @returns {number} pixels */
export function textWidth(text) {
  width ||= measured();
  return Math.ceil(text.length * width);
}

function measured() {
  const context = document.createElement("canvas").getContext("2d");
  if (!context) return FALLBACK;
  context.font = `${FONT_SIZE}px ${getComputedStyle(document.documentElement).getPropertyValue("--mono")}`;
  return context.measureText("M".repeat(20)).width / 20 || FALLBACK;
}
