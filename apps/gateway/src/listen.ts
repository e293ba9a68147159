import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { explainListening, type ListenAddress } from '#process';

/** Opens the port and answers the address to call. @throws StartupError when the port is taken or not ours to open */
export async function listen(app: NestFastifyApplication, { host, port }: ListenAddress): Promise<string> {
  try {
    await app.listen(port, host);
  } catch (error) {
    throw explainListening(error, { host, port });
  }
  const address = app.getHttpServer().address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${bound}`;
}
