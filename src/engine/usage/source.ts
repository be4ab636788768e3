import type { Settings } from '../../contract/settings';
import type { Clients } from '../aws/clients';
import type { Identity, SourceUsage } from '../model';

/**
 * The reader of one AWS service that yields references. Adding a service means adding a file with one of these, and a line in
 * ./index.ts; its operations belong in the table of operations under the part `usage:<name>`.
 */
export interface UsageSource {
  /** As in the settings document. */
  readonly name: string;
  enabled(settings: Settings): boolean;
  /**
   * Reads everything that the service uses now. May throw: the caller turns that into a problem. Whatever is not certain must
   * become a problem, never an empty answer.
   */
  read(context: UsageContext): Promise<SourceUsage>;
}

export interface UsageContext {
  readonly clients: Clients;
  readonly settings: Settings;
  readonly identity: Identity;
  /** Answers that cannot change (the images of a task definition revision), kept from one reading to the next. */
  readonly immutable: Map<string, unknown>;
  /** Whether a digest is in the catalogue: tells a digest from a hash of something else. */
  isCatalogued(digest: string): boolean;
}
