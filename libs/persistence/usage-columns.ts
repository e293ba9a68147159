import type { UsageRow } from '#core';

/** A row as the function `record_usage` of the database reads it. */
export function usageColumns(row: UsageRow): Record<string, string | number> {
  return {
    tenant_id: row.tenantId,
    request_id: row.requestId,
    item: row.item,
    key_id: row.keyId,
    task: row.task,
    model: row.model,
    unit: row.unit,
    amount: row.amount,
    status: row.status,
    compute_ms: row.computeMs,
    padding_ms: row.paddingMs,
    queue_ms: row.queueMs,
    inference_ms: row.inferenceMs,
    at: row.at.toISOString(),
  };
}
