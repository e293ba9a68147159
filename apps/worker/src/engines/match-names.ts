/** Whether a name is one that the pattern stands for: `*` is any characters. */
export function nameMatcher(pattern: string): (name: string) => boolean {
  const parts = pattern.split('*').map((part) => RegExp.escape(part));
  const expression = new RegExp(`^${parts.join('.*')}$`);
  return (name) => expression.test(name);
}
