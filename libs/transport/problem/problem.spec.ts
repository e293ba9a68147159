import { describe, expect, it } from '@jest/globals';
import { problem } from '#contracts';
import { AppError, errorCatalogue, isErrorCode } from '#kernel';
import { fromClientError, fromHttpError } from './http-errors.js';
import { problemHeaders, toProblem } from './to-problem.js';

describe('toProblem', () => {
  it.each(Object.keys(errorCatalogue))('writes %s as a valid RFC 9457 problem', (code) => {
    const body = isErrorCode(code) ? toProblem(new AppError(code), 'req_1') : undefined;
    expect(problem.strict().parse(body)).toMatchObject({ code, type: `/docs/errors#${code}` });
  });

  it('keeps internal facts and causes to itself', () => {
    const error = new AppError('internal', {}, { cause: new Error('secret'), internal: { path: 'secret' } });
    expect(JSON.stringify(toProblem(error))).not.toContain('secret');
  });
});

describe('problemHeaders', () => {
  it('rounds Retry-After up to a whole second', () => {
    expect(problemHeaders(new AppError('overloaded', { retryAfterS: 1.2 }))).toEqual({ 'Retry-After': '2' });
    expect(problemHeaders(new AppError('overloaded', { retryAfterS: 0.01 }))).toEqual({ 'Retry-After': '1' });
  });

  it('challenges as RFC 6750 says', () => {
    expect(problemHeaders(new AppError('auth.missing_key'))).toEqual({
      'WWW-Authenticate': 'Bearer realm="inferway"',
    });
    expect(problemHeaders(new AppError('auth.unknown_key'))['WWW-Authenticate']).toContain('invalid_token');
  });
});

describe('fromHttpError', () => {
  it('finds the code of an error that a framework wrapped', () => {
    const inner = Object.assign(new Error('x'), { code: 'FST_ERR_CTP_BODY_TOO_LARGE', statusCode: 413 });
    expect(fromHttpError(new Error('wrapped', { cause: inner })).code).toBe('request.too_large');
  });

  it('blames the caller only for what is known to be theirs', () => {
    expect(fromHttpError(Object.assign(new Error('x'), { statusCode: 400 })).code).toBe('request.malformed');
    expect(fromHttpError(new Error('our bug')).code).toBe('internal');
    expect(fromHttpError('thrown text').code).toBe('internal');
  });
});

describe('fromClientError', () => {
  it('tells slow, oversized and malformed requests apart', () => {
    const code = (name: string) => fromClientError({ code: name }).code;
    expect(code('ERR_HTTP_REQUEST_TIMEOUT')).toBe('request.timeout');
    expect(code('HPE_HEADER_OVERFLOW')).toBe('request.too_large');
    expect(code('HPE_INVALID_METHOD')).toBe('request.malformed');
  });
});
