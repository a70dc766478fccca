/** A list that grows at its lower end, and stays there as long as it is followed. */
import { useLayoutEffect, useRef } from "../html.js";

const NEAR = 40; // pixels from the end that count as the end

/**
 * @param {boolean} following
 * @param {(on: boolean) => void} onFollow  scrolling away stands still, scrolling to the end follows again
 * @param {unknown[]} inputs  what the list is made of
 * @returns the properties of the element that scrolls
 */
export function useFollowing(following, onFollow, inputs) {
  const place = useRef(/** @type {HTMLElement|null} */ (null));
  useLayoutEffect(() => {
    const box = place.current;
    if (following && box) box.scrollTop = box.scrollHeight;
  }, [following, ...inputs]);
  const before = useRef(0);
  // Rows that come never move the place upwards, so whatever does is a person.
  const onScroll = () => {
    const box = place.current;
    if (!box) return;
    const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
    if (atEnd && !following) onFollow(true);
    if (!atEnd && box.scrollTop < before.current) onFollow(false);
    before.current = box.scrollTop;
  };
  return { ref: place, onScroll };
}

/**
 * Do what puts rows above those that are read, and leave these where they stand.
 * @param {HTMLElement|null} box  what scrolls
 * @param {() => Promise<void>} act
 */
export async function keepingPlace(box, act) {
  const first = box?.querySelector("li");
  const before = first?.getBoundingClientRect().top ?? 0;
  await act();
  await new Promise(requestAnimationFrame);
  if (box && first?.isConnected) box.scrollTop += first.getBoundingClientRect().top - before;
}
