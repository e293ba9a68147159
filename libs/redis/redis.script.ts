import { createHash } from 'node:crypto';
import { Command, type Redis } from 'ioredis';

export type ScriptArgument = string | number | Buffer;

/** A Lua script of one key, the prefix of all that it touches: sent whole once, by its hash after that. */
export class RedisScript {
  private readonly sha: string;

  constructor(private readonly lua: string) {
    this.sha = createHash('sha1').update(lua).digest('hex');
  }

  /** Buffers in place of strings: payloads are binary. */
  async run(redis: Redis, prefix: string, args: readonly ScriptArgument[]): Promise<unknown> {
    try {
      return await send(redis, 'evalsha', [this.sha, 1, prefix, ...args]);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return send(redis, 'eval', [this.lua, 1, prefix, ...args]);
    }
  }
}

/**
 * What one turn of the event loop sends leaves in one write, BullMQ's commands included: a write is a system call, the
 * largest single cost of a job in gateway and worker. The client's own pipelining passes scripts by.
 */
function coalesceWrites(redis: Redis): void {
  if (redis.status !== 'ready' || redis.stream.writableCorked > 0) return;
  const { stream } = redis;
  stream.cork();
  setImmediate(() => stream.uncork());
}

/** By hand, as the client's typed methods decode every reply as text. */
function send(redis: Redis, name: string, args: readonly ScriptArgument[]): Promise<unknown> {
  coalesceWrites(redis);
  const command = new Command(name, [...args], { replyEncoding: null });
  return Promise.resolve(redis.sendCommand(command));
}
