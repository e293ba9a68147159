import { pageQuery } from '#contracts';
import type { ErrorCode } from '#kernel';
import {
  auditListReply,
  keyBody,
  keyListQuery,
  keyListReply,
  keyReply,
  keyRotationBody,
  newKeyReply,
  planBody,
  planChangeBody,
  planListReply,
  planRemovalReply,
  planReply,
  priceBody,
  priceListReply,
  priceReply,
  tenantBody,
  tenantChangeBody,
  tenantErasureReply,
  tenantListReply,
  tenantReply,
} from '../views/admin.views.js';
import { invoiceReply, tenantInvoiceArgs } from '../views/invoice.views.js';
import { keyed, withBody, type Endpoint } from './endpoint.types.js';

const asked = [...keyed, 'auth.forbidden', 'overloaded'] as const satisfies ErrorCode[];
const bodied = [...withBody, 'auth.forbidden', 'overloaded'] as const satisfies ErrorCode[];

type Rest = Omit<Endpoint, 'method' | 'path' | 'tag' | 'scope' | 'errors'> & {
  errors?: readonly ErrorCode[];
};

const read = (path: string, { errors = [], ...rest }: Rest): Endpoint => ({
  ...{ method: 'GET', path: `/v1/admin/${path}`, tag: 'admin', scope: 'admin:read' },
  errors: [...asked, ...errors],
  ...rest,
});

const write = (
  method: 'POST' | 'PATCH' | 'DELETE',
  path: string,
  { errors = [], ...rest }: Rest,
): Endpoint => ({
  ...{ method, path: `/v1/admin/${path}`, tag: 'admin', scope: 'admin:write' },
  errors: [...(rest.body === undefined ? asked : bodied), ...errors],
  ...rest,
});

const tenants: readonly Endpoint[] = [
  write('POST', 'tenants', {
    operationId: 'createTenant',
    summary: 'Create a tenant',
    errors: ['resource.not_found'],
    body: tenantBody,
    status: 201,
    reply: tenantReply,
  }),
  read('tenants', {
    operationId: 'tenants',
    summary: 'The tenants, oldest first',
    errors: ['request.invalid'],
    query: pageQuery,
    reply: tenantListReply,
  }),
  read('tenants/:id', {
    operationId: 'tenant',
    summary: 'One tenant',
    errors: ['resource.not_found'],
    reply: tenantReply,
  }),
  read('tenants/:id/invoices/:month', {
    operationId: 'tenantInvoice',
    summary: 'What a tenant owes for a calendar month in UTC, also one that was deleted',
    errors: ['request.invalid', 'resource.not_found', 'invoice.out_of_range'],
    params: tenantInvoiceArgs,
    reply: invoiceReply,
  }),
  write('PATCH', 'tenants/:id', {
    operationId: 'changeTenant',
    summary: 'Change name, plan, weight, retention or budget; what is left out stays',
    errors: ['resource.not_found'],
    body: tenantChangeBody,
    reply: tenantReply,
  }),
  write('POST', 'tenants/:id/suspend', {
    operationId: 'suspendTenant',
    summary: 'Refuse its keys, within a second; what was accepted goes on',
    errors: ['resource.not_found', 'resource.conflict'],
    reply: tenantReply,
  }),
  write('POST', 'tenants/:id/resume', {
    operationId: 'resumeTenant',
    summary: 'Accept its keys again',
    errors: ['resource.not_found'],
    reply: tenantReply,
  }),
  write('DELETE', 'tenants/:id', {
    operationId: 'deleteTenant',
    summary: 'Erase a suspended tenant and its data; its usage stays, as it was billed',
    errors: ['resource.not_found', 'resource.conflict'],
    reply: tenantErasureReply,
  }),
];

const keys: readonly Endpoint[] = [
  write('POST', 'keys', {
    operationId: 'createKey',
    summary: 'Create a key; its text is in this reply and never again',
    errors: ['resource.not_found'],
    body: keyBody,
    status: 201,
    reply: newKeyReply,
  }),
  read('keys', {
    operationId: 'keys',
    summary: 'The keys of all tenants or of one, oldest first',
    errors: ['request.invalid'],
    query: keyListQuery,
    reply: keyListReply,
  }),
  read('keys/:id', {
    operationId: 'key',
    summary: 'One key',
    errors: ['resource.not_found'],
    reply: keyReply,
  }),
  write('POST', 'keys/:id/rotate', {
    operationId: 'rotateKey',
    summary: 'A new key that may do the same, while the old one goes on for a time',
    errors: ['resource.not_found', 'resource.conflict'],
    body: keyRotationBody,
    bodyOptional: true,
    status: 201,
    reply: newKeyReply,
  }),
  write('DELETE', 'keys/:id', {
    operationId: 'revokeKey',
    summary: 'Revoke a key; every gateway refuses it within two seconds',
    errors: ['resource.not_found'],
    reply: keyReply,
  }),
];

const plans: readonly Endpoint[] = [
  write('POST', 'plans', {
    operationId: 'createPlan',
    summary: 'Create a plan; what is left out is as in the standard plan',
    errors: ['resource.conflict'],
    body: planBody,
    status: 201,
    reply: planReply,
  }),
  read('plans', { operationId: 'plans', summary: 'The plans', reply: planListReply }),
  read('plans/:id', {
    operationId: 'plan',
    summary: 'One plan',
    errors: ['resource.not_found'],
    reply: planReply,
  }),
  write('PATCH', 'plans/:id', {
    operationId: 'changePlan',
    summary: 'Change a plan, for all of its tenants within a second; what is left out stays',
    errors: ['resource.not_found'],
    body: planChangeBody,
    reply: planReply,
  }),
  write('DELETE', 'plans/:id', {
    operationId: 'deletePlan',
    summary: 'Delete a plan that no tenant has',
    errors: ['resource.not_found', 'resource.conflict'],
    reply: planRemovalReply,
  }),
];

const prices: readonly Endpoint[] = [
  write('POST', 'prices', {
    operationId: 'setPrice',
    summary: 'Add a price, which replaces the one before from its start on, now or later',
    body: priceBody,
    status: 201,
    reply: priceReply,
  }),
  read('prices', {
    operationId: 'prices',
    summary: 'Every price there was, is and will be',
    reply: priceListReply,
  }),
];

/** Administration: keys of the role `admin` only. */
export const adminEndpoints: readonly Endpoint[] = [
  ...tenants,
  ...keys,
  ...plans,
  ...prices,
  read('audit', {
    operationId: 'audit',
    summary: 'What operators did, newest first',
    errors: ['request.invalid'],
    query: pageQuery,
    reply: auditListReply,
  }),
];
