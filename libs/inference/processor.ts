import { readFileSync } from 'node:fs';
import { arch } from 'node:os';

/** What this machine's processor can do. Hypervisors hide instructions: processors of one name may differ in them. */
export function instructions(): string | undefined {
  try {
    return /^(?:flags|Features)\s*:.*$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[0];
  } catch {
    return undefined;
  }
}

/**
 * Whether onnxruntime adds neighbouring uint8 × int8 products in 16 bits here, where they saturate: x86 without VNNI
 * (roughly AMD before Zen 4, Intel's servers before Cascade Lake).
 */
export function productsSaturate(flags = instructions()): boolean {
  return arch() === 'x64' && flags !== undefined && !flags.includes('vnni');
}
