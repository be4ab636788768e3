/** What a task or a service revision tells about one container. */
export interface ToldContainer {
  readonly name?: string;
  readonly image?: string;
  readonly digest?: string;
}

/** The containers of Service Connect and of GuardDuty, which ECS adds to a task without any image of its owner's. */
const ADDED_BY_ECS = /^(?:ecs-service-connect|aws-guardduty-agent)-/;

/** Told by the name alone; where the task definition can be read, what it does not name is added by ECS, whatever its name. */
export function isAddedByEcs({ name, image }: ToldContainer): boolean {
  return image === undefined && name !== undefined && ADDED_BY_ECS.test(name);
}

/** Whether the images of all that its owner wants in it are known without the task definition. */
export function toldAllImages(containers: readonly ToldContainer[] | undefined): boolean {
  const own = (containers ?? []).filter((container) => !isAddedByEcs(container));
  return own.length > 0 && own.every(({ image, digest }) => image !== undefined || digest !== undefined);
}
