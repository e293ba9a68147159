import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { Caller } from './post.js';

const main = join('dist', 'apps', 'inferway', 'src', 'main.js');

/** A server, or a cluster with its gateways. */
export interface Installation {
  home: string;
  urls: readonly string[];
}

/** A new tenant, made as an operator makes one; its requests go to all gateways in turn. */
export async function createTenant(
  { home, urls }: Installation,
  name: string,
  weight: number,
): Promise<Caller> {
  const admin = async <T>(schema: z.ZodType<T>, ...args: string[]) => {
    const env = { ...process.env, INFERWAY_HOME: home };
    const { stdout } = await promisify(execFile)(process.execPath, [main, ...args, '--json'], { env });
    return schema.parse(JSON.parse(stdout));
  };
  const tenant = await admin(
    z.object({ id: z.string() }),
    ...['tenants', 'create', name, '--weight', String(weight)],
  );
  const key = await admin(z.object({ text: z.string() }), 'keys', 'create', tenant.id);
  let turn = 0;
  return {
    get url() {
      return urls[turn++ % urls.length] ?? '';
    },
    apiKey: key.text,
  };
}
