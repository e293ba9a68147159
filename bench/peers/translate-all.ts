import { z } from 'zod';
import { keepAlive, post, type Caller } from '../http/post.js';
import type { Pair } from './pairs.js';

const clients = 16;
const reply = z.object({ translations: z.tuple([z.object({ text: z.string() })]) });

/** Every line by a request of its own, in order. */
export async function translateAll(
  caller: Caller,
  { source, target }: Pair,
  lines: readonly string[],
): Promise<string[]> {
  const agent = keepAlive(clients);
  const found: string[] = [];
  let next = 0;
  const client = async () => {
    while (next < lines.length) {
      const index = next++;
      const body = Buffer.from(JSON.stringify({ text: lines[index], source, target }));
      const answer = reply.parse(JSON.parse(await post(agent, caller, '/v1/translate', body)));
      found[index] = answer.translations[0].text;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  agent.destroy();
  return found;
}
