import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { ServerProcess } from '#testing';
import { goalLines, type Goal } from '../goals/goal.js';
import { keepAlive, post } from '../http/post.js';
import { provenance } from '../provenance.js';
import { squadScore } from './squad-metric.js';

/**
 * `npm run bench:answer -- --data DIR [--out FILE.json]`: EM and F1 of the reader, asked over HTTP, on the answerable
 * questions of DIR/eval.jsonl.gz, a question a line: {question, context, answers: [text, ...]}.
 */
const { values } = parseArgs({ options: { data: { type: 'string' }, out: { type: 'string' } } });
if (values.data === undefined) throw new Error('--data DIR: the folder that holds eval.jsonl.gz');
const clients = 8;
const goalF1 = 77.7;

const questionLine = z.object({ question: z.string(), context: z.string(), answers: z.array(z.string()) });
const reply = z.object({ answers: z.array(z.object({ text: z.string() })) });

const questions = gunzipSync(readFileSync(join(values.data, 'eval.jsonl.gz')))
  .toString()
  .trimEnd()
  .split('\n')
  .map((line) => questionLine.parse(JSON.parse(line)))
  .filter(({ answers }) => answers.length > 0);

const server = await ServerProcess.start();
const scores = await scoreAll();
await server.stop();

const percent = (numbers: readonly number[]) => (100 * numbers.reduce((a, b) => a + b, 0)) / numbers.length;
const goal: Goal = {
  name: 'F1 of the reader over HTTP',
  value: percent(scores.map(({ f1 }) => f1)),
  unit: '%',
  atLeast: goalF1,
  facts: { exactMatch: percent(scores.map(({ exact }) => exact)), questions: questions.length },
};
process.stdout.write(`${goalLines([goal])}\n`);
process.stdout.write(
  `exact match ${goal.facts?.['exactMatch']?.toFixed(2)} %, ${questions.length} questions\n`,
);
if (values.out !== undefined)
  writeFileSync(values.out, `${JSON.stringify({ ...provenance(), goals: [goal] }, null, 2)}\n`);

async function scoreAll() {
  const agent = keepAlive(clients);
  const found: ReturnType<typeof squadScore>[] = [];
  let next = 0;
  const client = async () => {
    for (let asked = questions[next++]; asked !== undefined; asked = questions[next++]) {
      const { question, context, answers } = asked;
      const body = Buffer.from(JSON.stringify({ question, context }));
      const [best] = reply.parse(JSON.parse(await post(agent, server, '/v1/answer', body))).answers;
      found.push(squadScore(best?.text ?? '', answers));
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  agent.destroy();
  return found;
}
