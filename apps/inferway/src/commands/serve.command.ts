import { join } from 'node:path';
import type { Command } from 'commander';
import { loadServeConfig } from '#config';
import { untilStopped } from '#process';
import { banner } from '../serve/banner.js';

/** Loaded when it runs, as all that needs engines: the images of a cluster hold one half of the product each. */
export function registerServe(program: Command): void {
  program
    .command('serve')
    .description(
      'Run the whole product as one process; settings come from the environment (docs/configuration.md)',
    )
    .action(async () => {
      const startedAt = performance.now();
      const { serve } = await import('../serve/serve.js');
      const server = await serve(loadServeConfig());
      process.stdout.write(
        banner(
          server.credentials,
          join(server.home, 'credentials.json'),
          (performance.now() - startedAt) / 1_000,
        ),
      );
      await untilStopped();
      process.stdout.write('\nStopping: finishing the requests under way.\n');
      await server.close();
      // Everything of ours is closed; an export to a receiver that is down may still wait for its next attempt.
      process.exit();
    });
}
