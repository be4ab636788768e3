import { App, CfnResource, Duration, Environment, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { ContainerImageRule, ImageJanitor, ImageJanitorProps } from '../src';
import { SETTINGS_METADATA, Settings } from '../src/contract/settings';

export const RULE: ContainerImageRule = { repositories: ['example-*'], expireAfter: Duration.days(14) };

export interface Synthesised {
  readonly stack: Stack;
  readonly janitor: ImageJanitor;
  readonly template: Template;
}

/** A stack with one janitor; one rule by default. */
export function synthesise(props: Partial<ImageJanitorProps> | ((stack: Stack) => Partial<ImageJanitorProps>) = {}, env?: Environment): Synthesised {
  const stack = new Stack(new App(), 'Stack', { env });
  const given = typeof props === 'function' ? props(stack) : props;
  const janitor = new ImageJanitor(stack, 'ImageJanitor', { containerImages: [RULE], ...given });
  let template: Template | undefined;
  // Asked for once the test has added what it adds: a tree must not change after it was synthesised.
  return { stack, janitor, get template() { return template ??= Template.fromStack(stack); } };
}

/** What CloudFormation would make of the content: each reference becomes the name of what it refers to, unless a value is given. */
export function contentOf(template: Template, references: Record<string, unknown> = {}): string {
  const versions = Object.values(template.findResources('AWS::AppConfig::HostedConfigurationVersion', { Metadata: { [SETTINGS_METADATA]: Match.anyValue() } }));
  expect(versions).toHaveLength(1);
  return join(versions[0].Properties.Content, references);
}

export function settingsOf(template: Template, references: Record<string, unknown> = {}): Settings {
  return JSON.parse(contentOf(template, references));
}

export function join(value: any, references: Record<string, unknown> = {}): string {
  if (typeof value !== 'object') return String(value);
  if (value['Fn::Join']) return value['Fn::Join'][1].map((item: any) => join(item, references)).join(value['Fn::Join'][0]);
  if (value.Ref) return String(references[value.Ref] ?? value.Ref);
  if (value['Fn::GetAtt']) return value['Fn::GetAtt'].join('.');
  if (value['Fn::Sub']) return value['Fn::Sub'];
  throw new Error(`unexpected expression: ${JSON.stringify(value)}`);
}

/** The statements of all policies that belong to a role, by the role's construct. */
export function statementsOf(template: Template, role: string): { Sid?: string; Action: string[]; Resource: string[] }[] {
  const policies = { ...template.findResources('AWS::IAM::Policy'), ...template.findResources('AWS::IAM::ManagedPolicy') };
  return Object.values(policies)
    .filter((policy: any) => policy.Properties.Roles?.some((each: any) => each.Ref === role))
    .flatMap((policy: any) => policy.Properties.PolicyDocument.Statement)
    .map((statement: any) => ({
      ...statement,
      Action: [statement.Action].flat(),
      Resource: [statement.Resource].flat().map((resource) => join(resource)),
    }));
}

export function logicalId(stack: Stack, construct: { node: { defaultChild?: any } }): string {
  return stack.getLogicalId(construct.node.defaultChild as CfnResource);
}

export function warningsOf(stack: Stack): string[] {
  return Annotations.fromStack(stack).findWarning('*', Match.anyValue()).map((warning) => String(warning.entry.data));
}
