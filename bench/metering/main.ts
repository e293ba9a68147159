import { parseArgs } from 'node:util';
import { benchMeteredOnce } from './metered-once.js';
import { benchUsageQuery } from './usage-query.js';

/** `npm run bench:metering -- query [--tenants 100]` or `… once [--events 200000]`, each on a Postgres of its own. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { tenants: { type: 'string', default: '100' }, events: { type: 'string', default: '200000' } },
});
const [what = ''] = positionals;
if (what === 'query') await benchUsageQuery(Number(values.tenants));
else if (what === 'once') await benchMeteredOnce(Number(values.events));
else throw new Error('say `query` or `once`');
