import { z } from 'zod';

/** Which models run on a server elsewhere, and what they are called there. */
export interface RemoteModelRule {
  /** A model's name, with `*` for any characters. */
  pattern: string;
  /** The server's address without `/v2`. */
  server: string;
  /** Path of the model on the server, where its name there is another one; `/v2/models/NAME[/versions/V]`. */
  path?: string;
}

const modelPath = /\/v2\/models\/[A-Za-z0-9._-]+(\/versions\/[A-Za-z0-9._-]+)?$/;

const rule = z
  .string()
  .regex(/^[A-Za-z0-9._*-]+=/, 'must be NAME=URL, separated by commas')
  .transform((text) => {
    const at = text.indexOf('=');
    return { pattern: text.slice(0, at), url: text.slice(at + 1).replace(/\/+$/, '') };
  })
  .refine(
    ({ url }) => z.url({ protocol: /^https?$/ }).safeParse(url).success,
    'must be NAME=URL with an http:// or https:// URL',
  )
  .refine(({ url }) => !/[?#@]/.test(url), 'an address has no user, query or fragment')
  .refine(
    ({ pattern, url }) => !(pattern.includes('*') && modelPath.test(url)),
    'a pattern cannot stand for one model of a server',
  )
  .transform(({ pattern, url }): RemoteModelRule => {
    const path = modelPath.exec(url)?.[0];
    return path === undefined
      ? { pattern, server: url }
      : { pattern, server: url.slice(0, -path.length), path };
  });

/** `minilm-l6=http://triton:8000,qa-*=http://kserve/v2/models/reader/versions/3` */
export const remoteModels = z
  .string()
  .transform((text) => text.split(',').map((each) => each.trim()))
  .pipe(z.array(rule));
