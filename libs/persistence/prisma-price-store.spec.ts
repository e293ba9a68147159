import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { testBackends, type TestDatabases } from '../testing/postgres-backends.js';
import { anEvent } from './fixtures/tenant.js';
import { openDatabase, type Database } from './open-database.js';
import { PrismaPriceStore } from './prisma-price-store.js';

describe.each(testBackends)('PrismaPriceStore on $name', ({ start }) => {
  let databases: TestDatabases;
  let database: Database;
  let store: PrismaPriceStore;

  beforeAll(async () => {
    databases = await start();
    database = await openDatabase(await databases.migrated());
    store = new PrismaPriceStore(database);
  }, 60_000);
  afterAll(async () => {
    await database.close();
    await databases.stop();
  });

  const price = {
    task: 'translate',
    model: null,
    priceMicros: 20_000_000,
    perUnits: 1_000_000,
    currency: 'EUR',
  };
  const asDirectory = (sql: string) =>
    database.transactSql(async (session) => {
      await session.query(`SELECT set_config('role', 'inferway_directory', true)`);
      await session.script(sql);
    });

  it('starts a price now, by the clock of the database, or later, and keeps every one', async () => {
    const now = await store.add({ ...price, id: 'now' }, anEvent());
    expect(now).toEqual({ ...price, id: 'now', validFrom: now.createdAt, createdAt: now.createdAt });
    const validFrom = new Date('2999-12-31T23:59:59.999Z');
    const dear = { ...price, id: 'later', model: 'en-pt', priceMicros: Number.MAX_SAFE_INTEGER, validFrom };
    expect(await store.add(dear, anEvent())).toMatchObject(dear);
    expect((await store.list()).map(({ id }) => id)).toEqual(['now', 'later']);
  });

  it('refuses a price that would start in the past, and a second one that starts at the same moment', async () => {
    const past = store.add({ ...price, id: 'past', validFrom: new Date(Date.now() - 60_000) }, anEvent());
    await expect(past).rejects.toMatchObject({
      code: 'request.invalid',
      facts: { issues: [{ path: 'validFrom', message: 'must not be in the past' }] },
    });
    const validFrom = new Date('2100-01-01T00:00:00Z');
    await store.add({ ...price, id: 'one', validFrom }, anEvent());
    const twice = store.add({ ...price, id: 'two', priceMicros: 1, validFrom }, anEvent());
    await expect(twice).rejects.toMatchObject({ code: 'request.invalid' });
    expect((await store.list()).find((each) => each.validFrom >= validFrom)?.id).toBe('one');
  });

  it('lets nobody change or remove a price, or date it back', async () => {
    await expect(asDirectory('UPDATE prices SET price_micros = 0')).rejects.toThrow('permission denied');
    await expect(asDirectory('DELETE FROM prices')).rejects.toThrow('permission denied');
    const backdated = `INSERT INTO prices VALUES ('x', 'embed', '', 1, 1, 'EUR', '2020-01-01', '2020-01-01')`;
    await expect(asDirectory(backdated)).rejects.toThrow('permission denied');
  });
});
