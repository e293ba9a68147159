import { writeFileSync } from 'node:fs';
import { provenance } from '../provenance.js';
import { readProfile } from './profile.js';
import { loadReport } from './report/load-report.js';
import { runProfile, findings } from './run-profile.js';
import { startCluster, startServer, targetAt } from './target.js';

export interface LoadOptions {
  profile: string;
  topology: string;
  url?: string | undefined;
  keys: readonly string[];
  /** Where the figures go; the report stands beside them. */
  out?: string | undefined;
}

/** A profile's load on a server, with its figures as JSON and a page that shows them. */
export async function benchLoad({ profile: name, topology, url, keys, out }: LoadOptions): Promise<void> {
  const profile = readProfile(name);
  const figures = out ?? `load-${name}.json`;
  const page = `${figures.replace(/\.json$/, '')}.html`;
  const start = topology === 'cluster' ? startCluster : startServer;
  const target = url === undefined ? await start(profile) : targetAt(url, keys, profile);
  try {
    const result = await runProfile(profile, target, (line) => process.stderr.write(`  ${line}\n`));
    const origin = provenance();
    writeFileSync(figures, `${JSON.stringify({ ...origin, ...result }, null, 2)}\n`);
    writeFileSync(page, loadReport(result, origin));
    const told = findings(result).map(({ figure, meaning }) => `${figure.padStart(8)}  ${meaning}`);
    process.stdout.write(`${told.join('\n')}\n${figures}, ${page}\n`);
  } finally {
    await target.stop();
  }
}
