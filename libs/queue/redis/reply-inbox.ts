import type { Redis } from 'ioredis';
import { replyChannel } from './queue-keys.js';

/** Ends the id in a message; ids have none. */
const newline = 0x0a;

/**
 * The channel on which a gateway hears the replies to its jobs. Redis does not keep what is published while a
 * connection is down: `onResumed` is the moment to ask for what was missed.
 */
export class ReplyInbox {
  private constructor(private readonly redis: Redis) {}

  /** @param redis a connection of its own: a subscribed one takes no other command */
  static async open(
    redis: Redis,
    gatewayId: string,
    listener: { onReply(id: string, sealed: Buffer): void; onResumed(): void },
  ): Promise<ReplyInbox> {
    redis.on('messageBuffer', (_channel: Buffer, message: Buffer) => {
      const end = message.indexOf(newline);
      listener.onReply(message.subarray(0, end).toString(), message.subarray(end + 1));
    });
    await redis.subscribe(replyChannel(gatewayId));
    // After the first one: the client subscribes again by itself whenever it has reconnected.
    redis.on('ready', () => listener.onResumed());
    return new ReplyInbox(redis);
  }

  close(): void {
    this.redis.disconnect();
  }
}
