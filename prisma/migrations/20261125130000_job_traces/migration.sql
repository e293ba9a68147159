-- Table (what `prisma migrate diff` prints for schema.prisma) -----------------------------------------------------

ALTER TABLE "jobs" ADD COLUMN "traceparent" TEXT,
ADD COLUMN "tracestate" TEXT;
