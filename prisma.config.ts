import { defineConfig } from 'prisma/config';

/**
 * For Prisma's own tools only (`prisma generate`, `prisma migrate deploy`): the programs take their database from
 * their configuration and apply the same migrations themselves.
 */
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env['DATABASE_URL'] ?? 'postgresql://localhost:5432/inferway' },
});
