/**
 * Container health check: exits 0 when the server on PORT of this machine, or at the URL given, says that it is ready,
 * 1 otherwise, within 3 seconds.
 */
import { get } from 'node:http';
import process from 'node:process';
import { URL } from 'node:url';

const [, , base = `http://127.0.0.1:${process.env.PORT ?? '8080'}`] = process.argv;
const request = get(new URL('/health/ready', base), { timeout: 3_000 }, (response) => {
  process.exit(response.statusCode === 200 ? 0 : 1);
});
request.on('timeout', () => request.destroy());
request.on('error', () => process.exit(1));
