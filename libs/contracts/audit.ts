import { z } from 'zod';

/** What an operator did: one row of the audit log. */
export const auditView = z
  .object({
    id: z.int().describe('1, 2, 3 and so on, without gaps'),
    at: z.iso.datetime(),
    actor: z
      .string()
      .describe('`key:<id>` over the API, `cli:<user>` on the command line, `system` for a first start'),
    action: z.string().describe('such as `key.create`'),
    target: z.string().describe('id of what it was done to'),
    address: z.string().nullable().describe('of the client, over the API'),
    requestId: z.string().nullable(),
    details: z.record(z.string(), z.unknown()).describe('what was asked for; never a secret'),
    hash: z.string().describe('SHA-256, in hex, of this row and the hash of the row before'),
  })
  .meta({ id: 'AuditEntry' });
export type AuditView = z.output<typeof auditView>;
