/** Which machines are shown, by template; a new value only when that changes, not at each change of a machine. */
import { untracked, useRef } from "../../html.js";
import { now } from "../../live/clock.js";
import { machine, names } from "../../live/machines.js";

/**
 * @param {string} text  part of a name, a state or a template
 * @param {string} status
 * @returns {[string, string[]][]}
 */
export function useOrder(text, status) {
  const last = useRef({ key: "", groups: /** @type {[string, string[]][]} */ ([]) });
  const wanted = text.toLowerCase();
  const all = names.value;
  if (wanted || status) now.value; // the list follows the states once a second: rows that dance can't be read
  const groups = untracked(() => grouped(all.filter((name) => fits(name, wanted, status))));
  const key = JSON.stringify(groups);
  if (key !== last.current.key) last.current = { key, groups };
  return last.current.groups;
}

/** @param {string} name @param {string} wanted @param {string} status */
function fits(name, wanted, status) {
  const each = machine(name)?.value;
  if (!each) return false;
  const texts = [name, each.config_type, each.state];
  return (!status || each.status === status) && (!wanted || texts.some((part) => part.toLowerCase().includes(wanted)));
}

/** @param {string[]} all */
function grouped(all) {
  /** @type {Map<string, string[]>} */
  const byTemplate = new Map();
  for (const name of all) {
    const template = machine(name)?.value.config_type ?? "";
    byTemplate.set(template, [...(byTemplate.get(template) ?? []), name]);
  }
  return [...byTemplate].sort(([a], [b]) => a.localeCompare(b));
}
