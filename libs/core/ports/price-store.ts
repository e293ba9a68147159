import type { AuditEvent } from './audit-log.js';

/** What a task costs from a moment on, until a later price of the same task and model starts. */
export interface Price {
  id: string;
  task: string;
  /** Name without revision; null: every model that has no price of its own. */
  model: string | null;
  /** Millionths of the currency for `perUnits` billed units; a whole number. */
  priceMicros: number;
  perUnits: number;
  /** ISO 4217. */
  currency: string;
  validFrom: Date;
  createdAt: Date;
}

/** A price to be. Without `validFrom` it starts at the moment it is stored. */
export type PriceToAdd = Omit<Price, 'validFrom' | 'createdAt'> & { validFrom?: Date };

/** The price list: added to, never changed; what is added writes its event in the same transaction. */
export abstract class PriceStore {
  /** By task, model and start. */
  abstract list(): Promise<Price[]>;
  /**
   * @throws AppError `request.invalid` when it would start before now by the store's clock, or when a price of this
   *   task and model starts at that very moment
   */
  abstract add(price: PriceToAdd, event: AuditEvent): Promise<Price>;
}
