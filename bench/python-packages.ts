import { execFileSync } from 'node:child_process';

/** Folder with the Python packages of a requirements file, installed when they are missing. Needs Python 3.11. */
export function pythonPackages(requirements: string): string {
  return execFileSync('scripts/install-python.sh', [requirements], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim();
}
