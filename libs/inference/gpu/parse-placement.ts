/** How many operators of a graph run where, and which. */
export interface Placement {
  /** As onnxruntime names it: `CUDAExecutionProvider`. */
  provider: string;
  nodes: number;
  /** Operator types and how many of each; empty where onnxruntime names none because all are in one place. */
  operators: ReadonlyMap<string, number>;
}

const header = /VerifyEachNodeIsAssignedToAnEp\].*placed on \[(\w+)\]\. Number of nodes: (\d+)/;
const node = /VerifyEachNodeIsAssignedToAnEp\]\s+(\w+) \(/;

/** Reads node placements out of onnxruntime's verbose log. */
export function parsePlacement(log: string): Placement[] {
  const found: { provider: string; nodes: number; operators: Map<string, number> }[] = [];
  for (const line of log.split('\n')) {
    const [, provider, count] = header.exec(line) ?? [];
    if (provider !== undefined) found.push({ provider, nodes: Number(count), operators: new Map() });
    else {
      const operators = found.at(-1)?.operators;
      const operator = node.exec(line)?.[1];
      if (operator !== undefined) operators?.set(operator, (operators.get(operator) ?? 0) + 1);
    }
  }
  return found;
}

/** Operators that do a model's work; shapes and indexes are computed on the CPU on purpose, and cost nothing. */
const heavy = /MatMul|Gemm|Conv|Attention|Norm|Softmax|Gelu|Relu|Quantize|Pool|Einsum|LSTM|GRU/;

/** Work that was left on the CPU, by operator. */
export function workOnCpu(placements: readonly Placement[]): ReadonlyMap<string, number> {
  const cpu = placements.filter(({ provider }) => provider === 'CPUExecutionProvider');
  return new Map(cpu.flatMap(({ operators }) => [...operators].filter(([operator]) => heavy.test(operator))));
}
