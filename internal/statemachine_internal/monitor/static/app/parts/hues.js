/** A hue for a name: the same name has the same one everywhere, and on every host. */

/** @param {string} name @returns {number} degrees */
export function hueOf(name) {
  let hash = 2166136261; // FNV-1a
  for (let index = 0; index < name.length; index++) hash = Math.imul(hash ^ name.charCodeAt(index), 16777619) >>> 0;
  return (hash * 137.508) % 360;
}
