import { z } from 'zod';
import { invoice, invoiceMonth } from '#contracts';

/** Which invoice: the path of REST, the argument of GraphQL. */
export const invoiceArgs = z.object({ month: invoiceMonth });

/** `GET /v1/invoices/:month` */
export const invoiceReply = invoice.extend({ requestId: z.string() }).meta({ id: 'InvoiceReply' });
