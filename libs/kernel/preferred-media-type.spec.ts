import { describe, expect, it } from '@jest/globals';
import { preferredMediaType } from './preferred-media-type.js';

const csv = 'text/csv';
const json = 'application/json';

describe('the media type that a client prefers', () => {
  it.each([
    ['text/csv', csv],
    ['TEXT/CSV; charset=utf-8; header=present', csv],
    ['application/json;q=0.5, text/csv;q=0.9', csv],
    ['application/json, text/csv;q=0.9', json],
    ['text/csv;q=0, application/json;q=0.1', json],
    ['application/json, text/csv', csv],
    ['*, text/csv', csv],
    ['application/json;v=2;q=0.5, text/csv;q=0.4, application/json;v=1;q=0.3', json],
    ['text/csv;v=2;q=0.6, application/json;q=0.5, text/csv;v=1;q=0.4', csv],
    ['text/csv;q=0', undefined],
    ['text/csv;q=much', undefined],
    ['text/html, */*;q=0.8', undefined],
    ['text/csvx, x-text/csv', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('of %p is %p', (accept, preferred) => {
    expect(preferredMediaType(accept, [csv, json])).toBe(preferred);
  });
});
