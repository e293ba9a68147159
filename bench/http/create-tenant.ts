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

/** What a tenant differs in from others; by default in nothing. */
export interface TenantSettings {
  weight?: number;
  /** Its plan: items a second, and at once. */
  rate?: { perSecond: number; burst: number };
}

export interface Tenant extends Caller {
  urls: readonly string[];
}

/** A new tenant, made as an operator makes one; its requests go to all gateways in turn. */
export async function createTenant(
  { home, urls }: Installation,
  name: string,
  { weight = 1, rate }: TenantSettings = {},
): Promise<Tenant> {
  const admin = async <T>(schema: z.ZodType<T>, ...args: string[]) => {
    const env = { ...process.env, INFERWAY_HOME: home };
    const { stdout } = await promisify(execFile)(process.execPath, [main, ...args, '--json'], { env });
    return schema.parse(JSON.parse(stdout));
  };
  const identified = z.object({ id: z.string() });
  const settings = ['--weight', String(weight)];
  if (rate !== undefined) {
    const bounds = ['--rate', String(rate.perSecond), '--burst', String(rate.burst)];
    const plan = await admin(identified, 'plans', 'create', name, ...bounds);
    settings.push('--plan', plan.id);
  }
  const tenant = await admin(identified, 'tenants', 'create', name, ...settings);
  const key = await admin(z.object({ text: z.string() }), 'keys', 'create', tenant.id);
  return askInTurn(urls, key.text);
}

/** Every request goes to the next of the gateways. */
export function askInTurn(urls: readonly string[], apiKey: string): Tenant {
  let turn = 0;
  return {
    urls,
    apiKey,
    get url() {
      return urls[turn++ % urls.length] ?? '';
    },
  };
}
