import { maxInt32 } from '../unwrap-schema.js';

/** What an element of a tensor is here. BYTES are text, or a file's bytes as they arrived. */
export type Element = string | number | boolean | Uint8Array;

/** The protocol's datatypes that contracts need, of the many that it has. */
export type Datatype = 'BYTES' | 'BOOL' | 'INT32' | 'FP32';

interface DatatypeRules {
  /** Whether a value of JSON is an element. */
  accepts(value: unknown): value is Element;
  /** Elements from little-endian bytes; undefined where they do not hold exactly this many. */
  read(bytes: Buffer, count: number): Element[] | undefined;
  write(elements: readonly Element[]): Uint8Array;
  /** Stands where a row has nothing. */
  blank: Element;
}

export const datatypes: Record<Datatype, DatatypeRules> = {
  BYTES: {
    accepts: (value) => typeof value === 'string',
    read: readTexts,
    write: (elements) => Buffer.concat(elements.flatMap(writeText)),
    blank: '',
  },
  BOOL: {
    accepts: (value) => typeof value === 'boolean',
    read: (bytes, count) => (bytes.length === count ? Array.from(bytes, (byte) => byte !== 0) : undefined),
    write: (elements) => Uint8Array.from(elements, Number),
    blank: false,
  },
  INT32: {
    accepts: (value): value is number => Number.isInteger(value) && Math.abs(Number(value)) <= maxInt32,
    read: (bytes, count) => readNumbers(bytes, count, (at) => bytes.readInt32LE(at)),
    write: (elements) => new Uint8Array(Int32Array.from(elements, Number).buffer),
    blank: 0,
  },
  FP32: {
    accepts: (value) => typeof value === 'number',
    read: (bytes, count) => readNumbers(bytes, count, (at) => bytes.readFloatLE(at)),
    write: (elements) => new Uint8Array(Float32Array.from(elements, Number).buffer),
    blank: Number.NaN,
  },
};

export function isDatatype(name: string): name is Datatype {
  return Object.hasOwn(datatypes, name);
}

const lengthBytes = 4;

function readNumbers(bytes: Buffer, count: number, at: (offset: number) => number): number[] | undefined {
  if (bytes.length !== count * lengthBytes) return undefined;
  return Array.from({ length: count }, (_, i) => at(i * lengthBytes));
}

/** Each element is its length, four bytes, and itself. */
function readTexts(bytes: Buffer, count: number): Uint8Array[] | undefined {
  const elements: Uint8Array[] = [];
  let offset = 0;
  while (offset + lengthBytes <= bytes.length && elements.length < count) {
    const start = offset + lengthBytes;
    offset = start + bytes.readUInt32LE(offset);
    elements.push(bytes.subarray(start, offset));
  }
  return elements.length === count && offset === bytes.length ? elements : undefined;
}

function writeText(element: Element): Uint8Array[] {
  const text = Buffer.from(String(element));
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt32LE(text.length);
  return [length, text];
}
