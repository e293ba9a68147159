import { describe, expect, it } from '@jest/globals';
import { readRequestOptions } from './request-options.js';

describe('readRequestOptions', () => {
  it('takes the time that the body took off the deadline', () => {
    expect(readRequestOptions({ 'x-deadline-ms': '500' }, 120)).toEqual({ deadlineMs: 380 });
  });

  it('refuses a deadline that passed while the body arrived', () => {
    expect(() => readRequestOptions({ 'x-deadline-ms': '100' }, 100)).toThrow(
      expect.objectContaining({ code: 'deadline.exceeded' }),
    );
  });

  it('takes an idempotency key of 255 visible characters and no more', () => {
    const key = '~'.repeat(255);
    expect(readRequestOptions({ 'idempotency-key': key }, 0)).toEqual({ idempotencyKey: key });
    for (const bad of [`${key}~`, '', 'a b', 'naïve', 'a\tb']) {
      expect(() => readRequestOptions({ 'idempotency-key': bad }, 0)).toThrow(
        expect.objectContaining({ code: 'request.invalid' }),
      );
    }
  });

  it('passes a valid traceparent on and ignores any other', () => {
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    expect(readRequestOptions({ traceparent }, 0)).toEqual({ traceparent });
    expect(readRequestOptions({ traceparent: 'nonsense' }, 0)).toEqual({});
    const tracestate = 'vendor=1';
    expect(readRequestOptions({ traceparent, tracestate }, 0)).toEqual({ traceparent, tracestate });
    expect(readRequestOptions({ traceparent, tracestate: 'x'.repeat(513) }, 0)).toEqual({ traceparent });
    expect(readRequestOptions({ tracestate }, 0)).toEqual({});
  });
});
