import { loadServeConfig } from '#config';
import { openInstallation } from '../serve/installation.js';
import { adminCommands, type AdminCommandName } from './admin-commands.js';
import { callAdminSocket, isServed } from './admin-socket.js';
import { adminUseCases } from './admin-use-cases.js';
import { Home } from '../serve/home.js';

export type RunAdminCommand = (command: AdminCommandName, input: unknown) => Promise<unknown>;

/** One command. */
export function runAdminCommand(command: AdminCommandName, input: unknown): Promise<unknown> {
  return withAdmin((run) => run(command, input));
}

/** Asks the running server if there is one, and opens the installation itself, once for all of `work`, if not. */
export async function withAdmin<T>(work: (run: RunAdminCommand) => Promise<T>): Promise<T> {
  const config = loadServeConfig();
  const home = new Home(config.home);
  const { adminSocket } = home;
  if (await isServed(adminSocket))
    return work((command, input) => callAdminSocket(adminSocket, command, input));
  const installation = await openInstallation(config, home);
  try {
    const commands = adminCommands(adminUseCases(installation, config));
    return await work((command, input) => commands[command](input));
  } finally {
    await installation.close();
  }
}
