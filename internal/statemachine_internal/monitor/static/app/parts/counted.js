/** Large numbers as people read them: "1,734". */
const format = new Intl.NumberFormat("en");

/** @param {number} count */
export const counted = (count) => format.format(count);
