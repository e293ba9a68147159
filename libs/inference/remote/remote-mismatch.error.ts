/** A server cannot stand in for the graphs of the manifests; every reason for every model. */
export class RemoteMismatchError extends Error {
  readonly problems: readonly string[];

  constructor(server: string, problems: readonly string[]) {
    super(
      [
        `${server} does not serve the models that the manifests describe:`,
        ...problems.map((each) => `  - ${each}`),
      ].join('\n'),
    );
    this.name = 'RemoteMismatchError';
    this.problems = problems;
  }
}
