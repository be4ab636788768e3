import { Annotations, Arn, ArnFormat, Duration, Stack, Token } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { Construct } from 'constructs';
import { isShorter, toIso8601 } from './durations';
import { janitorName } from './names';
import { checkEnum, checkList, checkName, checkPatterns, checkPlanHash, checkWholeNumber, quote } from './validation';
import { ContainerImageRule } from '../container-images';
import { covers } from '../contract/patterns';
import { ContainerImageRuleSettings, DEFAULTS, Mode, RecordSettings, Settings, SETTINGS_VERSION, UsageSettings } from '../contract/settings';
import { UsageSource } from '../usage';

/** The part of the janitor's props that the engine gets to see. */
export interface EngineProps {
  readonly mode?: Mode;
  readonly containerImages?: ContainerImageRule[];
  readonly usage?: UsageSource[];
  readonly maxRetirePercent?: number;
  readonly maxRetireCount?: number;
  readonly safetyAge?: Duration;
  readonly acknowledgePlan?: string;
}

/** As `JanitorMode` has them. */
const MODES: Readonly<Record<Mode, Mode>> = { REPORT_ONLY: 'REPORT_ONLY', ENFORCE: 'ENFORCE' };
const EXAMPLE = '{ repositories: [\'*\'], expireAfter: Duration.days(90) }';
const DEFAULT_SAFETY_AGE = Duration.parse(DEFAULTS.safetyAge);

/** Turns props into the settings document; throws for what cannot be meant, and warns about what may not be. */
export function toSettings(scope: Construct, props: EngineProps, record: RecordSettings): Settings {
  checkEnum('mode', props.mode, MODES, 'JanitorMode');
  const mode = props.mode ?? DEFAULTS.mode;
  checkWholeNumber('maxRetirePercent', props.maxRetirePercent, { min: 1, max: 100 });
  checkWholeNumber('maxRetireCount', props.maxRetireCount, { min: 1 });
  checkPlanHash('acknowledgePlan', props.acknowledgePlan);
  checkList('usage', props.usage, 'UsageSource');
  const safetyAge = props.safetyAge ?? DEFAULT_SAFETY_AGE;
  const safetyAgeText = toIso8601('safetyAge', safetyAge);
  if (isShorter(safetyAge, Duration.seconds(1))) {
    Annotations.of(scope).addWarningV2('image-janitor:noSafetyAge', 'safetyAge is 0: an image may be retired while whoever pushed it is still deploying it; leave some time between the two');
  }
  const rules = toRules(scope, props.containerImages ?? [], safetyAge);
  return {
    version: SETTINGS_VERSION,
    name: janitorName(scope),
    mode,
    containerImages: rules,
    usage: toUsage(scope, props.usage ?? [], mode),
    guards: {
      maxRetirePercent: props.maxRetirePercent ?? DEFAULTS.maxRetirePercent,
      maxRetireCount: props.maxRetireCount ?? DEFAULTS.maxRetireCount,
      safetyAge: safetyAgeText,
      acknowledgePlan: props.acknowledgePlan,
    },
    record,
  };
}

function toRules(scope: Construct, rules: readonly ContainerImageRule[], safetyAge: Duration): ContainerImageRuleSettings[] {
  checkList('containerImages', rules, `rules, for example [${EXAMPLE}]`);
  if (rules.length === 0) throw new Error(`containerImages is empty: give at least one rule, for example ${EXAMPLE}`);
  const documents = rules.map((rule, index) => toRule(scope, rule, `containerImages[${index}]`, safetyAge));
  warnAboutShadows(scope, documents);
  documents.forEach(({ name }, index) => {
    const first = documents.findIndex((other) => other.name === name);
    if (first !== index) throw new Error(`containerImages[${index}].ruleName is '${name}', the name of containerImages[${first}] too: give each rule its own name`);
  });
  return documents;
}

function toRule(scope: Construct, rule: ContainerImageRule, path: string, safetyAge: Duration): ContainerImageRuleSettings {
  if (typeof rule !== 'object' || rule === null) throw new Error(`${path} is ${quote(rule)}: expected a rule, for example ${EXAMPLE}`);
  checkPatterns(`${path}.repositories`, rule.repositories, 'repository');
  checkPatterns(`${path}.keepTags`, rule.keepTags, 'tag');
  checkWholeNumber(`${path}.keepLatest`, rule.keepLatest, { min: 0 });
  checkName(`${path}.ruleName`, rule.ruleName, 64);
  const repositories = [...rule.repositories ?? [], ...repositoryNames(scope, rule, path)];
  if (repositories.length === 0) {
    throw new Error(`${path} selects no repository: give repositories (names or patterns such as 'example-*') or ecrRepositories`);
  }
  const expireAfter = toIso8601(`${path}.expireAfter`, rule.expireAfter);
  const untagged = rule.expireUntaggedAfter ?? rule.expireAfter;
  const expireUntaggedAfter = toIso8601(`${path}.expireUntaggedAfter`, untagged);
  const short = [['expireAfter', rule.expireAfter], ['expireUntaggedAfter', untagged]] as const;
  const shorter = short.filter(([, age]) => isShorter(age, safetyAge)).map(([name, age]) => `${name} (${age.toHumanString()})`);
  if (shorter.length > 0) {
    Annotations.of(scope).addWarningV2('image-janitor:expiresBeforeSafetyAge', [
      `${path}: ${shorter.join(' and ')} ${shorter.length === 1 ? 'is' : 'are'} shorter than safetyAge (${safetyAge.toHumanString()}),`,
      'below which no image is ever retired: raise the one or lower the other',
    ].join(' '));
  }
  return {
    name: rule.ruleName ?? path,
    repositories,
    expireAfter,
    keepLatest: rule.keepLatest ?? DEFAULTS.keepLatest,
    keepTags: rule.keepTags ?? DEFAULTS.keepTags,
    expireUntaggedAfter,
  };
}

function repositoryNames(scope: Construct, rule: ContainerImageRule, path: string): string[] {
  const stack = Stack.of(scope);
  checkList(`${path}.ecrRepositories`, rule.ecrRepositories, 'repositories');
  return (rule.ecrRepositories ?? []).map((repository, index) => {
    if (typeof repository?.repositoryName !== 'string') {
      throw new Error(`${path}.ecrRepositories[${index}] is ${typeof repository === 'object' ? 'no repository' : quote(repository)}: expected an ecr.IRepository; names belong in repositories`);
    }
    const { account, region } = environmentOf(repository);
    const elsewhere = [[account, stack.account], [region, stack.region]]
      .some(([theirs, ours]) => !Token.isUnresolved(theirs) && !Token.isUnresolved(ours) && theirs !== ours);
    if (elsewhere) {
      throw new Error([
        `${path}.ecrRepositories[${index}] is in account ${account}, region ${region}:`,
        `expected ${stack.account}, ${stack.region}, as a janitor cleans its own account and region; deploy one there`,
      ].join(' '));
    }
    return repository.repositoryName;
  });
}

/** Of a repository that was imported by its attributes, the environment is the stack's, whatever its ARN says. */
function environmentOf(repository: ecr.IRepository): { account: string; region: string } {
  if (Token.isUnresolved(repository.repositoryArn)) return repository.env;
  const { account, region } = Arn.split(repository.repositoryArn, ArnFormat.SLASH_RESOURCE_NAME);
  return { account: account ?? repository.env.account, region: region ?? repository.env.region };
}

/** The first rule that selects a repository decides: a rule whose every pattern an earlier one covers decides nothing. */
function warnAboutShadows(scope: Construct, rules: readonly ContainerImageRuleSettings[]): void {
  rules.forEach((rule, index) => {
    const earlier = rules.slice(0, index);
    const shadows = rule.repositories.map((pattern) => earlier.find((other) => other.repositories.some((cover) => covers(cover, pattern))));
    if (shadows.some((shadow) => shadow === undefined)) return;
    const names = [...new Set(shadows.map((shadow) => shadow!.name))].join(', ');
    Annotations.of(scope).addWarningV2(
      'image-janitor:ruleNeverApplies',
      `containerImages[${index}] never applies: ${names} comes first and selects all of its repositories; put the narrower rule first`,
    );
  });
}

function toUsage(scope: Construct, sources: readonly UsageSource[], mode: Mode): UsageSettings {
  sources.forEach((source, index) => {
    if (typeof source?._applyTo !== 'function') throw new Error(`usage[${index}] is ${quote(source)}: expected a UsageSource, for example UsageSource.ecs()`);
  });
  const services = sources.map((source) => source.service);
  const twice = services.findIndex((service, index) => services.indexOf(service) !== index);
  if (twice >= 0) {
    throw new Error(`usage[${twice}] is about ${services[twice]}, as is usage[${services.indexOf(services[twice])}]: give each service once, with all that it covers`);
  }
  const whole = [UsageSource.ecs(), UsageSource.lambda()].reduce((usage, source) => source._applyTo(usage, 'usage'), {} as UsageSettings);
  const usage = sources.reduce((sum, source, index) => source._applyTo(sum, `usage[${index}]`), whole);
  warnAboutUsage(scope, usage, mode);
  return usage;
}

function warnAboutUsage(scope: Construct, usage: UsageSettings, mode: Mode): void {
  const off = [...(usage.ecs.enabled ? [] : ['Amazon ECS']), ...(usage.lambda.enabled ? [] : ['AWS Lambda'])];
  if (off.length > 0) {
    const services = off.join(' and ');
    if (mode === 'ENFORCE') {
      Annotations.of(scope).addWarningV2('image-janitor:enforceWithoutUsage', `usage of ${services} is not looked at, and mode is ENFORCE: images that run there will be deleted once their rule lets them expire; remove UsageSource.disabled unless nothing of yours runs there`);
    } else {
      Annotations.of(scope).addWarningV2('image-janitor:usageDisabled', `usage of ${services} is not looked at: images that run there are planned for deletion like unused ones; remove UsageSource.disabled unless nothing of yours runs there`);
    }
  }
  if (mode === 'ENFORCE' && usage.ecs.enabled && usage.ecs.taskDefinitionRevisions === 0) {
    Annotations.of(scope).addWarningV2('image-janitor:noTaskDefinitionRevisions', 'TaskDefinitionRevisions.newest(0) counts no revision that only waits to be run, and mode is ENFORCE: the image of a scheduled or occasional task may be deleted between two of its runs; count at least the newest one');
  }
  const narrowed = [
    ...(usage.ecs.enabled ? [['clusters', usage.ecs.clusters], ['taskDefinitionFamilies', usage.ecs.taskDefinitionFamilies]] as const : []),
    ...(usage.lambda.enabled ? [['functions', usage.lambda.functions]] as const : []),
  ].filter(([, patterns]) => !patterns.includes('*')).map(([name]) => name);
  if (narrowed.length > 0) {
    Annotations.of(scope).addWarningV2('image-janitor:usageNarrowed', `usage is narrowed by ${narrowed.join(', ')}: an image that only something else uses counts as unused; leave out the selector to look at everything`);
  }
}
