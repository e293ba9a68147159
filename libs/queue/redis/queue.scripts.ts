import type { Redis } from 'ioredis';
import { z } from 'zod';
import { RedisScript, type ScriptArgument } from '#redis';
import type { Parcel } from './parcel.js';
import { keyPrefix } from './queue-keys.js';
import {
  cancelScript,
  claimScript,
  handBackScript,
  probeScript,
  settleScript,
  submitScript,
} from './scripts/queue.lua.js';
import { beatScript, surveyScript } from './scripts/workers.lua.js';

/** What a task's queue may hold. */
export interface QueueLimits {
  /** Predicted engine time that may wait, for each engine that serves the task; beyond it callers are told when to come back. */
  maxWaitingMs: number;
  /** Bytes of payloads that may lie in Redis. */
  maxPayloadBytes: number;
}

export interface Entry {
  id: string;
  tenantId: string;
  weight: number;
  lane: 'interactive' | 'bulk';
  costMs: number;
  /** By Redis's clock. */
  deadlineAt: number;
  gatewayId: string;
  /** Or what finds it in the payload store. */
  payload: Buffer;
  /** Of the payload, wherever it lies. */
  bytes: number;
}

export type Submitted =
  | { state: 'ok' }
  | { state: 'backlog'; limitMs: number; retryAfterS: number }
  | { state: 'deadline'; leftMs: number; retryAfterS: number }
  | { state: 'bytes'; limit: number };

/** What became of an entry that was to be taken; `alone`: it is to be handed over by itself. */
export type Claimed =
  { state: 'taken'; id: string; payload: Buffer; claims: number } | { state: 'alone' | 'gone'; id: string };

/** What an entry's end is told with. */
export interface Settled {
  id: string;
  tookMs: number;
  reply: Buffer;
  keepMs: number;
}

export type Probed = { state: 'replied'; reply: Buffer } | { state: 'known' | 'unknown' };

export interface Survey {
  waitingJobs: number;
  waitingMs: number;
  registrations: string[];
}

const scripts = {
  submit: new RedisScript(submitScript),
  claim: new RedisScript(claimScript),
  settle: new RedisScript(settleScript),
  handBack: new RedisScript(handBackScript),
  cancel: new RedisScript(cancelScript),
  probe: new RedisScript(probeScript),
  beat: new RedisScript(beatScript),
  survey: new RedisScript(surveyScript),
};

const buffer = z.custom<Buffer>((value) => Buffer.isBuffer(value));
const text = buffer.transform((value) => value.toString());
const texts = z.array(text);
const parcels = z.array(text.transform((ids): Parcel => ids.split('\n')));
const submitted = z.array(z.array(buffer));
const claimed = z.array(z.union([z.tuple([buffer, z.number()]), z.literal(1), z.null()]));
const probed = z.array(z.union([buffer, z.number()]));

/**
 * The queue's Lua scripts as methods: one atomic step and one round trip each. Released parcels are to be handed to BullMQ.
 * `windowMs`: predicted engine time that may be released and not answered, for each engine that serves the task.
 */
export class QueueScripts {
  constructor(
    private readonly redis: Redis,
    private readonly windowMs: number,
  ) {}

  async submit(
    task: string,
    entries: readonly Entry[],
    { maxWaitingMs, maxPayloadBytes }: QueueLimits,
  ): Promise<{ answers: Submitted[]; released: Parcel[] }> {
    const args = [this.windowMs, maxWaitingMs, maxPayloadBytes, ...entries.flatMap(toArguments)];
    const found = submitted.parse(await scripts.submit.run(this.redis, keyPrefix(task), args));
    return { answers: found.slice(0, -1).map(toSubmitted), released: parcels.parse(found.at(-1)) };
  }

  /** @param carrier id of the job of BullMQ that brought them */
  async claim(task: string, carrier: string, ids: Parcel): Promise<Claimed[]> {
    const found = claimed.parse(await scripts.claim.run(this.redis, keyPrefix(task), [carrier, ...ids]));
    return ids.map((id, i) => {
      const each = found[i] ?? null;
      if (each === null) return { state: 'gone', id };
      return each === 1 ? { state: 'alone', id } : { state: 'taken', id, payload: each[0], claims: each[1] };
    });
  }

  async settle(task: string, settled: readonly Settled[]): Promise<Parcel[]> {
    const ends = settled.flatMap(({ id, tookMs, reply, keepMs }) => [id, tookMs, reply, Math.ceil(keepMs)]);
    const answer = await scripts.settle.run(this.redis, keyPrefix(task), [this.windowMs, ...ends]);
    return parcels.parse(answer);
  }

  async handBack(task: string, id: string): Promise<void> {
    await scripts.handBack.run(this.redis, keyPrefix(task), [id]);
  }

  async cancel(task: string, id: string): Promise<Parcel[]> {
    return parcels.parse(await scripts.cancel.run(this.redis, keyPrefix(task), [id, this.windowMs]));
  }

  async probe(task: string, ids: readonly string[]): Promise<Probed[]> {
    const found = probed.parse(await scripts.probe.run(this.redis, keyPrefix(task), ids));
    return found.map((value) =>
      typeof value === 'number'
        ? { state: value === 1 ? 'known' : 'unknown' }
        : { state: 'replied', reply: value },
    );
  }

  /** @param engines 0 takes the worker out */
  async beat(
    task: string,
    worker: { id: string; engines: number; registration: string; ttlMs: number },
  ): Promise<Parcel[]> {
    const { id, engines, registration, ttlMs } = worker;
    const args = [id, engines, registration, ttlMs, this.windowMs];
    return parcels.parse(await scripts.beat.run(this.redis, keyPrefix(task), args));
  }

  async survey(task: string): Promise<Survey> {
    const [waitingJobs, waitingMs, ...registrations] = texts.parse(
      await scripts.survey.run(this.redis, keyPrefix(task), []),
    );
    return { waitingJobs: Number(waitingJobs), waitingMs: Number(waitingMs), registrations };
  }
}

function toArguments(entry: Entry): ScriptArgument[] {
  const { id, tenantId, weight, lane, costMs, deadlineAt, gatewayId, payload, bytes } = entry;
  return [id, tenantId, weight, lane, costMs, deadlineAt, gatewayId, payload, bytes];
}

function toSubmitted(answer: readonly Buffer[]): Submitted {
  const [state, ...rest] = answer.map(String);
  const [limit = 0, retryAfterS = 1] = rest.map(Number);
  if (state === 'ok') return { state };
  if (state === 'bytes') return { state, limit };
  return state === 'deadline'
    ? { state, leftMs: limit, retryAfterS }
    : { state: 'backlog', limitMs: limit, retryAfterS };
}
