import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { StartupError } from '#process';

/** Opens the port and answers the address to call. @throws StartupError when the port is taken or not ours to open */
export async function listen(
  app: NestFastifyApplication,
  { host, port }: { host: string; port: number },
): Promise<string> {
  try {
    await app.listen(port, host);
  } catch (error) {
    throw explain(error, host, port);
  }
  const address = app.getHttpServer().address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${bound}`;
}

function explain(error: unknown, host: string, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return new StartupError(
      `Port ${port} on ${host} is in use: set PORT to another one, or stop what listens there.`,
      69,
    );
  }
  if (code === 'EACCES')
    return new StartupError(`Port ${port} may not be opened by this user: set PORT above 1023.`);
  if (code === 'EADDRNOTAVAIL')
    return new StartupError(`${host} is not an address of this machine: set HOST.`);
  return error;
}
