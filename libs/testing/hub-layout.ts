import { execFile, type ExecFileOptions } from 'node:child_process';

/** Python with numpy, onnx, onnxruntime and tokenizers, as scripts/fetch-test-data.sh installs them. */
const env = {
  ...process.env,
  PYTHONPATH: process.env['TEST_PYTHONPATH'] ?? 'models',
  PYTHONDONTWRITEBYTECODE: '1',
};

export type HubLayoutKind = 'marian' | 'm2m' | 'embed' | 'answer';

/** Writes a small random model in the hub's layout. */
export async function writeHubLayout(kind: HubLayoutKind, folder: string, ...flags: string[]): Promise<void> {
  await python(['-m', 'hublayout', kind, '--out', folder, ...flags]);
}

/** What Python's own loop answers, a text at a time. */
export async function referenceAnswers(
  folder: string,
  texts: readonly string[],
  ...flags: string[]
): Promise<unknown> {
  return JSON.parse(await python(['-m', 'hublayout.reference', folder, ...flags], JSON.stringify(texts)));
}

function python(args: string[], input?: string): Promise<string> {
  const options: ExecFileOptions = { env, maxBuffer: 64e6, timeout: 120_000 };
  return new Promise((resolve, reject) => {
    const child = execFile('python3', args, options, (error, stdout, stderr) => {
      if (error === null) resolve(String(stdout));
      else reject(new Error(`python3 ${args.join(' ')}: ${String(stderr)}`, { cause: error }));
    });
    child.stdin?.end(input ?? '');
  });
}
