/** How a consumer names an image: enough of it to find the image in the registries of this world. */
export interface ImageUri {
  readonly registry: string;
  readonly region: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
}

const HOST = /^(\d{12})\.(?:dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|c2s\.ic\.gov|sc2s\.sgov\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov|amazonaws\.eu)|dkr-ecr(?:-fips)?\.([a-z0-9-]+)\.on\.(?:aws|amazonwebservices\.com\.cn))$/;

/** Undefined for an image of some other registry. */
export function parseImageUri(image: string): ImageUri | undefined {
  const slash = image.indexOf('/');
  if (slash < 0) return undefined;
  const host = HOST.exec(image.slice(0, slash));
  if (!host) return undefined;
  let name = image.slice(slash + 1);
  let digest: string | undefined;
  let tag: string | undefined;
  const at = name.indexOf('@');
  if (at >= 0) {
    digest = name.slice(at + 1);
    name = name.slice(0, at);
  }
  const colon = name.indexOf(':');
  if (colon >= 0) {
    tag = name.slice(colon + 1);
    name = name.slice(0, colon);
  }
  return {
    registry: host[1]!,
    region: (host[2] ?? host[3])!,
    repository: name,
    ...(digest ? { digest } : {}),
    ...(tag ?? (digest ? undefined : 'latest') ? { tag: tag ?? 'latest' } : {}),
  };
}
