/** The embedded AWS: for the demo and the tests. */
export { AwsError } from './call';
export type { RecordedCall } from './calls';
export { pullEverything, runningImages, type Pull, type RunningImage } from './consumers';
export {
  deployTemplate, type DeployedFunction, type DeployedProject, type DeployedResource, type DeployedRole, type DeployedStack, type DeployOptions,
} from './deploy';
export type { Fault, FaultKind } from './faults';
export { LocalAws, startLocalAws, type LocalAwsOptions } from './local-aws';
export type { Credentials, PolicyDocument, PrincipalOptions } from './principals';
export { MEDIA_TYPES, sha256 } from './services/ecr-registry';
export type { EcrImage, EcrRepository } from './services/ecr-repository';
export type { Instant, Region } from './world';
export { runDemo, type DemoOptions } from './demo/demo';
