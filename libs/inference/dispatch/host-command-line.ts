import { fileURLToPath } from 'node:url';

/** How a host is started. */
export interface HostCommandLine {
  modulePath: string;
  execArgv: readonly string[];
}

/** The build's program, or the source's when this file itself runs from source. */
export function hostCommandLine(
  program: 'engine-host.main' | 'inspect-graph.main' | 'place-nodes.main' = 'engine-host.main',
): HostCommandLine {
  const here = import.meta.url;
  const extension = here.endsWith('.ts') ? 'ts' : 'js';
  const path = (file: string) => fileURLToPath(new URL(`../engine/${file}.${extension}`, here));
  const fromSource = [
    '--experimental-transform-types',
    '--disable-warning=ExperimentalWarning',
    `--import=${new URL('../engine/from-source.hooks.ts', here).href}`,
  ];
  return { modulePath: path(program), execArgv: extension === 'ts' ? fromSource : [] };
}
