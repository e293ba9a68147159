import { existsSync, readFileSync } from 'node:fs';
import { findPackageJSON, registerHooks } from 'node:module';
import { fileURLToPath, pathToFileURL, URL } from 'node:url';
import { transformSync } from '@swc/core';

/**
 * Lets a child process of a test run the sources as they are: rooms by their #name, `.js` imports that mean `.ts`
 * files, and TypeScript through the same compiler as Jest.
 */
const root = pathToFileURL(findPackageJSON('.', import.meta.url));

registerHooks({
  resolve(specifier, context, next) {
    const source = sourceOf(specifier, context.parentURL);
    return source !== undefined && existsSync(source)
      ? { url: source.href, shortCircuit: true }
      : next(specifier, context);
  },
  load(url, context, next) {
    if (!url.startsWith('file:') || !url.endsWith('.ts')) return next(url, context);
    const filename = fileURLToPath(url);
    const { code } = transformSync(readFileSync(filename, 'utf8'), {
      filename,
      cwd: fileURLToPath(new URL('.', root)),
    });
    return { format: 'module', source: code, shortCircuit: true };
  },
});

function sourceOf(specifier, parent) {
  if (/^#[a-z-]+$/.test(specifier)) return new URL(`libs/${specifier.slice(1)}/index.ts`, root);
  if (specifier.startsWith('.') && specifier.endsWith('.js'))
    return new URL(specifier.replace(/\.js$/, '.ts'), parent);
  return undefined;
}
