import { gzipSync } from 'node:zlib';
import type { ApiCase } from './api-case.js';
import { answerQuery, classify } from './asks.js';

const json = { 'content-type': 'application/json' };
const noise = Buffer.from(
  Array.from({ length: 7_500_000 }, (_, i) => Math.imul(i, 2_654_435_761) >>> 24),
).toString('base64');

/** Bodies that cannot be read. */
export const bodies: readonly ApiCase[] = [
  ...Object.entries({
    'truncated JSON': '{"text": "a", "targ',
    'JSON with a trailing comma': '{"text": "a", "target": "pt",}',
    'an empty body': '',
    'a body of spaces': '   ',
    'prototype poisoning': '{"text": "a", "target": "pt", "__proto__": {"x": 1}}',
    'constructor poisoning': '{"text": "a", "target": "pt", "constructor": {"prototype": {"x": 1}}}',
    'broken UTF-8': Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]),
  }).map(([name, body]) => ({
    name,
    rest: { path: '/v1/translate', body, headers: json },
    graphql: { raw: body },
    status: 400,
    graphqlStatus: 400,
    code: 'request.malformed' as const,
  })),
  {
    name: 'JSON in single quotes, with the place',
    rest: { path: '/v1/translate', body: "{\n 'text': 'a'}", headers: json },
    graphql: { raw: "{\n 'query': ''}" },
    status: 400,
    graphqlStatus: 400,
    code: 'request.malformed',
    body: { detail: 'The body is not valid JSON (line 2 column 2)' },
  },
  {
    name: 'a member that would reach a prototype, for what it is',
    rest: { path: '/v1/translate', body: '{"__proto__": {}}', headers: json },
    graphql: { raw: '{"__proto__": {}}' },
    status: 400,
    graphqlStatus: 400,
    code: 'request.malformed',
    body: {
      detail: 'A member of the body may not be called `__proto__`, nor hold `prototype` as `constructor`',
    },
  },
  {
    name: 'no body at all',
    rest: { method: 'POST', path: '/v1/translate' },
    status: 400,
    code: 'request.malformed',
    body: { detail: 'The body is empty' },
  },
  ...[
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/xml',
    'application/octet-stream',
    'nonsense',
    '*/*',
  ].map((type) => ({
    name: `a body of type ${type}`,
    rest: { path: '/v1/translate', body: 'text=a', headers: { 'content-type': type } },
    graphql: { raw: 'text=a', headers: { 'content-type': type } },
    status: 415,
    graphqlStatus: 415,
    code: 'request.unsupported_media_type' as const,
    body: { detail: 'Send application/json (or multipart/form-data where the endpoint takes a file)' },
  })),
  {
    name: 'a compressed body',
    rest: { path: '/v1/translate', body: gzipSync('{}'), headers: { ...json, 'content-encoding': 'gzip' } },
    graphql: { raw: gzipSync('{}'), headers: { 'content-encoding': 'gzip' } },
    status: 415,
    graphqlStatus: 415,
    code: 'request.unsupported_media_type',
  },
  {
    name: 'a form where no file is taken',
    rest: {
      path: '/v1/translate',
      body: '--x\r\ncontent-disposition: form-data; name="text"\r\n\r\na\r\n--x--\r\n',
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
    },
    status: 415,
    code: 'request.unsupported_media_type',
  },
  {
    name: 'a body beyond the limit',
    rest: {
      path: '/v1/translate',
      body: JSON.stringify({ text: 'a'.repeat(3_000_000), target: 'pt' }),
      headers: json,
    },
    status: 413,
    code: 'request.too_large',
    body: { limit: { name: 'body', value: 2 * 1024 * 1024, unit: 'bytes' } },
  },
  {
    name: '10 MB of base64 noise as text',
    rest: {
      path: '/v1/answer',
      body: JSON.stringify({ question: 'What?', context: noise }),
      headers: json,
    },
    status: 413,
    code: 'request.too_large',
  },
  {
    // Images make room for it: the body is read, and the text refused by its own limit.
    name: '10 MB of base64 noise as text',
    graphql: { query: answerQuery, variables: { question: 'What?', context: [noise] } },
    status: 422,
    code: 'request.invalid',
    body: { limit: { value: 65_536 } },
  },
  {
    name: '20 MB of base64 noise as an image',
    ...classify({ image: noise + noise }),
    status: 413,
    graphqlStatus: 413,
    code: 'request.too_large',
    body: { limit: { name: 'body.file', value: 16 * 1024 * 1024, unit: 'bytes' } },
  },
];
