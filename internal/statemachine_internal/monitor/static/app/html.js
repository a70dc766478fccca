/** The one place that knows how elements are made: `html` for templates, and Preact's hooks beside it. */
import { h } from "../vendor/preact.js";
import htm from "../vendor/htm.js";

export { render, Fragment } from "../vendor/preact.js";
export { useEffect, useLayoutEffect, useMemo, useRef, useState, useCallback } from "../vendor/hooks.js";
export {
  signal,
  computed,
  effect,
  batch,
  untracked,
  useComputed,
  useSignal,
  useSignalEffect,
} from "../vendor/signals.js";

export const html = htm.bind(h);
