import { createCipheriv, createDecipheriv, createSecretKey, randomFillSync } from 'node:crypto';

export const sealKeyBytes = 32;
const version = 1;
const nonceBytes = 12;
const tagBytes = 16;
const headBytes = 1 + nonceBytes + tagBytes;
/** Nonces drawn together: chance costs by the call, not by the byte. */
const noncesAtOnce = 256;

/** Authenticated encryption with the installation's key. `context` names the place: a sealed value moved elsewhere does not open. */
export interface Seal {
  seal(plain: Uint8Array, context: string): Uint8Array;
  /** @throws Error when the key or the context differs, or a bit was changed */
  open(sealed: Uint8Array, context: string): Buffer;
}

/**
 * AES-256-GCM: version byte, 12 random bytes of nonce, 16 bytes of tag, ciphertext. Random nonces are safe for 2^32
 * values under one key, years of 24-hour replies. The key is made ready once: where each value brought its bytes along,
 * that was two thirds of the cost of a small one.
 * @param key 32 bytes; kept by the caller, never in the database
 */
export function createSeal(key: Uint8Array): Seal {
  if (key.length !== sealKeyBytes)
    throw new Error(`The seal key must be ${sealKeyBytes} bytes, not ${key.length}`);
  const secret = createSecretKey(key);
  const nextNonce = nonces();
  return {
    seal(plain, context) {
      const nonce = nextNonce();
      const cipher = createCipheriv('aes-256-gcm', secret, nonce).setAAD(Buffer.from(context));
      const body = [cipher.update(plain), cipher.final()];
      return Buffer.concat([Buffer.of(version), nonce, cipher.getAuthTag(), ...body]);
    },
    open(sealed, context) {
      if (sealed[0] !== version || sealed.length < headBytes)
        throw new Error('Not a sealed value of this version');
      const nonce = sealed.subarray(1, 1 + nonceBytes);
      const decipher = createDecipheriv('aes-256-gcm', secret, nonce, { authTagLength: tagBytes });
      decipher.setAAD(Buffer.from(context)).setAuthTag(sealed.subarray(1 + nonceBytes, headBytes));
      return Buffer.concat([decipher.update(sealed.subarray(headBytes)), decipher.final()]);
    },
  };
}

/** Each is good until the next is asked for. */
function nonces(): () => Buffer {
  const drawn = Buffer.alloc(noncesAtOnce * nonceBytes);
  let at = drawn.length;
  return () => {
    if (at === drawn.length) {
      randomFillSync(drawn);
      at = 0;
    }
    at += nonceBytes;
    return drawn.subarray(at - nonceBytes, at);
  };
}
