import { createHash, randomInt, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { AppError } from '#kernel';

/** Secret scanners find keys by this prefix; `admin` keys are told apart at sight. */
export type KeyEnvironment = 'live' | 'admin';

/** A key in clear: shown once, never stored. */
export interface ApiKey {
  /** The public part: names the key in lists, logs and usage. */
  id: string;
  /** `iw_<env>_<id>_<secret><checksum>` */
  text: string;
}

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const idLength = 14;
/** 32 base62 characters: 190 bits, so a fast hash is enough at rest. */
const secretLength = 32;
const checksumLength = 6;
const shape = /^iw_(live|admin)_([0-9A-Za-z]{14})_([0-9A-Za-z]{32})([0-9A-Za-z]{6})$/;

export function generateApiKey(environment: KeyEnvironment): ApiKey {
  const id = randomText(idLength);
  const body = `iw_${environment}_${id}_${randomText(secretLength)}`;
  return { id, text: body + checksum(body) };
}

/**
 * The id inside a key. The checksum tells a typing error from an unknown key without a look-up.
 * @throws AppError `auth.malformed_key`
 */
export function parseApiKey(text: string): ApiKey {
  const match = shape.exec(text);
  const id = match?.[2];
  if (id === undefined || checksum(text.slice(0, -checksumLength)) !== text.slice(-checksumLength)) {
    throw new AppError('auth.malformed_key', {
      detail: 'A key looks like iw_live_<id>_<secret>; check for a missing or changed character',
    });
  }
  return { id, text };
}

/** SHA-256 of the whole key: what is stored. */
export function hashApiKey(text: string): Uint8Array {
  return createHash('sha256').update(text).digest();
}

/** Constant-time comparison of a presented key with a stored hash. */
export function matchesHash(text: string, hash: Uint8Array): boolean {
  const presented = hashApiKey(text);
  return presented.length === hash.length && timingSafeEqual(presented, hash);
}

function randomText(length: number): string {
  return Array.from({ length }, () => alphabet.charAt(randomInt(alphabet.length))).join('');
}

function checksum(body: string): string {
  let value = crc32(body);
  let text = '';
  for (let i = 0; i < checksumLength; i++) {
    text = alphabet.charAt(value % alphabet.length) + text;
    value = Math.floor(value / alphabet.length);
  }
  return text;
}
