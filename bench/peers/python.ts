import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

/** Runs a script of this folder with JSON on stdin; answers the JSON it prints. @throws when it fails. */
export async function runPython(
  packages: string,
  script: string,
  args: readonly string[],
  input: unknown,
): Promise<unknown> {
  const child = spawn('python3', [`bench/peers/${script}`, ...args], {
    env: { ...process.env, PYTHONPATH: packages },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  child.stdin.end(JSON.stringify(input));
  const output = await text(child.stdout);
  if ((await ended) !== 0) throw new Error(`${script} failed`);
  return JSON.parse(output);
}
