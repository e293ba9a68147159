import { z } from 'zod';
import { invoiceMonth, newPrice } from '#contracts';
import {
  rollUpAll,
  type IssueInvoices,
  type ManageKeys,
  type ManagePrices,
  type UsageBooks,
  type VerifyBooks,
} from '#core';
import { AppError } from '#kernel';

/** What an operator works with. */
export interface AdminUseCases {
  keys: ManageKeys;
  prices: ManagePrices;
  books: UsageBooks;
  invoices: IssueInvoices;
  verify: VerifyBooks;
}

/**
 * What an operator can do to an installation, as data: the CLI runs these directly when it holds the database, and
 * through the admin socket when a server does. One definition, so both paths accept and answer the same.
 */
export function adminCommands({ keys, prices, books, invoices, verify }: AdminUseCases): AdminCommands {
  return {
    'tenants.create': command(
      z.object({
        name,
        weight: z.number().positive().max(1_000).optional(),
        retentionDays: z.int().min(1).max(3_650).optional(),
      }),
      (input) => keys.createTenant(input.name, input.weight, input.retentionDays),
    ),
    'tenants.list': command(z.object({}), () => keys.listTenants()),
    'keys.create': command(
      z.object({ tenantId: id, name, role: z.enum(['tenant', 'admin']).default('tenant') }),
      (input) => keys.createKey(input.tenantId, input.name, input.role),
    ),
    'keys.list': command(z.object({ tenantId: id.optional() }), (input) => keys.listKeys(input.tenantId)),
    'keys.revoke': command(z.object({ id }), async (input) => {
      await keys.revokeKey(input.id);
      return { id: input.id, revoked: true };
    }),
    'prices.list': command(z.object({}), () => prices.list()),
    'prices.set': command(newPrice, (input) => prices.set(input)),
    'metering.rollup': command(z.object({}), async () => {
      const folded = await rollUpAll(books, rollUpTurns);
      return { folded, closed: await invoices.closeMonths() };
    }),
    'metering.months': command(z.object({}), () => verify.months()),
    'metering.verifyDay': command(z.object({ day: z.iso.date() }), ({ day }) => verify.day(new Date(day))),
    'metering.verifyInvoices': command(z.object({ month: invoiceMonth }), ({ month }) =>
      verify.invoicesOf(month),
    ),
  };
}

export type AdminCommandName =
  | 'tenants.create'
  | 'tenants.list'
  | 'keys.create'
  | 'keys.list'
  | 'keys.revoke'
  | 'prices.list'
  | 'prices.set'
  | 'metering.rollup'
  | 'metering.months'
  | 'metering.verifyDay'
  | 'metering.verifyInvoices';

/** Takes unchecked input, answers something JSON can hold. @throws AppError `request.invalid` and what the use case throws */
export type AdminCommand = (input: unknown) => Promise<unknown>;
export type AdminCommands = Record<AdminCommandName, AdminCommand>;

/** Of one command, which must answer before the caller of the admin socket gives up. */
const rollUpTurns = 50;

const name = z.string().min(1).max(200);
const id = z.string().min(1).max(64);

function command<T extends z.ZodObject>(
  input: T,
  run: (input: z.output<T>) => Promise<unknown>,
): AdminCommand {
  return async (unchecked) => {
    const parsed = z.strictObject(input.shape).safeParse(unchecked);
    if (parsed.success) return run(parsed.data as z.output<T>);
    const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new AppError('request.invalid', { detail: problems.join('; ') });
  };
}
