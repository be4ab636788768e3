/** An account with some of everything: what is in use in every way, and what is to go in every shape. */
import { Account, DAY, type EngineOptions } from './support';
import type { Report } from '../../src/contract/report';
import type { LocalAwsOptions } from '../../src/local-aws';

export const RECORD_BUCKET = 'record';

/** An image without a tag that a killed run leaves behind must not have to wait for a year. */
export const SETTINGS = {
  containerImages: [{ repositories: ['web', 'nested'], expireAfter: 'P14D', keepLatest: 1, keepTags: ['stable'], expireUntaggedAfter: 'P365D' }],
};

export class BusyAccount {
  /** The same digests each time: they depend on nothing but the order of the pushes. */
  static async start(options: LocalAwsOptions = {}): Promise<BusyAccount> {
    const busy = new BusyAccount(await Account.start(options));
    fill(busy.account, busy.inUse);
    return busy;
  }

  /** `repository@digest` of what must never go. */
  readonly inUse: string[] = [];

  private constructor(readonly account: Account) {}

  /** Retries are off, so that each fault counts. */
  engine(options: EngineOptions = {}): Promise<Report> {
    return this.account.engine({ maxAttempts: 1, ...options, settings: { ...SETTINGS, ...options.settings } });
  }

  /** A run after a lock that nobody released has run out. */
  engineLater(options: EngineOptions = {}): Promise<Report> {
    return this.engine({ ...options, run: { ...options.run, now: () => Date.now() + 10 * 60_000 } });
  }

  /** `repository@digest` of everything that is there. */
  images(): string[] {
    return [...this.account.aws.ecr.repositories.values()].flatMap(({ name, images }) => [...images.keys()].map((digest) => `${name}@${digest}`)).sort();
  }

  /** Whatever is in use and was lost. */
  lost(): string[] {
    const present = new Set(this.images());
    return [
      ...this.inUse.filter((id) => !present.has(id)),
      ...this.account.aws.pullEverything().flatMap(({ consumer, problem }) => (problem === undefined ? [] : [`${consumer}: ${problem}`])),
    ];
  }

  async stop(): Promise<void> {
    await this.account.stop();
  }
}

/** What a run that nothing disturbs leaves, and the calls that it makes, by `SERVICE Operation`. */
export async function undisturbed(): Promise<{ readonly before: string[]; readonly after: string[]; readonly calls: Record<string, number> }> {
  const busy = await BusyAccount.start();
  try {
    const before = busy.images();
    const { run } = await busy.engine({ bucket: RECORD_BUCKET });
    if (run.status !== 'COMPLETE') throw new Error(`the undisturbed run is ${run.status}: ${JSON.stringify(run.messages)}`);
    if (busy.lost().length > 0) throw new Error(`the undisturbed run lost ${busy.lost().join()}`);
    return { before, after: busy.images(), calls: busy.account.aws.calls.counts() };
  } finally {
    await busy.stop();
  }
}

function fill(account: Account, inUse: string[]): void {
  const { aws } = account;
  const now = Date.now();
  const at = (days: number) => ({ at: now - days * DAY });
  const use = (repository: string, ...digests: string[]) => inUse.push(...digests.map((digest) => `${repository}@${digest}`));
  // The janitor has run before, so that there is something to read in its record.
  aws.s3.create(RECORD_BUCKET, aws.account);
  aws.s3.put(RECORD_BUCKET, 'lock.json', '{"run":"before","expiresAt":0}\n');
  aws.s3.put(RECORD_BUCKET, 'sweep.json', '{"version":1,"images":{}}\n');

  // A service with a deployment under way, by a tag that has moved since; what is old is multi-arch, signed and attested.
  const live = aws.ecr.pushMultiArch('web', { tags: ['live'], ...at(70) });
  const signature = aws.ecr.pushFallbackTag('web', live.digest, 'sig', at(70));
  aws.ecs.registerTaskDefinition({ family: 'web', images: [account.uri('web', ':live'), 'public.ecr.aws/nginx/nginx:stable'] });
  aws.ecs.services.create({ cluster: 'main', serviceName: 'web', taskDefinition: 'web:1', ...at(60) });
  const next = aws.ecr.pushImage('web', { tags: ['live'], ...at(50) });
  aws.ecs.registerTaskDefinition({ family: 'web', images: [account.uri('web', ':live')] });
  aws.ecs.services.update({ cluster: 'main', service: 'web', taskDefinition: 'web:2', inProgress: true, ...at(40) });
  const moved = aws.ecr.pushImage('web', { tags: ['live'], ...at(30) });
  use('web', live.digest, ...live.childDigests, signature.digest, next.digest, moved.digest);
  for (const tag of ['v1', 'v2']) {
    const old = aws.ecr.pushMultiArch('web', { tags: [tag], ...at(90) });
    aws.ecr.pushFallbackTag('web', old.digest, 'sig', at(89));
    aws.ecr.pushReferrer('web', old.childDigests[0]!, at(89));
  }

  // A task whose tag has moved, two versions of a function, each with a digest that no tag names any more; a tag that is kept.
  const task = aws.ecr.pushImage('web', { tags: ['task'], ...at(80) });
  aws.ecs.registerTaskDefinition({ family: 'task', images: [account.uri('web', ':task')] });
  aws.ecs.runTask({ cluster: 'main', taskDefinition: 'task:1' });
  use('web', task.digest, aws.ecr.pushImage('web', { tags: ['task'], ...at(79) }).digest, aws.ecr.pushImage('web', { tags: ['stable'], ...at(80) }).digest);
  aws.lambda.create({ name: 'function', imageUri: account.uri('web', `@${aws.ecr.pushImage('web', { tags: ['v3'], ...at(78) }).digest}`) });
  for (const days of [77, 76]) {
    use('web', aws.ecr.pushImage('web', { tags: ['function'], ...at(days) }).digest);
    aws.lambda.updateCode('function', { imageUri: account.uri('web', ':function') });
    aws.lambda.publish('function');
  }
  aws.ecr.pushImage('web', { tags: ['young'], ...at(2) });

  // Indexes of indexes that share a child with one that stays, and referrers at every level.
  const children = [1, 2, 3].map(() => aws.ecr.pushImage('nested', at(90)).digest);
  const inner = aws.ecr.pushIndex('nested', { children: children.slice(0, 2), ...at(90) });
  const outer = aws.ecr.pushIndex('nested', { children: [inner.digest, children[2]!], tags: ['outer'], ...at(90) });
  const sbom = aws.ecr.pushReferrer('nested', children[0]!, at(90));
  for (const subject of [outer.digest, sbom.digest]) aws.ecr.pushReferrer('nested', subject, at(90));
  aws.ecr.pushFallbackTag('nested', inner.digest, 'att', at(90));
  const sharing = aws.ecr.pushIndex('nested', { children: [children[2]!], tags: ['sharing'], ...at(60) });
  aws.ecs.registerTaskDefinition({ family: 'nested', images: [account.uri('nested', ':sharing')] });
  use('nested', sharing.digest, children[2]!);
  aws.ecr.pushImage('nested', { tags: ['young'], ...at(2) });

  // No rule selects its repository, so that its digest has to be asked for.
  use('outside', aws.ecr.pushImage('outside', { tags: ['v1'], ...at(90) }).digest);
  aws.lambda.create({ name: 'outside', imageUri: account.uri('outside', ':v1') });
  aws.lambda.create({ name: 'zip' });
}
