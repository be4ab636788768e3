/** What this world runs, or could be rolled back to, and whether it could still be pulled: the proof that nothing in use was lost. */
import { parseImageUri } from './image-uri';
import type { World } from './world';

export interface RunningImage {
  /** `task`, `service revision`, `function version`. */
  readonly kind: string;
  /** ARN of what runs it. */
  readonly consumer: string;
  /** As the consumer names it. */
  readonly image: string;
  /** As it would be pulled again: by the digest that was resolved. */
  readonly pulls: string;
}

export interface Pull extends RunningImage {
  /** Why it cannot be pulled. */
  readonly problem?: string;
}

/** Only images of private registries; running tasks, every service revision, every function version. */
export function runningImages(world: World): RunningImage[] {
  return world.allRegions().flatMap(({ ecs, lambda }) => [
    ...[...ecs.clusters.values()].flatMap((cluster) => [...cluster.tasks.values()])
      .filter((task) => task.desiredStatus === 'RUNNING')
      .flatMap((task) => task.containers.map((container) => ({ kind: 'task', consumer: task.taskArn, ...byDigest(container.image, container.imageDigest) }))),
    ...[...ecs.services.revisions.values()].flatMap((revision) => (revision.containerImages as { image: string; imageDigest?: string }[])
      .map((container) => ({ kind: 'service revision', consumer: String(revision.serviceRevisionArn), ...byDigest(container.image, container.imageDigest) }))),
    ...[...lambda.all.values()].flatMap((each) => [each.latest, ...each.published])
      .filter((version) => version.imageUri !== undefined)
      .map((version) => ({ kind: 'function version', consumer: String(version.configuration.FunctionArn), image: version.imageUri!, pulls: version.resolvedImageUri! })),
  ]).filter((running) => parseImageUri(running.pulls) !== undefined);
}

/** Pulls everything that {@link runningImages} lists, without leaving a trace. */
export function pullEverything(world: World): Pull[] {
  return runningImages(world).map((running) => {
    const { registry, region } = parseImageUri(running.pulls)!;
    try {
      world.region(registry, region).ecr.pull(running.pulls, { record: false });
      return running;
    } catch (error) {
      return { ...running, problem: (error as Error).message };
    }
  });
}

function byDigest(image: string, digest: string | undefined): { image: string; pulls: string } {
  const named = parseImageUri(image);
  return { image, pulls: named && digest ? `${image.slice(0, image.indexOf('/'))}/${named.repository}@${digest}` : image };
}
