import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import {
  openDatabase,
  openDirectory,
  PrismaInvoiceStore,
  PrismaPriceStore,
  PrismaUsageBooks,
  type Database,
} from '#persistence';
import { startPglite, type TestDatabases } from '../../../../libs/testing/postgres-backends.js';
import { adminCommands, type AdminCommandName, type AdminCommands } from './admin-commands.js';
import { adminUseCases } from './admin-use-cases.js';

const ids = z.object({ id: z.string() });
const entries = z.object({
  entries: z.array(z.object({ action: z.string(), actor: z.string(), target: z.string() })),
});
/** Only read, or do what gateways do by themselves: docs/tenancy.md says why they are not in the log. */
const silent = [/\.(list|show)$/, /^audit\./, /^metering\./];

describe('the commands of operators', () => {
  let databases: TestDatabases;
  let database: Database;
  let commands: AdminCommands;

  beforeAll(async () => {
    databases = await startPglite();
    database = await openDatabase(await databases.migrated());
    const stores = {
      directory: openDirectory(database),
      prices: new PrismaPriceStore(database),
      books: new PrismaUsageBooks(database),
      invoices: new PrismaInvoiceStore(database),
    };
    commands = adminCommands(adminUseCases(stores, { billing: { currency: 'EUR' } }));
  }, 60_000);
  afterAll(async () => {
    await database.close();
    await databases.stop();
  });

  const log = async () => entries.parse(await commands['audit.list']({ limit: 1_000 })).entries;
  let made = 0;
  const newTenant = async () => ids.parse(await commands['tenants.create']({ name: 'Walked' }));
  const newKey = async () => ids.parse(await commands['keys.create']({ tenantId: (await newTenant()).id }));
  const newPlan = async () => ids.parse(await commands['plans.create']({ id: `walked-${++made}` }));

  /** What each is done to; a command that is not here must be a silent one. */
  const inputs: Partial<Record<AdminCommandName, () => Promise<object>>> = {
    'tenants.create': () => Promise.resolve({ name: 'Walked' }),
    'tenants.change': async () => ({ ...(await newTenant()), name: 'Changed' }),
    'tenants.suspend': newTenant,
    'tenants.resume': async () => ids.parse(await commands['tenants.suspend'](await newTenant())),
    'tenants.delete': async () => ids.parse(await commands['tenants.suspend'](await newTenant())),
    'keys.create': async () => ({ tenantId: (await newTenant()).id }),
    'keys.rotate': newKey,
    'keys.revoke': newKey,
    'plans.create': () => Promise.resolve({ id: `walked-${++made}` }),
    'plans.change': async () => ({ ...(await newPlan()), weight: 2 }),
    'plans.delete': newPlan,
    'prices.set': () => Promise.resolve({ task: 'answer', priceMicros: 1 }),
  };

  it('are in the log of operators, each as one row under the name of who ran it, or change nothing of theirs', async () => {
    const names = Object.keys(commands) as AdminCommandName[];
    const acts = names.filter((name) => !silent.some((pattern) => pattern.test(name)));
    expect(acts.sort()).toEqual(Object.keys(inputs).sort());
    for (const name of acts) {
      const input = await inputs[name]?.();
      const before = await log();
      const { id } = ids.parse(await commands[name](input));
      const [row, ...rest] = await log();
      const [noun = '', verb = ''] = name.split('.');
      expect(row).toEqual({
        action: `${noun.slice(0, -1)}.${verb}`,
        actor: expect.stringMatching(/^cli:./),
        target: 'id' in (input ?? {}) ? ids.parse(input).id : id,
      });
      expect(rest).toHaveLength(before.length);
    }
  });
});
