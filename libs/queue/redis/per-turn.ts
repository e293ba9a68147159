/** What one script may take of Redis's time: some milliseconds. */
const mostAtOnce = 64;

interface Due<In, Out> {
  value: In;
  resolve: (answer: Out) => void;
  reject: (error: unknown) => void;
}

/**
 * Gathers what one turn of the event loop asks of a task's queue into one script call. Under load much comes together:
 * requests that were read at once, jobs whose usage was committed at once. Nobody waits for a timer.
 */
export class PerTurn<In, Out> {
  private readonly due = new Map<string, Due<In, Out>[]>();

  /** @param send answers each value in its place; what it throws is thrown to all of them */
  constructor(private readonly send: (task: string, values: readonly In[]) => Promise<readonly Out[]>) {}

  add(task: string, value: In): Promise<Out> {
    const { promise, resolve, reject } = Promise.withResolvers<Out>();
    if (this.due.size === 0) setImmediate(() => this.flush());
    const due = this.due.get(task) ?? [];
    this.due.set(task, due);
    due.push({ value, resolve, reject });
    return promise;
  }

  private flush(): void {
    const all = [...this.due];
    this.due.clear();
    for (const [task, due] of all)
      for (let i = 0; i < due.length; i += mostAtOnce) void this.sendAll(task, due.slice(i, i + mostAtOnce));
  }

  private async sendAll(task: string, due: readonly Due<In, Out>[]): Promise<void> {
    try {
      const answers = await this.send(
        task,
        due.map(({ value }) => value),
      );
      for (const [i, answer] of answers.entries()) due[i]?.resolve(answer);
    } catch (error) {
      for (const { reject } of due) reject(error);
    }
  }
}
