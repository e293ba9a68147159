import type { Invoice } from '#contracts';
import { AppError } from '#kernel';
import type { TenantStore } from '../ports/tenant-store.js';
import type { IssueInvoices } from './issue-invoices.js';

/** A tenant's invoice for operators, also of a tenant that was erased: what was billed stays. */
export class ShowInvoice {
  constructor(
    private readonly invoices: IssueInvoices,
    private readonly tenants: TenantStore,
  ) {}

  /** @throws AppError `resource.not_found` where there is neither such a tenant nor usage of it; `invoice.out_of_range` */
  async execute(tenantId: string, month: string): Promise<Invoice> {
    const invoice = await this.invoices.execute(tenantId, month);
    const isEmpty = invoice.status === 'open' && invoice.lines.length === 0;
    if (isEmpty && (await this.tenants.find(tenantId)) === undefined) {
      throw new AppError('resource.not_found', {
        detail: `There is no tenant ${tenantId}, and no usage of it`,
      });
    }
    return invoice;
  }
}
