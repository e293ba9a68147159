import { registerHooks } from 'node:module';

/**
 * Lets Node run a program or thread of this room from its TypeScript source, as the tests do: imports say `.js` and `#room`, the files
 * are `.ts`. A build needs none of this.
 */
registerHooks({
  resolve(specifier, context, nextResolve) {
    if (specifier.startsWith('#'))
      return nextResolve(new URL(`../${specifier.slice(1)}/index.ts`, import.meta.url).href, context);
    const fromSource = context.parentURL?.endsWith('.ts') === true && specifier.startsWith('.');
    return nextResolve(fromSource ? specifier.replace(/\.js$/, '.ts') : specifier, context);
  },
});
