import { generateApiKey } from '#core';
import type { KeyKind, MadeKeyKind } from './cases/index.js';

/** A server under test; the cases do not care how it was composed. */
export interface ApiTarget {
  url: string;
  key: string;
  /** Keys that it refuses. */
  keys: Record<MadeKeyKind, string>;
}

/** The key that a case sends. */
export function keyText(target: ApiTarget, kind: Exclude<KeyKind, 'none'>): string {
  const changed = target.key.endsWith('0') ? '1' : '0';
  const keys = {
    good: target.key,
    mistyped: target.key.slice(0, -1) + changed,
    unknown: generateApiKey('live').text,
    ...target.keys,
  };
  return keys[kind];
}

/** Headers that authenticate as a case asks. */
export function authorization(target: ApiTarget, kind: KeyKind): Record<string, string> {
  return kind === 'none' ? {} : { authorization: `Bearer ${keyText(target, kind)}` };
}
