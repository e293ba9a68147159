import type { LimitStanding } from '#core';

/**
 * `RateLimit-Policy` and `RateLimit` by draft-ietf-httpapi-ratelimit-headers-11, and `X-Quota-Warning` with the names of
 * limits past their soft threshold. The draft's registry of units knows requests, bytes and concurrent requests; ours are
 * told in a parameter of our own, as it asks.
 */
export function rateLimitHeaders(standings: readonly LimitStanding[]): Record<string, string> {
  if (standings.length === 0) return {};
  const low = standings.filter(({ isLow }) => isLow);
  return {
    'RateLimit-Policy': standings.map(policyItem).join(', '),
    RateLimit: standings.map(limitItem).join(', '),
    ...(low.length > 0 && { 'X-Quota-Warning': low.map(({ name }) => name).join(', ') }),
  };
}

function policyItem({ name, limit, unit, windowS }: LimitStanding): string {
  const window = windowS === undefined ? '' : `;w=${wholeSeconds(windowS)}`;
  const counts = name === 'concurrency' ? ';qu="concurrent-requests"' : '';
  return `"${name}";q=${integer(limit)}${counts}${window};inferway-unit="${unit}"`;
}

function limitItem({ name, remaining, resetS }: LimitStanding): string {
  return `"${name}";r=${integer(remaining)}${resetS === undefined ? '' : `;t=${wholeSeconds(resetS)}`}`;
}

/** Structured fields hold integers of 15 digits. */
function integer(value: number): number {
  return Math.min(999_999_999_999_999, Math.max(0, Math.floor(value)));
}

function wholeSeconds(seconds: number): number {
  return Math.max(1, Math.ceil(seconds));
}
