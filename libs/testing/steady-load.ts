import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { ClusterProcess } from './cluster-process.js';

const sentences = z
  .array(z.string())
  .parse(JSON.parse(readFileSync('models/golden/translate/sentences.en.json', 'utf8')));
const reply = z.object({
  translations: z.tuple([z.object({ text: z.string() })]),
  usage: z.object({ amount: z.number() }),
});
const problem = z.object({ code: z.string(), retryable: z.boolean(), retryAfterS: z.number().optional() });
const usage = z.object({ usage: z.array(z.object({ task: z.string(), amount: z.number() })) });

const attemptTimeoutMs = 15_000;
const giveUpAfterMs = 90_000;
const deadlineMs = 8_000;
const pauseMs = 200;
const clients = 12;

export interface LoadReport {
  answered: number;
  /** Billed characters of all replies that clients received. */
  characters: number;
  /** Replies that were another text's translation. */
  crossed: string[];
  /** Refusals that a client may not retry, and requests given up. */
  lost: string[];
  /** Refusals that were retried, by code; `network` for broken connections. */
  retried: Record<string, number>;
  /** Longest time in which nobody was answered. */
  longestSilenceMs: number;
}

/** Translations of some texts, by text. */
export type AnswersInPeace = ReadonlyMap<string, string>;

/** Asks for one translation after the other while nothing is broken. They hold for as long as the models are the same. */
export async function askInPeace(cluster: ClusterProcess): Promise<AnswersInPeace> {
  const answers = new Map<string, string>();
  for (const text of sentences.slice(0, 60)) {
    const answer = await post(cluster, text, randomUUID());
    if (answer.kind !== 'answered') throw new Error(`not in peace: ${JSON.stringify(answer)}`);
    answers.set(text, answer.text);
  }
  return answers;
}

/**
 * Clients that translate, one text after another, and behave as the documentation asks: what may be retried is retried
 * under its Idempotency-Key, at any gateway. Every answer is compared with what the same text gave in peace.
 */
export class SteadyLoad {
  readonly report: LoadReport = {
    answered: 0,
    characters: 0,
    crossed: [],
    lost: [],
    retried: {},
    longestSilenceMs: 0,
  };
  private readonly clients: Promise<void>[];
  private lastAnswerAt = performance.now();
  private stopping = false;

  /** Its clients begin at once. */
  constructor(
    private readonly cluster: ClusterProcess,
    private readonly expected: AnswersInPeace,
  ) {
    this.clients = Array.from({ length: clients }, (_, client) => this.run(client));
  }

  async stop(): Promise<LoadReport> {
    this.stopping = true;
    await Promise.all(this.clients);
    return this.report;
  }

  /** Resolves when `count` more requests have been answered. */
  async answered(count: number): Promise<void> {
    const wanted = this.report.answered + count;
    await this.cluster.until(`${count} more are answered`, () => this.report.answered >= wanted);
  }

  private async run(client: number): Promise<void> {
    const texts = [...this.expected.keys()];
    for (let i = client; !this.stopping; i += 7) await this.ask(texts[i % texts.length] ?? '');
  }

  private async ask(text: string): Promise<void> {
    const key = randomUUID();
    const giveUpAt = performance.now() + giveUpAfterMs;
    while (performance.now() < giveUpAt) {
      const answer = await post(this.cluster, text, key);
      if (answer.kind === 'answered') {
        this.onAnswer(text, answer);
        return;
      }
      if (!answer.retryable) {
        this.report.lost.push(answer.code);
        return;
      }
      this.report.retried[answer.code] = (this.report.retried[answer.code] ?? 0) + 1;
      await sleep(Math.max(pauseMs, 1_000 * (answer.retryAfterS ?? 0)));
    }
    this.report.lost.push(`given up: ${text}`);
  }

  private onAnswer(text: string, answer: { text: string; amount: number }): void {
    const now = performance.now();
    const { report } = this;
    report.answered++;
    report.characters += answer.amount;
    report.longestSilenceMs = Math.max(report.longestSilenceMs, now - this.lastAnswerAt);
    this.lastAnswerAt = now;
    if (answer.text !== this.expected.get(text)) report.crossed.push(`${text} → ${answer.text}`);
  }
}

/** What the meter holds of the translations of the cluster's tenant: all that the load asks for. */
export async function meteredCharacters(cluster: ClusterProcess): Promise<number> {
  const { urls, apiKey } = cluster.description;
  const response = await fetch(`${urls[0] ?? ''}/v1/usage`, {
    headers: { authorization: `Bearer ${apiKey}` },
  });
  const rows = usage.parse(await response.json()).usage.filter(({ task }) => task === 'translate');
  return rows.reduce((sum, { amount }) => sum + amount, 0);
}

type Answer =
  | { kind: 'answered'; text: string; amount: number }
  | { kind: 'refused'; code: string; retryable: boolean; retryAfterS?: number | undefined };

let turn = 0;

async function post(cluster: ClusterProcess, text: string, key: string): Promise<Answer> {
  const { urls, apiKey } = cluster.description;
  const url = urls[turn++ % urls.length] ?? '';
  try {
    const response = await fetch(`${url}/v1/translate`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${apiKey}`,
        'content-type': 'application/json',
        'idempotency-key': key,
        'x-deadline-ms': String(deadlineMs),
      },
      body: JSON.stringify({ text, source: 'en', target: 'pt' }),
      signal: AbortSignal.timeout(attemptTimeoutMs),
    });
    const body: unknown = await response.json();
    if (!response.ok) return { kind: 'refused', ...problem.parse(body) };
    const { translations, usage } = reply.parse(body);
    return { kind: 'answered', text: translations[0].text, amount: usage.amount };
  } catch {
    return { kind: 'refused', code: 'network', retryable: true };
  }
}
