import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { loadServeConfig } from '#config';
import { ServerProcess } from '#testing';
import { keepAlive, post } from '../http/post.js';
import { pythonPackages } from '../python-packages.js';

/**
 * `npm run bench:detect -- --data DIR`: what the server finds in DIR/images, asked over HTTP, scored by
 * models/quality/detect_objects.py beside what the same graph finds in the same photos under Python.
 */
const { values } = parseArgs({ options: { data: { type: 'string' } } });
if (values.data === undefined) throw new Error('--data DIR: the folder that holds images and boxes');
const clients = 4;
/** What the quality script counts from; all that a request may get. */
const asked = { minScore: 0.05, maxDetections: 300 };

const reply = z.object({
  detections: z.array(
    z.object({
      label: z.string(),
      score: z.number(),
      box: z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() }),
    }),
  ),
});

const images = join(values.data, 'images');
const files = readdirSync(images).filter((name) => name.endsWith('.jpg'));
const server = await ServerProcess.start();
const folder = mkdtempSync(join(tmpdir(), 'inferway-detect-'));
try {
  const served = join(folder, 'served.json');
  writeFileSync(served, JSON.stringify(await detectAll()));
  const { models } = loadServeConfig().engines;
  const script = join('models', 'quality', 'detect_objects.py');
  const PYTHONPATH = `${pythonPackages('models/requirements-dev.txt')}:models`;
  execFileSync('python3', [script, '--models', models, '--data', values.data, '--served', served], {
    env: { ...process.env, PYTHONPATH },
    stdio: 'inherit',
  });
} finally {
  await server.stop();
  rmSync(folder, { recursive: true });
}

/** By file name. */
async function detectAll(): Promise<Record<string, z.infer<typeof reply>['detections']>> {
  const agent = keepAlive(clients);
  const found: Record<string, z.infer<typeof reply>['detections']> = {};
  const waiting = [...files];
  const client = async () => {
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      const image = readFileSync(join(images, name)).toString('base64');
      const body = Buffer.from(JSON.stringify({ image, ...asked }));
      found[name] = reply.parse(JSON.parse(await post(agent, server, '/v1/images/detect', body))).detections;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  agent.destroy();
  return found;
}
