import { z } from 'zod';
import type { ServerProcess } from '#testing';

const timeoutMs = 30_000;
const translated = z.object({ usage: z.object({ amount: z.number() }) });
const report = z.object({ usage: z.array(z.object({ task: z.string(), amount: z.number() })) });

/** Billed characters of one translation. @throws when the server is gone or refuses */
export async function ask(server: ServerProcess, text: string): Promise<number> {
  const response = await fetch(`${server.url}/v1/translate`, {
    method: 'POST',
    headers: { ...authorization(server), 'content-type': 'application/json' },
    body: JSON.stringify({ text, source: 'en', target: 'pt' }),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const body = await response.text();
  if (!response.ok) throw new Error(`${response.status}: ${body}`);
  return translated.parse(JSON.parse(body)).usage.amount;
}

/** What the meter holds for the tenant. */
export async function usedCharacters(server: ServerProcess): Promise<number> {
  const response = await fetch(`${server.url}/v1/usage`, { headers: authorization(server) });
  const { usage } = report.parse(await response.json());
  return usage.reduce((sum, { amount }) => sum + amount, 0);
}

function authorization({ apiKey }: ServerProcess) {
  return { authorization: `Bearer ${apiKey}` };
}
