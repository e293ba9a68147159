import type { Command } from 'commander';
import { z } from 'zod';
import { withAdmin } from '../admin/run-admin-command.js';

const rolledUp = z.object({ folded: z.int() });

export function registerMetering(program: Command): void {
  const metering = program
    .command('metering')
    .description('The books of usage: roll up, verify, export; works while the server runs');
  metering
    .command('rollup')
    .description('Roll up what gateways have not rolled up yet; for a CronJob where none runs')
    .action(async () => {
      const folded = await withAdmin(async (run) => {
        let sum = 0;
        for (;;) {
          const some = rolledUp.parse(await run('metering.rollup', {})).folded;
          sum += some;
          if (some === 0) return sum;
        }
      });
      process.stdout.write(`Rolled up ${folded} changes\n`);
    });
}
