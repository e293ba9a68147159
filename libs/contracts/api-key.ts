import { z } from 'zod';
import { isNetwork } from '#kernel';
import { isOrigin, notOrigin } from './plan.js';
import { displayName } from './tenant.js';
import { storedText } from './text.js';

/** What a key may do beside the tasks, whose ids are scopes too. `*` is everything that the key's role may do. */
export const fixedScopes = [
  '*',
  'jobs:read',
  'jobs:write',
  'webhooks:read',
  'webhooks:write',
  'usage:read',
  'inspection-profiles:read',
  'inspection-profiles:write',
  'inspect-image',
  'admin:read',
  'admin:write',
] as const;

/** How long both keys work after a rotation, in seconds, where nobody says. */
const defaultOverlapS = 86_400;
const maxOverlapS = 30 * 86_400;

const role = z.enum(['tenant', 'admin']).describe('`admin` keys administer the installation');
const scopes = z
  .array(z.string().max(64))
  .min(1)
  .max(50)
  .describe(
    'ids of tasks, `jobs:read`, `jobs:write`, `usage:read` and so on, or `*` for all that the role may do',
  );
const allowedOrigins = z
  .array(z.string().refine(isOrigin, notOrigin()))
  .max(100)
  .describe('pages of other origins, and programs without one, are refused; empty: no such rule');
const allowedNetworks = z
  .array(z.string().refine(isNetwork, 'must be an address or a network such as 10.0.0.0/8 or 2001:db8::/32'))
  .max(100)
  .describe('addresses and CIDR networks, IPv4 or IPv6, that may use the key; empty: all');

export const keyRequest = z.object({
  tenantId: storedText(64),
  name: displayName.default('unnamed').describe('what the key is for'),
  role: role.default('tenant'),
  scopes: scopes.default(['*']),
  allowedOrigins: allowedOrigins.default([]),
  allowedNetworks: allowedNetworks.default([]),
  expiresAt: z.iso.datetime({ offset: true }).nullable().default(null).describe('null: never'),
});
export type KeyRequest = z.output<typeof keyRequest>;

export const keyRotation = z.object({
  overlapS: z
    .int()
    .min(0)
    .max(maxOverlapS)
    .default(defaultOverlapS)
    .describe('how long the old key goes on working, in seconds'),
});

const time = () => z.iso.datetime().nullable();

export const keyView = z
  .object({
    id: z.string(),
    tenantId: z.string(),
    name: z.string(),
    role,
    scopes,
    allowedOrigins: z.array(z.string()),
    allowedNetworks: z.array(z.string()),
    createdAt: z.iso.datetime(),
    expiresAt: time(),
    revokedAt: time(),
    lastUsedAt: time().describe('late by up to a minute'),
    replacedBy: z.string().nullable().describe('id of the key that rotation made in its place'),
  })
  .meta({ id: 'ApiKey' });
export type KeyView = z.output<typeof keyView>;

/** A key that was just made: its text is shown here and never again. */
export const newKeyView = keyView.extend({ text: z.string() }).meta({ id: 'NewApiKey' });
export type NewKeyView = z.output<typeof newKeyView>;

export const keyQuery = z.object({ tenantId: storedText(64).exactOptional() });
