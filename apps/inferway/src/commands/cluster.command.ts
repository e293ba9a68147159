import type { Command } from 'commander';
import { loadServeConfig } from '#config';
import { Cleanup, untilStopped } from '#process';
import { startLocalCluster, type ClusterOptions } from '../cluster/local-cluster.js';
import { banner } from '../serve/banner.js';
import { Home } from '../serve/home.js';

export function registerCluster(program: Command): void {
  program
    .command('cluster')
    .description('Run a whole cluster on this machine: Redis, Postgres, gateways and workers as processes')
    .option('--gateways <number>', 'how many gateways', Number, 1)
    .option('--workers <number>', 'how many workers', Number, 2)
    .option('--redis <url>', 'a Redis that runs already; a Postgres that runs is given as DATABASE_URL')
    .action(async (options: ClusterOptions) => {
      const startedAt = performance.now();
      const config = loadServeConfig();
      const cleanup = new Cleanup();
      try {
        const file = await startLocalCluster(config, new Home(config.home), options, cleanup);
        const seconds = (performance.now() - startedAt) / 1_000;
        process.stdout.write(banner(file.description, file.path, seconds));
        await untilStopped();
        process.stdout.write('\nStopping: finishing the requests under way.\n');
      } finally {
        await cleanup.run();
      }
    });
}
