import type { NewPrice, PriceView } from '#contracts';
import { AppError, newId, type Clock } from '#kernel';
import { PriceStore, type Price } from '../ports/price-store.js';
import { auditEvent, type Operator } from '../tenancy/operator.js';
import { currencyConflict } from './currency-conflict.js';

/** The price list for operators: the CLI and the admin API call the same use case. */
export class ManagePrices {
  /** @param currency of the installation, ISO 4217 */
  constructor(
    private readonly store: PriceStore,
    private readonly currency: string,
    private readonly taskIds: readonly string[],
    private readonly clock: Clock,
  ) {}

  /** Every price there was, is and will be. */
  async list(): Promise<PriceView[]> {
    return (await this.store.list()).map(toPriceView);
  }

  /**
   * Adds a price that replaces the one of the same task and model from its start on.
   * @throws AppError `request.invalid`: no such task, a start in the past, one that is taken, another currency
   */
  async set(by: Operator, wanted: NewPrice): Promise<PriceView> {
    const { task, model, priceMicros, perUnits, validFrom } = wanted;
    if (!this.taskIds.includes(task)) {
      const detail = `There is no task ${task}`;
      const issues = [{ path: 'task', message: 'is not a task of this installation' }];
      throw new AppError('request.invalid', { detail, issues, supported: this.taskIds });
    }
    const conflict = await currencyConflict(this.store, this.currency);
    if (conflict !== undefined) throw new AppError('request.invalid', { detail: conflict });
    const id = newId('prc');
    const added = {
      id,
      task,
      model: model ?? null,
      priceMicros,
      perUnits,
      currency: this.currency,
      ...(validFrom !== undefined && { validFrom: new Date(validFrom) }),
    };
    const event = auditEvent(by, this.clock.now(), 'price.set', id, wanted);
    const price = await this.store.add(added, event);
    return toPriceView(price);
  }
}

function toPriceView({ model, validFrom, createdAt, ...same }: Price): PriceView {
  const times = { validFrom: validFrom.toISOString(), createdAt: createdAt.toISOString() };
  return { ...same, ...times, ...(model !== null && { model }) };
}
