import { readRetryAfterMs } from '#kernel';

/** Of who has too much to do, or is asked too often. */
const tooMany = 429;
const unavailable = 503;
/** The hub's own way to say it, a draft of the IETF: `"api";r=0;t=55`, seconds until it counts requests anew. */
const untilReset = /;\s*t=(\d{1,6})\b/;

/** How long a reply asks to be left alone, in milliseconds; none of one that does not. */
export function restMsOf({ status, headers }: Response, now: number): number | undefined {
  if (status !== tooMany && status !== unavailable) return undefined;
  const asked = readRetryAfterMs(headers, now);
  // Other replies bear it too, and say nothing by it but how much is left.
  if (asked !== undefined || status !== tooMany) return asked;
  const [, seconds] = untilReset.exec(headers.get('ratelimit') ?? '') ?? [];
  return seconds === undefined ? undefined : Number(seconds) * 1_000;
}
