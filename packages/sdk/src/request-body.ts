import type { CallSignal } from './call-signal.js';
import { asBlob, asStream, chunksOf, type StreamSource } from './file-input.js';
import { bodyStream } from './body-stream.js';
import { multipart, type Part } from './multipart.js';
import { randomHex } from './random-hex.js';

/** A body ready to be sent, made anew for each attempt. */
export interface RequestBody {
  /** Absent where the runtime names the type itself, with a boundary of its own. */
  contentType?: string;
  content: string | Blob | FormData | ReadableStream<Uint8Array>;
  /** Set where the body is sent while it is read. */
  streamed?: true;
}

export interface BodySource {
  open: (call: CallSignal) => Promise<RequestBody> | RequestBody;
  /** False where a stream was given that can be read once only. */
  repeatable: boolean;
}

type Fields = [name: string, value: unknown][];

/**
 * JSON, or a form where a file is given. A form with a stream is written by us and sent while it is read, where the
 * runtime can do that.
 */
export function bodySource(fields: Fields, files: readonly string[], streams: boolean): BodySource {
  const given = fields.filter(([, value]) => value !== undefined);
  const sent = given.flatMap(([name, value]) => (files.includes(name) ? [value].flat() : []));
  if (sent.every((value) => typeof value === 'string')) {
    const content = JSON.stringify(Object.fromEntries(given));
    return { open: () => ({ contentType: 'application/json', content }), repeatable: true };
  }
  const opened = sent.flatMap((value) => asStream(value) ?? []);
  if (opened.length > 0 && streams) {
    return {
      open: (call) => streamedForm(given, files, call),
      repeatable: opened.every(({ reopens }) => reopens),
    };
  }
  return formSource(given, files);
}

/** A file that is the whole body. A stream is sent while it is read, where the runtime can do that. */
export function fileSource(value: unknown, contentType: string, streams: boolean): BodySource {
  const blob = asBlob(value);
  if (blob !== undefined) return { open: () => ({ contentType, content: blob }), repeatable: true };
  const stream = asStream(value);
  if (stream === undefined) throw new TypeError('file must be a Blob, bytes or a stream');
  const { open, reopens } = stream;
  if (!streams) {
    let read: Promise<Blob> | undefined;
    return {
      open: async ({ signal }) => ({ contentType, content: await (read ??= readStream(open, signal)) }),
      repeatable: true,
    };
  }
  return {
    open: async (call) => ({
      ...{ contentType, streamed: true },
      content: bodyStream(chunksOf(await open(), call.signal), call),
    }),
    repeatable: reopens,
  };
}

/** A form of known size: streams, if any, are read first, once for all attempts. */
function formSource(fields: Fields, files: readonly string[]): BodySource {
  let form: Promise<FormData> | undefined;
  return {
    open: async ({ signal }) => ({ content: await (form ??= readForm(fields, files, signal)) }),
    repeatable: true,
  };
}

async function readForm(fields: Fields, files: readonly string[], signal: AbortSignal): Promise<FormData> {
  const form = new FormData();
  for (const { name, value } of parts(fields, files)) {
    if (typeof value === 'string') form.append(name, value);
    else form.append(name, value instanceof Blob ? value : await readStream(value, signal), name);
  }
  return form;
}

function streamedForm(fields: Fields, files: readonly string[], call: CallSignal): RequestBody {
  const boundary = `inferway-${randomHex()}`;
  const content = bodyStream(multipart(boundary, parts(fields, files), call.signal), call);
  return { contentType: `multipart/form-data; boundary=${boundary}`, content, streamed: true };
}

/** A list becomes a field sent as often as it has members. */
function parts(fields: Fields, files: readonly string[]): Part[] {
  return fields.flatMap(([name, value]) =>
    [value]
      .flat()
      .map((each: unknown) => ({ name, value: files.includes(name) ? fileOf(name, each) : asText(each) })),
  );
}

function fileOf(name: string, value: unknown): Part['value'] {
  if (typeof value === 'string') return value;
  const file = asBlob(value) ?? asStream(value)?.open;
  if (file === undefined) throw new TypeError(`${name} must be a Blob, bytes, a stream or base64`);
  return file;
}

/** A value in a form or a query. */
export function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Most that is read of a stream where the runtime cannot send one: what a server takes of a video. */
const maxReadBytes = 100 * 1024 * 1024;

async function readStream(open: StreamSource, signal: AbortSignal): Promise<Blob> {
  const chunks: Blob[] = [];
  let bytes = 0;
  for await (const chunk of chunksOf(await open(), signal)) {
    bytes += chunk.byteLength;
    if (bytes > maxReadBytes) throw new RangeError(`The stream has more than ${maxReadBytes} bytes`);
    chunks.push(new Blob([chunk.slice()]));
  }
  return new Blob(chunks);
}
