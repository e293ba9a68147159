import type { Redis } from 'ioredis';
import { keyPrefix } from './queue-keys.js';

/** Replies that have arrived and need not be kept any longer: removed in groups, as nobody waits for that. */
export class ArrivedReplies {
  private readonly keys = new Map<string, string[]>();

  constructor(
    private readonly redis: Redis,
    private readonly onError: (error: unknown) => void,
  ) {}

  add(task: string, id: string): void {
    const keys = this.keys.get(task) ?? [];
    this.keys.set(task, keys);
    keys.push(`${keyPrefix(task)}reply:${id}`);
  }

  /** One command a task: its keys lie in one slot of a Redis Cluster. */
  forget(): void {
    const all = [...this.keys.values()];
    this.keys.clear();
    for (const keys of all) this.redis.unlink(keys).catch(this.onError);
  }
}
