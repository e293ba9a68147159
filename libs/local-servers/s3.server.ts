import { end, launch } from './child-server.js';
import { freePort } from './free-port.js';
import { S3Access, type S3Credentials } from './s3-access.js';

/** A server that speaks S3, on a free port of the loopback interface: moto's, from the Python registry. It keeps all in memory. */
export interface S3Server {
  readonly url: string;
  createBucket(name: string): Promise<void>;
  /** From now on only whoever has these credentials may do something, and only this. */
  allowOnly(actions: readonly string[]): Promise<S3Credentials>;
  /** SIGKILL: every connection breaks, and what was kept is lost. */
  crash(): Promise<void>;
  /** Starts again on the same port, empty. */
  restart(): Promise<void>;
  /** Takes connections and does not answer, until `resume`. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

export async function startS3(): Promise<S3Server> {
  const packages = process.env['TEST_S3_PYTHONPATH'];
  if (packages === undefined) throw new Error('TEST_S3_PYTHONPATH is not set: run scripts/test.sh');
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const access = new S3Access(url);
  const start = () =>
    launch({
      command: 'python3',
      args: ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)],
      options: {
        env: {
          ...process.env,
          PYTHONPATH: packages,
          PYTHONDONTWRITEBYTECODE: '1',
          INITIAL_NO_AUTH_ACTION_COUNT: String(S3Access.unchecked),
        },
      },
      readyWords: 'Running on',
      port,
    });
  let server = await start();
  return {
    url,
    async createBucket(name) {
      const made = await fetch(`${url}/${name}`, { method: 'PUT' });
      if (!made.ok) throw new Error(`${name} was not made: ${await made.text()}`);
    },
    allowOnly: (actions) => access.allowOnly(actions),
    crash: () => end(server.child, 'SIGKILL'),
    async restart() {
      server = await start();
    },
    pause: () => void server.child.kill('SIGSTOP'),
    resume: () => void server.child.kill('SIGCONT'),
    async stop() {
      server.child.kill('SIGCONT');
      await end(server.child, 'SIGTERM');
    },
  };
}
