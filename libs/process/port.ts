import { once } from 'node:events';
import { createServer } from 'node:net';
import { StartupError } from './startup-error.js';

/** Where a program listens. */
export interface ListenAddress {
  host: string;
  port: number;
}

/**
 * Says at once what listening would say after all that a start takes. The port is not kept: who connects before there are
 * answers is to be refused, as probes of balancers expect, and who takes it meanwhile is found when it is opened.
 *
 * @throws StartupError when the port is taken or not ours to open
 */
export async function assertPortFree(address: ListenAddress): Promise<void> {
  const probe = createServer();
  try {
    await once(probe.listen(address.port, address.host), 'listening');
  } catch (error) {
    throw explainListening(error, address);
  }
  probe.close();
  await once(probe, 'close');
}

/** Why a port cannot be opened, as what to do about it; other errors stay what they are. */
export function explainListening(error: unknown, { host, port }: ListenAddress): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return new StartupError(
      `Port ${port} on ${host} is in use: set PORT to another one, or stop what listens there.`,
      69,
    );
  }
  // Of a cluster's gateways, which count on from PORT: the setting itself is held to it.
  if (code === 'ERR_SOCKET_BAD_PORT')
    return new StartupError(`There is no port ${port}, the last is 65535: set PORT to a lower one.`);
  if (code === 'EACCES')
    return new StartupError(`Port ${port} may not be opened by this user: set PORT above 1023.`);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return new StartupError(`${host} is not an address of this machine: set HOST.`);
  return error;
}
