/**
 * Sequences that a decoder step needs to be worth its fixed cost: from here on a row of the pack's translators costs about
 * the same in a larger batch, with 8 a quarter more. A constant, not the predictor's: a start on a busy machine makes that
 * say any number.
 */
const worthwhileRows = 12;

/**
 * How many rows of a continuous model each of `engines` should hold at most, of `rows` that wait or are under way: even
 * shares for as many engines as have enough to make their steps worthwhile. All of an engine's rows wait for each of its
 * steps, so one that is filled up beside one that idles makes every answer late; one that is opened for a row or two pays
 * for steps that another does anyway. In turns on two quiet cores beside one engine filled before the next, medians of three:
 * with 24 clients 288 sentences a second instead of 255 at 5.6 ms of CPU instead of 4.9, with 32 301 instead of 281 at 5.3
 * instead of 4.7, with 64 344 instead of 311 at 4.7 instead of 5.1.
 *
 * @param isCrowded one tenant has nearly all of the rows, beside others: then no engine holds more than is worthwhile,
 *   so that the others' answers do not take as long as the crowd's batches (ADR 12)
 */
export function slotsPerEngine(rows: number, engines: number, isCrowded = false): number {
  const used = Math.min(engines, Math.max(1, Math.floor(rows / worthwhileRows)));
  const share = Math.ceil(rows / used);
  return isCrowded ? Math.min(share, worthwhileRows) : share;
}
