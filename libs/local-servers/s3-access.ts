export interface S3Credentials {
  accessKeyId: string;
  secretAccessKey: string;
}

const user = 'program';

/** Who may do what on a server of moto's: signatures and rights are checked once it is told to. */
export class S3Access {
  /** So many calls are let through before anything is checked: more than any test makes. */
  static readonly unchecked = 1_000_000;
  private credentials: S3Credentials | undefined;

  constructor(private readonly url: string) {}

  async allowOnly(actions: readonly string[]): Promise<S3Credentials> {
    await this.checkAfter(S3Access.unchecked);
    this.credentials ??= await this.createUser();
    const Statement = [{ Effect: 'Allow', Action: actions, Resource: '*' }];
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
    await this.identity({ Action: 'PutUserPolicy', UserName: user, PolicyName: 'only', PolicyDocument });
    await this.checkAfter(0);
    return this.credentials;
  }

  private async createUser(): Promise<S3Credentials> {
    await this.identity({ Action: 'CreateUser', UserName: user });
    const made = await this.identity({ Action: 'CreateAccessKey', UserName: user });
    const read = (name: string) => new RegExp(`<${name}>(.+)</${name}>`).exec(made)?.[1] ?? '';
    return { accessKeyId: read('AccessKeyId'), secretAccessKey: read('SecretAccessKey') };
  }

  private async checkAfter(calls: number): Promise<void> {
    await fetch(`${this.url}/moto-api/reset-auth`, { method: 'POST', body: String(calls) });
  }

  /** Which service is meant stands in the signature alone, which is not checked yet. */
  private async identity(parameters: Record<string, string>): Promise<string> {
    const scope = 'nobody/20260101/us-east-1/iam/aws4_request';
    const reply = await fetch(this.url, {
      method: 'POST',
      headers: { authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none` },
      body: new URLSearchParams({ Version: '2010-05-08', ...parameters }),
    });
    if (!reply.ok) throw new Error(await reply.text());
    return reply.text();
  }
}
