/** What alerts look for, worst first. */
const alarming = [
  (status: number) => status >= 500 && status !== 503, // a fault of the product
  (status: number) => status === 503, // work that was refused
  (status: number) => status === 408, // work that was taken, and not answered in time
];

/**
 * The status that a reply of several counts as; 0 of none. Not simply the greatest: a refusal (503) would hide a fault
 * (500) beside it, and any mistake of the caller (422) a missed deadline (408).
 */
export function worstStatus(...statuses: readonly number[]): number {
  const found = alarming.map((test) => statuses.find(test)).find((status) => status !== undefined);
  return found ?? Math.max(0, ...statuses);
}
