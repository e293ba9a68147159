/** Container health check: exits 0 when the server on PORT says that it is ready, 1 otherwise, within 3 seconds. */
import { get } from 'node:http';
import process from 'node:process';

const port = process.env.PORT ?? '8080';
const request = get({ host: '127.0.0.1', port, path: '/health/ready', timeout: 3_000 }, (response) => {
  process.exit(response.statusCode === 200 ? 0 : 1);
});
request.on('timeout', () => request.destroy());
request.on('error', () => process.exit(1));
