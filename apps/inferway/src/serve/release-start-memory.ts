import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Gives back the garbage of loading. V8 does so by itself only after half a minute of idleness, which a server under load
 * never has. It costs a quarter of a second before the port opens.
 *
 * Node offers a collection only under a flag, so it is set for this moment; `last-resort` also returns the pages.
 */
export function releaseStartMemory(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext("gc({ type: 'major', flavor: 'last-resort' })");
  setFlagsFromString('--no-expose-gc');
}
