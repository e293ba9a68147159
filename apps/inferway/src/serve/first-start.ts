import { z } from 'zod';
import type { Administration } from '#core';
import { StartupError } from '#process';
import { createFirstKeys } from './first-keys.js';
import type { Home } from './home.js';

const credentials = z.object({
  url: z.string(),
  tenantId: z.string(),
  apiKey: z.string(),
  adminKey: z.string(),
});
export type Credentials = z.infer<typeof credentials>;

/**
 * The tenant and keys that a new installation starts with. They are shown once and kept, readable by the owner only,
 * in `credentials.json`; later starts read them back and only bring the address up to date.
 */
export async function firstStart(
  home: Home,
  administration: Administration,
  url: string,
): Promise<Credentials> {
  const known = await readCredentials(home);
  const current = known === undefined ? await createCredentials(administration, url) : { ...known, url };
  await home.writeSecret(home.credentials, `${JSON.stringify(current, null, 2)}\n`);
  return current;
}

async function createCredentials(administration: Administration, url: string): Promise<Credentials> {
  return { url, ...(await createFirstKeys(administration)) };
}

async function readCredentials(home: Home): Promise<Credentials | undefined> {
  const text = await home.readSecret(home.credentials);
  if (text === undefined) return undefined;
  try {
    return credentials.parse(JSON.parse(text.toString()));
  } catch {
    throw new StartupError(
      `${home.credentials} is damaged: restore it, or remove it to get a new tenant with new keys at the next start.`,
    );
  }
}
