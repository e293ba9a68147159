import type { Command } from 'commander';
import { banner } from '../serve/banner.js';
import { readConfig } from '../serve/read-config.js';
import { serve } from '../serve/serve.js';

export function registerServe(program: Command): void {
  program
    .command('serve')
    .description(
      'Run the whole product as one process; settings come from the environment (docs/configuration.md)',
    )
    .action(async () => {
      const startedAt = performance.now();
      const server = await serve(readConfig());
      process.stdout.write(banner(server.credentials, server.home, (performance.now() - startedAt) / 1_000));
      await untilStopped();
      process.stdout.write('\nStopping: finishing the requests under way.\n');
      await server.close();
    });
}

/** SIGTERM from a supervisor, SIGINT from a keyboard; a second one ends the process at once (Node's default). */
function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => {
      process.removeListener('SIGINT', stop);
      process.removeListener('SIGTERM', stop);
      resolve();
    };
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
  });
}
