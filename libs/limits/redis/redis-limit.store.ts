import type { Redis } from 'ioredis';
import { z } from 'zod';
import { AppError } from '#kernel';
import { RedisScript, type ScriptArgument } from '#redis';
import {
  LimitStore,
  type Claim,
  type Claimed,
  type LastingHold,
  type Meter,
  type Settlement,
} from '../limit.store.js';
import { beginLoadScript, claimScript, finishLoadScript, settleScript } from './limit.lua.js';

/** A Redis that is up answers within a millisecond; work of other limits must not wait long for one that hangs. */
const answerWithinMs = 1_000;

const scripts = {
  claim: new RedisScript(claimScript),
  settle: new RedisScript(settleScript),
  beginLoad: new RedisScript(beginLoadScript),
  finishLoad: new RedisScript(finishLoadScript),
};

const text = z.custom<Buffer>((value) => Buffer.isBuffer(value)).transform(String);
const texts = z.array(text);

/** All keys of a tenant in one slot of a Redis Cluster. */
const prefixOf = (tenantId: string) => `inferway:limits:{${tenantId}}:`;

/**
 * The limits of a cluster: one script, and one round trip, whatever a claim has to meet.
 * @throws AppError `limits.unavailable` at once while the connection is down, else within a second
 */
export class RedisLimitStore extends LimitStore {
  /** @param redis connected; closed by whoever opened it */
  constructor(private readonly redis: Redis) {
    super();
  }

  override async claim(claim: Claim): Promise<Claimed> {
    const { tenantId, id, items, rate, concurrency, meters, holdMs, lasting, dryRun } = claim;
    const answer = texts.parse(
      await this.run(scripts.claim, tenantId, [
        ...[id, items, rate?.perSecond ?? '', rate?.burst ?? '', concurrency ?? ''],
        ...[Math.ceil(holdMs), lasting ? 'j' : 'r', dryRun ? 1 : 0],
        ...meters.flatMap(({ name, period, limit, amount }) => [name, period, limit, amount]),
      ]),
    );
    if (answer[0] === 'unknown') return { state: 'unknown', meters: answer.slice(1) };
    const number = (place: number) => Number(answer[place]);
    return {
      state: 'known',
      reading: {
        ...(answer[1] !== undefined && answer[1] !== '' && { refusedBy: answer[1] }),
        ...(rate !== undefined && { rate: { remaining: number(2), waitMs: number(3) } }),
        inWork: number(4),
        meters: meters.map(({ name }, i) => {
          const place = 5 + 3 * i;
          return { name, used: number(place), held: number(place + 1), ageMs: number(place + 2) };
        }),
      },
    };
  }

  override async settle(
    tenantId: string,
    id: string,
    { release, spent, returnedItems }: Settlement,
  ): Promise<void> {
    const released = release === 'all' ? [] : Object.entries(release);
    await this.run(scripts.settle, tenantId, [
      ...[id, returnedItems, release === 'all' ? 'all' : 'some', released.length],
      ...released.flat(),
      ...Object.entries(spent).flat(),
    ]);
  }

  override async beginLoad(tenantId: string, meter: string, takeOverMs: number): Promise<string | undefined> {
    return (
      text.nullable().parse(await this.run(scripts.beginLoad, tenantId, [meter, takeOverMs])) ?? undefined
    );
  }

  override async finishLoad(
    tenantId: string,
    load: string,
    {
      name,
      period,
      used,
      held,
    }: Pick<Meter, 'name' | 'period'> & { used: number; held: readonly LastingHold[] },
  ): Promise<void> {
    const jobs = held.flatMap(({ id, amount, expiresAt }) => [id, amount, expiresAt]);
    await this.run(scripts.finishLoad, tenantId, [name, load, period, used, ...jobs]);
  }

  /** The connection keeps commands until Redis is back, which is right for jobs and too late for a caller who waits. */
  private async run(
    script: RedisScript,
    tenantId: string,
    args: readonly ScriptArgument[],
  ): Promise<unknown> {
    if (this.redis.status !== 'ready') throw unavailable();
    const late = Promise.withResolvers<never>();
    // In halves, so that a process that was busy for longer sends and reads what waits for it before it gives up.
    let timer = setTimeout(() => {
      timer = setTimeout(() => late.reject(unavailable()), answerWithinMs / 2);
    }, answerWithinMs / 2);
    try {
      return await Promise.race([script.run(this.redis, prefixOf(tenantId), args), late.promise]);
    } catch (error) {
      throw error instanceof AppError ? error : unavailable(error);
    } finally {
      clearTimeout(timer);
    }
  }
}

function unavailable(cause?: unknown): AppError {
  return new AppError('limits.unavailable', { retryAfterS: 1 }, { cause });
}
