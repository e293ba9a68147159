import { describe, expect, it } from '@jest/globals';
import { rateLimitHeaders } from './rate-limit.headers.js';

describe('rate-limit headers', () => {
  it('are lists of structured fields as the draft has them, whole numbers of whole seconds', () => {
    const rate = { description: '', unit: 'items', windowS: 1.5, resetS: 0.01, isLow: false };
    const quota = { description: '', unit: 'characters', windowS: 2_592_000, resetS: 86_400.2, isLow: true };
    const headers = rateLimitHeaders([
      { ...rate, name: 'rate', limit: 150, remaining: 73 },
      { name: 'concurrency', description: '', limit: 8, remaining: 5, unit: 'items', isLow: false },
      { ...quota, name: 'quota.translate', limit: 1_000_000, remaining: 12.7 },
    ]);
    expect(headers).toEqual({
      'RateLimit-Policy':
        '"rate";q=150;w=2;inferway-unit="items", ' +
        '"concurrency";q=8;qu="concurrent-requests";inferway-unit="items", ' +
        '"quota.translate";q=1000000;w=2592000;inferway-unit="characters"',
      RateLimit: '"rate";r=73;t=1, "concurrency";r=5, "quota.translate";r=12;t=86401',
      'X-Quota-Warning': 'quota.translate',
    });
  });

  it('are not there for a tenant without limits', () => {
    expect(rateLimitHeaders([])).toEqual({});
  });
});
