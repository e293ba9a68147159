import { loadServeConfig } from '#config';
import { openInstallation } from '../serve/installation.js';
import { adminUseCases } from './admin-use-cases.js';
import { adminCommands, type AdminCommandName } from './admin-commands.js';
import { callAdminSocket } from './admin-socket.js';
import { Home } from '../serve/home.js';

/** Asks the running server if there is one, and opens the installation itself if not. */
export async function runAdminCommand(command: AdminCommandName, input: unknown): Promise<unknown> {
  const config = loadServeConfig();
  const home = new Home(config.home);
  const answered = await callAdminSocket(home.adminSocket, command, input);
  if (answered !== undefined) return answered.result;
  const installation = await openInstallation(config, home);
  try {
    return await adminCommands(adminUseCases(installation, config))[command](input);
  } finally {
    await installation.close();
  }
}
