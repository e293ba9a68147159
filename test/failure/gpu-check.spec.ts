import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import { modelsDirectory } from '#testing';

const main = join('dist', 'apps', 'inferway', 'src', 'main.js');

it('gpu-check ends with one line and exit code 69 where onnxruntime has no CUDA', async () => {
  const env = { ...process.env, INFERWAY_MODELS: modelsDirectory('minilm-l6'), NODE_OPTIONS: '' };
  await expect(promisify(execFile)(process.execPath, [main, 'gpu-check'], { env })).rejects.toMatchObject({
    code: 69,
    stdout: '',
    stderr: expect.stringMatching(/^inferway: CUDA cannot be used here \(.+\): the GPU check needs .+\n$/),
  });
}, 60_000);
