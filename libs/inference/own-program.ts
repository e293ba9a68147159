import { fileURLToPath } from 'node:url';

/** A file of this room that runs in a process or thread of its own. */
export interface OwnProgram {
  path: string;
  execArgv: string[];
}

const fromSource = [
  '--experimental-transform-types',
  '--disable-warning=ExperimentalWarning',
  `--import=${new URL('./from-source.hooks.ts', import.meta.url).href}`,
];

/**
 * The build's file, or the source's when this one itself runs from source.
 *
 * @param name its path in this room without an extension, such as `engine/engine-host.main`
 */
export function ownProgram(name: string): OwnProgram {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const path = fileURLToPath(new URL(`./${name}.${extension}`, import.meta.url));
  return { path, execArgv: extension === 'ts' ? fromSource : [] };
}
