import { PriceStore, type AuditEvent, type Price, type PriceToAdd } from '#core';
import { AppError } from '#kernel';
import { audited } from './audited.js';
import { sqlStateOf, toAppError } from './database-errors.js';
import type { Database } from './open-database.js';
import { asRole } from './roles.js';

const uniqueViolation = '23505';
const checkViolation = '23514';

/** The price list. Statements can read and add; the database refuses a start in the past by its own clock. */
export class PrismaPriceStore extends PriceStore {
  constructor(private readonly database: Database) {
    super();
  }

  /** One statement: what invoices are computed from is one moment's list. */
  override async list(): Promise<Price[]> {
    const rows = await asRole(this.database, 'inferway_app', undefined, (transaction) =>
      transaction.price.findMany({ orderBy: [{ task: 'asc' }, { model: 'asc' }, { validFrom: 'asc' }] }),
    );
    return rows.map(toPrice);
  }

  override async add(price: PriceToAdd, event: AuditEvent): Promise<Price> {
    const { id, task, model, priceMicros, perUnits, currency, validFrom } = price;
    const start = validFrom?.toISOString() ?? null;
    try {
      await audited(
        this.database,
        event,
        (transaction) => transaction.$executeRaw`
          INSERT INTO prices (id, task, model, price_micros, per_units, currency, valid_from)
          VALUES (${id}, ${task}, ${model ?? ''}, ${BigInt(priceMicros)}, ${perUnits}, ${currency},
            COALESCE(${start}::timestamptz, now()))`,
      );
    } catch (error) {
      throw refusal(error) ?? error;
    }
    const added = (await this.list()).find((each) => each.id === id);
    if (added === undefined) throw new Error('a price that was added is not in the list');
    return added;
  }
}

/** What the table's rules say, in the caller's words. */
function refusal(error: unknown): AppError | undefined {
  const state = sqlStateOf(toAppError(error).cause);
  const message =
    state === checkViolation
      ? 'must not be in the past'
      : state === uniqueViolation
        ? 'is the start of another price of this task and model, and prices are never changed'
        : undefined;
  if (message === undefined) return undefined;
  const facts = { detail: `validFrom: ${message}`, issues: [{ path: 'validFrom', message }] };
  return new AppError('request.invalid', facts, { cause: error });
}

function toPrice(row: Omit<Price, 'model' | 'priceMicros'> & { model: string; priceMicros: bigint }): Price {
  return { ...row, model: row.model === '' ? null : row.model, priceMicros: Number(row.priceMicros) };
}
