import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { precisionConfig, type ModelHandle } from '#inference';
import { end, freePort, launch, type ChildServer } from '#local-servers';

/** A model as Triton is to serve it. */
export interface TritonModel {
  model: ModelHandle;
  /** Its name there; that of the model by default. */
  name?: string;
  /** Most rows it takes at once; the manifest's bound by default. */
  maxBatch?: number;
}

/** NVIDIA's Triton with models of the pack, on a port of the loopback interface. */
export class TritonServer {
  private constructor(
    readonly url: string,
    private readonly folder: string,
    private readonly begin: () => Promise<ChildServer>,
    private server: ChildServer,
  ) {}

  /** @throws Error when it does not get ready, with the last lines that it wrote */
  static async start(models: readonly TritonModel[]): Promise<TritonServer> {
    const programs = setting('TEST_TRITON');
    const folder = await mkdtemp(join(tmpdir(), 'inferway-triton-'));
    for (const model of models) await writeModel(folder, model);
    const port = await freePort();
    const args = [
      ...['--model-repository', folder, '--backend-directory', join(programs, 'backends')],
      ...['--http-address', '127.0.0.1', '--http-port', String(port), '--exit-timeout-secs', '1'],
      ...['--allow-grpc', 'false', '--allow-metrics', 'false'],
    ];
    const env = {
      PATH: process.env['PATH'],
      PYTHONPATH: setting('TEST_PYTHONPATH'),
      PYTHONDONTWRITEBYTECODE: '1',
    };
    const begin = () =>
      launch({
        command: join(programs, 'bin', 'tritonserver'),
        args,
        options: { env },
        readyWords: 'Started HTTPService',
        port,
      });
    return new TritonServer(`http://127.0.0.1:${port}`, folder, begin, await begin());
  }

  /** SIGKILL: requests under way are cut. */
  async crash(): Promise<void> {
    await end(this.server.child, 'SIGKILL');
  }

  /** Starts again on the same port. */
  async restart(): Promise<void> {
    this.server = await this.begin();
  }

  async stop(): Promise<void> {
    await end(this.server.child, 'SIGTERM');
    await rm(this.folder, { recursive: true, force: true });
  }
}

const types = {
  float32: 'TYPE_FP32',
  int32: 'TYPE_INT32',
  int64: 'TYPE_INT64',
  int8: 'TYPE_INT8',
  uint8: 'TYPE_UINT8',
  bool: 'TYPE_BOOL',
} as const;

/** A folder of Triton's model repository: its configuration, and version 1 of the program that runs the graph. */
async function writeModel(
  folder: string,
  { model, name = model.name, maxBatch }: TritonModel,
): Promise<void> {
  const { graphs, variants, batching } = model.manifest;
  const { main } = graphs;
  const graph = variants['cpu']?.graphs['main'];
  if (main === undefined || graph === undefined) throw new Error(`${model.ref} has no graph for one pass`);
  const tensors = (specs: typeof main.inputs) =>
    specs
      .map(({ name: tensor, dtype, dims }) => {
        const sizes = dims.slice(1).map((dim) => (typeof dim === 'number' ? dim : -1));
        return `{ name: "${tensor}" data_type: ${types[dtype]} dims: [ ${sizes.join(', ')} ] }`;
      })
      .join(', ');
  const config = [
    `name: "${name}"`,
    'backend: "python"',
    `max_batch_size: ${maxBatch ?? batching.maxBatch}`,
    `input [ ${tensors(main.inputs)} ]`,
    `output [ ${tensors(main.outputs)} ]`,
    parameter('graph', join(model.directory, graph)),
    // As engine hosts do: answers are compared to the last bit.
    parameter('session', JSON.stringify(precisionConfig(main.inputs))),
    'instance_group [ { kind: KIND_CPU } ]',
  ];
  await mkdir(join(folder, name, '1'), { recursive: true });
  await writeFile(join(folder, name, 'config.pbtxt'), config.join('\n'));
  await copyFile(join('libs', 'testing', 'onnx-graph.model.py'), join(folder, name, '1', 'model.py'));
}

function parameter(key: string, value: string): string {
  return `parameters { key: "${key}" value: { string_value: ${JSON.stringify(value)} } }`;
}

/** What scripts/test.sh fetched for tests. @throws Error when the tests were started another way */
function setting(name: 'TEST_TRITON' | 'TEST_PYTHONPATH'): string {
  const value = process.env[name];
  if (value === undefined)
    throw new Error(`${name} is not set: run scripts/test.sh with the name of this test`);
  return value;
}
