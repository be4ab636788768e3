import { ECS_USAGE } from './ecs';
import { LAMBDA_USAGE } from './lambda';
import type { UsageContext, UsageSource } from './source';
import { toProblem } from '../aws/problems';
import type { SourceUsage, Usage } from '../model';

/** Every source that the engine has, in the order of the report. */
export const USAGE_SOURCES: readonly UsageSource[] = [ECS_USAGE, LAMBDA_USAGE];

/** Reads all enabled sources at once. Never throws: a source that does becomes incomplete, and the others count all the same. */
export async function readUsage(context: UsageContext, sources: readonly UsageSource[] = USAGE_SOURCES): Promise<Usage> {
  return { sources: await Promise.all(sources.map((source) => readSource(source, context))) };
}

async function readSource(source: UsageSource, context: UsageContext): Promise<SourceUsage & { readonly enabled: boolean }> {
  const nothing: SourceUsage = { source: source.name, references: [], problems: [], notes: [], doubts: [] };
  try {
    if (!source.enabled(context.settings)) return { ...nothing, enabled: false };
    return { ...(await source.read(context)), enabled: true };
  } catch (thrown) {
    return { ...nothing, problems: [toProblem(thrown)], enabled: true };
  }
}
