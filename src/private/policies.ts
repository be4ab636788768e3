import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { OPERATIONS, Part, RESOURCE_ARNS, ResourceShape } from '../contract/operations';
import { withoutCovered } from '../contract/patterns';
import { Settings } from '../contract/settings';

/** Names to fill into the ARNs of a shape; patterns are fine. A shape that is left out stands for all of its kind. */
export type ResourceNames = Partial<Record<ResourceShape, readonly string[]>>;

/** A managed policy holds 6,144 characters: the role must be able to move whole statements from its inline policy into others. */
const STATEMENT_CHARACTERS = 2500;
/** Ten managed policies and the inline one, with room for what else the role is granted. */
export const MOST_RESOURCE_CHARACTERS = 40_000;
/** All inline policies of a role together hold 10,240 characters, of which a role that aws-cdk-lib does not manage cannot move any into others. */
export const MOST_RESOURCE_CHARACTERS_OF_IMPORTED_ROLE = 3_000;
/** What the partition, region and account of an ARN come to, once they are known. */
const ARN_PREFIX_CHARACTERS = 70;

/** The parts of the table of operations that an engine with these settings calls. */
export function partsOf(settings: Settings): Part[] {
  return [
    'settings', 'record', 'identity', 'catalogue',
    ...(settings.usage.ecs.enabled ? ['usage:ecs' as const] : []),
    ...(settings.usage.lambda.enabled ? ['usage:lambda' as const] : []),
    ...(settings.mode === 'ENFORCE' ? ['sweep:container-images' as const] : []),
  ];
}

/** What the engine's role is allowed, and nothing else: the operations of these parts, on the resources of these names. */
export function engineStatements(stack: Stack, parts: readonly Part[], names: ResourceNames): iam.PolicyStatement[] {
  const groups = new Map<string, { shape: ResourceShape; names: readonly string[]; actions: Set<string> }>();
  for (const operation of OPERATIONS) {
    if (!operation.action || !parts.includes(operation.part)) continue;
    const narrowed = operation.lists ? undefined : names[operation.resource];
    const key = `${narrowed ? '' : 'all-'}${operation.resource}`;
    const group = groups.get(key) ?? { shape: operation.resource, names: withoutCovered(narrowed ?? ['*']), actions: new Set() };
    group.actions.add(operation.action);
    groups.set(key, group);
  }
  return [...groups].flatMap(([key, group]) => chunks(group.names).map((chunk, index) => new iam.PolicyStatement({
    // A statement with an ID is never merged with another one, so it stays small enough to be moved.
    sid: `${camelCase(key)}${index === 0 ? '' : index + 1}`,
    actions: [...group.actions],
    resources: [...new Set(chunk.map((name) => fillArn(stack, group.shape, name)))],
  })));
}

/** About how long the ARNs of these names are, all together. */
export function resourceCharacters(names: readonly string[]): number {
  return withoutCovered(names).reduce((sum, name) => sum + ARN_PREFIX_CHARACTERS + name.length, 0);
}

function fillArn(stack: Stack, shape: ResourceShape, name: string): string {
  const values: Record<string, string> = { partition: stack.partition, region: stack.region, account: stack.account, name };
  return RESOURCE_ARNS[shape].replace(/\{(\w+)\}/g, (_whole, key: string) => values[key]);
}

function chunks(names: readonly string[]): string[][] {
  const result: string[][] = [];
  let characters = Infinity;
  for (const name of names) {
    characters += ARN_PREFIX_CHARACTERS + name.length;
    if (characters > STATEMENT_CHARACTERS) {
      result.push([]);
      characters = ARN_PREFIX_CHARACTERS + name.length;
    }
    result[result.length - 1].push(name);
  }
  return result;
}

function camelCase(key: string): string {
  return key.replace(/(?:^|-)(\w)/g, (_whole, letter: string) => letter.toUpperCase());
}
