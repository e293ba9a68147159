/**
 * Adds to package-lock.json the optional platform packages that npm left out because the registry did not have them:
 * run `npm run lock:complete` after a change of dependencies. Since 11.16 `npm ci` refuses a lock without them, even
 * one that npm wrote a moment before (npm/cli issue 9846). They are for other platforms: none is ever installed here.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { URL } from 'node:url';

const platform =
  /(darwin|linux|win32|freebsd|android|openharmony)-(arm64|arm|x64|ia32|ppc64|s390x|riscv64|loong64)/;

/** `[path, entry]` of every optional dependency that a locked package names and the lock lacks. */
function missingOptional({ packages }) {
  return Object.entries(packages).flatMap(([parent, { dev, optionalDependencies = {} }]) =>
    Object.entries(optionalDependencies)
      .filter(
        ([name]) => !(`node_modules/${name}` in packages) && !(`${parent}/node_modules/${name}` in packages),
      )
      .map(([name, version]) => {
        const [, os, cpu] = platform.exec(name) ?? [];
        if (os === undefined)
          throw new Error(`${name} of ${parent} is not in the lock and names no platform`);
        return [
          `node_modules/${name}`,
          { version, cpu: [cpu], ...(dev && { dev }), optional: true, os: [os] },
        ];
      }),
  );
}

const path = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(path, 'utf8'));
const [[rootName, root], ...others] = Object.entries(lock.packages);
const byPath = [...others, ...missingOptional(lock)].sort(([a], [b]) => a.localeCompare(b, 'en'));
lock.packages = Object.fromEntries([[rootName, root], ...byPath]);
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
