import type { CallOptions, Operation } from './operation.js';
import { randomHex } from './random-hex.js';
import { asText, bodySource, fileSource, type BodySource } from './request-body.js';

/** What all attempts of a call have in common. */
export interface PreparedRequest {
  url: string;
  headers: Headers;
  body?: BodySource;
  /** Whether the server does the work once only, however often it is asked. */
  idempotent: boolean;
}

export interface Destination {
  /** Without a slash at its end. */
  baseUrl: string;
  apiKey: string;
  streamUploads: boolean;
}

/** Puts each field of the input where its operation says that it travels. */
export function prepareRequest(
  { baseUrl, apiKey, streamUploads }: Destination,
  operation: Operation,
  input: object,
  { idempotencyKey = randomHex(), traceparent }: CallOptions,
): PreparedRequest {
  const { method, path, query = [], files = [] } = operation;
  const fields = new Map<string, unknown>(Object.entries(input));
  const url = baseUrl + path.replace(/\{(\w+)\}/g, (_, name: string) => segment(name, take(fields, name)));
  const search = new URLSearchParams();
  for (const name of query) {
    for (const value of [take(fields, name)].flat())
      if (value !== undefined) search.append(name, asText(value));
  }
  const keyed = operation.idempotencyKey === true && idempotencyKey !== false;
  const headers = new Headers({ accept: 'application/json', authorization: `Bearer ${apiKey}` });
  if (keyed) headers.set('idempotency-key', idempotencyKey);
  if (traceparent !== undefined) headers.set('traceparent', traceparent);
  return {
    url: search.size === 0 ? url : `${url}?${search.toString()}`,
    headers,
    ...(operation.body && { body: bodySource([...fields], files, streamUploads) }),
    ...(operation.file !== undefined && {
      body: fileSource(fields.get('file'), operation.file, streamUploads),
    }),
    idempotent: keyed || !['POST', 'PATCH'].includes(method),
  };
}

function take(fields: Map<string, unknown>, name: string): unknown {
  const value = fields.get(name);
  fields.delete(name);
  return value;
}

function segment(name: string, value: unknown): string {
  if (typeof value !== 'string' || value === '') throw new TypeError(`${name} must be text`);
  return encodeURIComponent(value);
}
