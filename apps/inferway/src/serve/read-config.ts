import { ConfigError, loadConfig, type ServeConfig } from '#config';
import { StartupError } from './home.js';

/** The environment as settings. @throws StartupError naming every wrong setting at once (exit 78) */
export function readConfig(): ServeConfig {
  try {
    return loadConfig();
  } catch (error) {
    throw error instanceof ConfigError ? new StartupError(error.message) : error;
  }
}
