import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { loadServeConfig } from '#config';
import type { Credentials } from '../serve/first-start.js';

const answerTimeoutMs = 30_000;

export function registerDemo(program: Command): void {
  program
    .command('demo')
    .description(
      'Start a throw-away server, ask it one of everything over REST and GraphQL, print the answers',
    )
    .option('--photo <file>', 'photo to classify', 'test/assets/cat.jpg')
    .action(async ({ photo }: { photo: string }) => {
      const home = await mkdtemp(join(tmpdir(), 'inferway-demo-'));
      try {
        const config = loadServeConfig();
        const http = { ...config.http, host: '127.0.0.1', port: 0 };
        const { serve } = await import('../serve/serve.js');
        const server = await serve({ ...config, home, http, logLevel: 'warn' });
        try {
          await tour(server.credentials, photo);
        } finally {
          await server.close();
        }
      } finally {
        await rm(home, { recursive: true, force: true });
      }
    });
}

async function tour(credentials: Credentials, photo: string): Promise<void> {
  const text = 'The weather is lovely today. Shall we go to the beach?';
  const translated = await post(credentials, '/v1/translate', { text, target: 'pt' }, translationReply);
  show('Translation', text, translated.translations[0]?.text ?? '', translated);

  const context =
    'You can return any order within 30 days of delivery. Refunds take three to five working days.';
  const question = 'How long does a refund take?';
  const answered = await post(credentials, '/v1/answer', { question, context }, answerReply);
  show('Answer', `${question}\n   in: ${context}`, answered.answers[0]?.text ?? '', answered);

  const image = (await readFile(photo)).toString('base64');
  const classified = await post(credentials, '/v1/images/classify', { image, topK: 3 }, labelReply);
  const labels = classified.labels.map(({ label, score }) => `${label} (${(100 * score).toFixed(0)} %)`);
  show('Photo', photo, labels.join(', '), classified);

  const query =
    '{ translate(text: ["Onde fica a farmácia?"], target: "en") { translations { text detectedSource } model } }';
  const { data } = await post(credentials, '/graphql', { query }, graphqlReply);
  const [first] = data.translate.translations;
  show('GraphQL', query, `${first?.text ?? ''}  (from ${first?.detectedSource ?? '?'})`, data.translate);
}

function show(title: string, asked: string, answer: string, { model }: { model: string }): void {
  process.stdout.write(`\n${title} · ${model}\n   ${asked}\n → ${answer}\n`);
}

const translations = z.array(z.object({ text: z.string(), detectedSource: z.string().optional() }));
const translationReply = z.object({ translations, model: z.string() });
const answerReply = z.object({ answers: z.array(z.object({ text: z.string() })), model: z.string() });
const labelReply = z.object({
  labels: z.array(z.object({ label: z.string(), score: z.number() })),
  model: z.string(),
});
const graphqlReply = z.object({ data: z.object({ translate: translationReply }) });

async function post<T>(
  { url, apiKey }: Credentials,
  path: string,
  body: unknown,
  reply: z.ZodType<T>,
): Promise<T> {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(answerTimeoutMs),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`);
  return reply.parse(JSON.parse(text));
}
