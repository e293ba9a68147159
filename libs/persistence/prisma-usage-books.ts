import { UsageBooks } from '#core';
import type { Database } from './open-database.js';
import { asRole } from './roles.js';

/** The books of all tenants. Everything here reads as the biller, which can change nothing. */
export class PrismaUsageBooks extends UsageBooks {
  constructor(private readonly database: Database) {
    super();
  }

  override async rollUp(mostDeltas: number): Promise<number | undefined> {
    const [row] = await asRole(
      this.database,
      'inferway_biller',
      undefined,
      (transaction) =>
        transaction.$queryRaw<
          { folded: number | null }[]
        >`SELECT roll_up_usage(${mostDeltas}::int) AS folded`,
    );
    return row?.folded ?? undefined;
  }
}
