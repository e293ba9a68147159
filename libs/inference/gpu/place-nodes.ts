import { fork } from 'node:child_process';
import { z } from 'zod';
import { ownProgram } from '../own-program.js';
import { parsePlacement, type Placement } from './parse-placement.js';

const answer = z.union([
  z.object({ opened: z.literal(true) }),
  z.object({ opened: z.literal(false), reason: z.string() }),
]);
const timeoutMs = 300_000;
const maxLogLength = 50_000_000;

/**
 * Where onnxruntime puts the operators of a graph file.
 * @param provider `cpu`, `cuda`
 * @throws Error with onnxruntime's words when it cannot open the file there: without CUDA's libraries, for example
 */
export async function placeNodes(path: string, provider: string): Promise<Placement[]> {
  const { path: program, execArgv } = ownProgram('engine/place-nodes.main');
  const child = fork(program, [], {
    execArgv,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  let log = '';
  child.stderr?.on('data', (chunk) => {
    if (log.length < maxLogLength) log += String(chunk);
  });
  let message: unknown;
  child.once('message', (given) => {
    message = given;
  });
  child.send({ path, provider });
  // The log is whole only when the process has gone and its pipe has closed.
  const how = await new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(signal ?? `code ${code ?? '?'}`));
  });
  const parsed = answer.safeParse(message);
  if (!parsed.success) throw new Error(`onnxruntime ended with ${how}`);
  if (!parsed.data.opened) throw new Error(parsed.data.reason);
  return parsePlacement(log);
}
