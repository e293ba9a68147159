/**
 * models-valid.js FOLDER: exits 0 when every model of the starter pack lies in FOLDER exactly as
 * models/starter.lock.json says, 1 when one is missing, of another revision or damaged.
 * Plain JavaScript without packages: it runs before anything is installed, on the machine's own Node.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { URL } from 'node:url';

const lockFile = new URL('../models/starter.lock.json', import.meta.url);

const sha256 = (path) => createHash('sha256').update(readFileSync(path)).digest('hex');

const isIntact = (path, { bytes, sha256: expected }) =>
  existsSync(path) && statSync(path).size === bytes && sha256(path) === expected;

function isValid(folder, manifestSha256) {
  const manifest = join(folder, 'manifest.json');
  if (!existsSync(manifest) || sha256(manifest) !== manifestSha256) return false;
  const { files } = JSON.parse(readFileSync(manifest, 'utf8'));
  return Object.entries(files).every(([name, file]) => isIntact(join(folder, name), file));
}

const [, , folder = ''] = process.argv;
const { models } = JSON.parse(readFileSync(lockFile, 'utf8'));
let valid = false;
try {
  valid = Object.entries(models).every(([name, { manifestSha256 }]) =>
    isValid(join(folder, name), manifestSha256),
  );
} catch (error) {
  // What cannot be read is as good as missing; whoever is to put another in its place will say why that fails.
  if (error.syscall === undefined) throw error;
}
process.exitCode = valid ? 0 : 1;
