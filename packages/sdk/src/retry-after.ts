/**
 * What `Retry-After` asks to wait, in seconds: a number, or a date, which is measured by the server's own `Date` where
 * it can be read, so that a wrong clock here does not matter.
 */
export function readRetryAfterS(headers: Headers, nowMs: number): number | undefined {
  const value = headers.get('retry-after')?.trim();
  if (value === undefined || value === '') return undefined;
  if (/^\d+$/.test(value)) return Number(value);
  const atMs = Date.parse(value);
  if (Number.isNaN(atMs)) return undefined;
  const serverMs = Date.parse(headers.get('date') ?? '');
  return Math.max(0, (atMs - (Number.isNaN(serverMs) ? nowMs : serverMs)) / 1_000);
}
