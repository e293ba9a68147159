import { fixedScopes } from '#contracts';
import { AppError, type Principal } from '#kernel';

const isAdminScope = (scope: string) => scope.startsWith('admin:');

/**
 * A key may do what its scopes name, and `*` names all that its role may. What administers needs the admin role as well.
 * @param scope a task's id, or one of the fixed scopes
 * @throws AppError `auth.forbidden` for the wrong kind of key, `auth.missing_scope` with the scope in `supported`
 */
export function assertScope({ role, scopes }: Principal, scope: string): void {
  if (isAdminScope(scope) && role !== 'admin') {
    throw new AppError('auth.forbidden', { detail: 'Administration needs an admin key' });
  }
  if (scopes.includes('*') || scopes.includes(scope)) return;
  throw new AppError('auth.missing_scope', {
    detail: `This key lacks the scope ${scope}`,
    supported: [scope],
  });
}

/** @throws AppError `request.invalid` for a scope that is none, or not one of this role */
export function checkScopes(
  scopes: readonly string[],
  role: Principal['role'],
  taskIds: readonly string[],
): void {
  const known: readonly string[] = [...fixedScopes, ...taskIds];
  const supported = known.filter((scope) => role === 'admin' || !isAdminScope(scope));
  scopes.forEach((scope, place) => {
    if (supported.includes(scope)) return;
    const path = `scopes[${place}]`;
    const message = known.includes(scope) ? 'needs a key of the role admin' : 'is not a scope';
    throw new AppError('request.invalid', {
      detail: `${path}: ${message}`,
      issues: [{ path, message }],
      supported,
    });
  });
}
