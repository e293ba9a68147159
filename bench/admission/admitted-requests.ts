import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { AuthenticateKey, type Admission } from '#core';
import { systemClock } from '#kernel';
import { MemoryLimitStore, PlanAdmission, RedisLimitStore, type LimitStore } from '#limits';
import { migrate, openDatabase, openDirectory, type Database } from '#persistence';
import { rateLimitHeaders } from '#transport';
import { limitedKey } from '../../libs/testing/limited-key.js';

/** Requests side by side: a busy gateway's, which share writes to Redis. */
const atOnce = 32;

/** Limits that are checked and never met. */
const generous = { ratePerSecond: 1e6, burst: 1e6, concurrency: 1e5, monthlyUnits: { translate: 1e12 } };

/** Requests that are admitted and settled, and nothing else. */
export class AdmittedRequests {
  private count = 0;

  private constructor(
    private readonly database: Database,
    private readonly folder: string,
    private readonly authenticate: AuthenticateKey,
    private readonly admissions: { memory: Admission; redis: Admission },
    private readonly keys: { limited: string; unlimited: string },
  ) {}

  static async open(redis: Redis): Promise<AdmittedRequests> {
    const folder = await mkdtemp(join(tmpdir(), 'inferway-admission-'));
    const database = await openDatabase({ dataDirectory: join(folder, 'database') });
    await migrate(database);
    const keys = {
      limited: await limitedKey(database, generous),
      unlimited: await limitedKey(database, {}),
    };
    const admissions = {
      memory: admissionOver(new MemoryLimitStore(systemClock)),
      redis: admissionOver(new RedisLimitStore(redis)),
    };
    const authenticate = new AuthenticateKey(openDirectory(database).keys, systemClock);
    return new AdmittedRequests(database, folder, authenticate, admissions, keys);
  }

  nothing(count: number): Promise<void> {
    return sideBySide(count, () => Promise.resolve());
  }

  unlimited(count: number): Promise<void> {
    return sideBySide(count, () => this.admit(this.keys.unlimited, this.admissions.redis));
  }

  inMemory(count: number): Promise<void> {
    return sideBySide(count, () => this.admit(this.keys.limited, this.admissions.memory));
  }

  inRedis(count: number): Promise<void> {
    return sideBySide(count, () => this.admit(this.keys.limited, this.admissions.redis));
  }

  async close(): Promise<void> {
    await this.database.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  private async admit(key: string, admission: Admission): Promise<void> {
    const principal = await this.authenticate.execute({
      text: key,
      address: '127.0.0.1',
      origin: undefined,
    });
    let headers = {};
    const demand = { id: `req_${this.count++}`, task: 'translate', items: 1, units: 80 };
    const grant = await admission.admit(principal, demand, 35_000, (standings) => {
      headers = rateLimitHeaders(standings);
    });
    grant.settle([{ model: 'translate-en-pt@1', units: 80 }]);
    if (admission.limits(principal) !== 'RateLimit' in headers)
      throw new Error('limits and headers disagree');
  }
}

function admissionOver(store: LimitStore): Admission {
  const fail = (error: unknown) => {
    throw error;
  };
  return new PlanAdmission({
    store,
    calendar: systemClock,
    read: () => Promise.resolve({ used: 0, held: [] }),
    unitOf: () => 'characters',
    prices: { current: () => Promise.resolve([]) },
    currency: 'EUR',
    withoutStore: 'refuse',
    observer: { onRefusal: fail, onLow: fail, onOutage: (_, error) => fail(error), onError: fail },
  });
}

async function sideBySide(count: number, request: () => Promise<void>): Promise<void> {
  let left = count;
  const one = async () => {
    while (left-- > 0) await request();
  };
  await Promise.all(Array.from({ length: atOnce }, one));
}
