import { z } from 'zod';
import {
  bookMonth,
  invoiceMonth,
  keyRequest,
  keyRotation,
  newPrice,
  pageQuery,
  planChange,
  planRequest,
  tenantChange,
  tenantRequest,
} from '#contracts';
import {
  rollUpAll,
  type Administration,
  type DropUsage,
  type ExportUsage,
  type IssueInvoices,
  type ManagePrices,
  type Operator,
  type ShowInvoice,
  type UsageBooks,
  type VerifyBooks,
} from '#core';
import { AppError } from '#kernel';

/** What an operator works with. */
export interface AdminUseCases {
  administration: Administration;
  prices: ManagePrices;
  books: UsageBooks;
  invoices: IssueInvoices;
  showInvoice: ShowInvoice;
  verify: VerifyBooks;
  drop: DropUsage;
  /** Whoever runs the command line. */
  operator: Operator;
  events: ExportUsage;
}

/** Of one command, which must answer before the caller of the admin socket gives up. */
const rollUpTurns = 50;

const id = z.object({ id: z.string().min(1).max(64) });
const keyPage = pageQuery.extend({ tenantId: z.string().max(64).exactOptional() });

/**
 * What an operator can do to an installation, as data: the CLI runs these directly when it holds the database, and
 * through the admin socket when a server does. One definition, so both paths accept and answer the same.
 */
export function adminCommands({ administration, operator, ...metering }: AdminUseCases) {
  const { tenants, keys, plans, audit } = administration;
  const { prices, books, invoices, showInvoice, verify, drop, events } = metering;
  return {
    'tenants.create': command(tenantRequest, (input) => tenants.create(operator, input)),
    'tenants.list': command(pageQuery, (page) => tenants.list(page)),
    'tenants.show': command(id, (input) => tenants.find(input.id)),
    'tenants.change': command(id.extend(tenantChange.shape), ({ id: tenant, ...change }) =>
      tenants.change(operator, tenant, change),
    ),
    'tenants.suspend': command(id, (input) => tenants.suspend(operator, input.id)),
    'tenants.resume': command(id, (input) => tenants.resume(operator, input.id)),
    'tenants.delete': command(id, (input) => tenants.erase(operator, input.id)),
    'keys.create': command(keyRequest, (input) => keys.create(operator, input)),
    'keys.list': command(keyPage, ({ tenantId, ...page }) => keys.list(page, tenantId)),
    'keys.show': command(id, (input) => keys.find(input.id)),
    'keys.rotate': command(id.extend(keyRotation.shape), (input) =>
      keys.rotate(operator, input.id, input.overlapS),
    ),
    'keys.revoke': command(id, (input) => keys.revoke(operator, input.id)),
    'plans.create': command(planRequest, (input) => plans.create(operator, input)),
    'plans.list': command(z.object({}), () => plans.list()),
    'plans.show': command(id, (input) => plans.find(input.id)),
    'plans.change': command(id.extend(planChange.shape), ({ id: plan, ...change }) =>
      plans.change(operator, plan, change),
    ),
    'plans.delete': command(id, async (input) => {
      await plans.remove(operator, input.id);
      return { id: input.id, deleted: true };
    }),
    'audit.list': command(pageQuery, (page) => audit.list(page)),
    'audit.verify': command(z.object({}), () => audit.verify()),
    'prices.list': command(z.object({}), () => prices.list()),
    'prices.set': command(newPrice, (input) => prices.set(operator, input)),
    'invoices.show': command(id.extend({ month: invoiceMonth }), ({ id: tenant, month }) =>
      showInvoice.execute(tenant, month),
    ),
    'metering.rollup': command(z.object({}), async () => {
      const folded = await rollUpAll(books, rollUpTurns);
      return { folded, ...(await invoices.closeMonths()), dropped: await drop.execute() };
    }),
    'metering.months': command(z.object({ last: z.int().min(1).max(1_200).optional() }), ({ last }) =>
      verify.months(last),
    ),
    'metering.verifyDay': command(z.object({ day: z.iso.date() }), ({ day }) => verify.day(new Date(day))),
    'metering.tenants': command(z.object({}), () => events.tenants()),
    'metering.export': command(
      z.object({
        tenantId: z.string().min(1).max(64),
        from: z.iso.date(),
        to: z.iso.date(),
        cursor: z.string().max(1_024).optional(),
      }),
      ({ tenantId, from, to, cursor }) => events.page(tenantId, new Date(from), new Date(to), cursor),
    ),
    'metering.dropped': command(z.object({}), () => verify.dropped()),
    'metering.verifyDropped': command(z.object({ month: bookMonth }), ({ month }) => verify.droppedOf(month)),
    'metering.verifyInvoices': command(z.object({ month: bookMonth }), ({ month }) =>
      verify.invoicesOf(month),
    ),
  };
}

/** Takes unchecked input, answers something JSON can hold. @throws AppError `request.invalid` and what the use case throws */
export type AdminCommand = (input: unknown) => Promise<unknown>;
export type AdminCommandName = keyof ReturnType<typeof adminCommands>;
export type AdminCommands = Record<AdminCommandName, AdminCommand>;

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
