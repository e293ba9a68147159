import { z } from 'zod';
import { invoice, invoiceMonth } from '#contracts';

/** Which invoice: the path of REST, the argument of GraphQL. */
export const invoiceArgs = z.object({ month: invoiceMonth });

/** The path of an operator. */
export const tenantInvoiceArgs = z.object({ id: z.string(), ...invoiceArgs.shape });

/** `GET /v1/invoices/:month`, `GET /v1/admin/tenants/:id/invoices/:month` */
export const invoiceReply = invoice.extend({ requestId: z.string() }).meta({ id: 'InvoiceReply' });
