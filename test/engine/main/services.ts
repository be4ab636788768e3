import type { Report } from '../../../src/contract/report';
import type { Services } from '../../../src/engine/main/services';
import type { RecordStore } from '../../../src/engine/record';
import type { RunOptions } from '../../../src/engine/run';
import { sampleReport } from '../report/sample';

/** Services without AWS: what they were asked for, and the report that the next run answers. */
export class FakeServices implements Services {
  readonly runs: RunOptions[] = [];
  readonly regions: (string | undefined)[] = [];
  destroyed = 0;
  report: Report = sampleReport();
  /** Bodies by application/profile/version. */
  readonly hosted: Record<string, Uint8Array | string> = {};

  run = async (options: RunOptions): Promise<Report> => {
    this.runs.push(options);
    options.progress?.({ phase: 'catalogue', text: 'Reading the repositories', done: 1, total: 3 });
    options.progress?.({ phase: 'catalogue', text: 'Reading the repositories', done: 2, total: 3 });
    options.progress?.({ phase: 'usage', text: 'Reading what is \u001bin use' });
    return this.report;
  };

  readonly createClients = async ({ region }: { region?: string }) => {
    this.regions.push(region);
    const send = async (command: any) => {
      const { ApplicationId, ConfigurationProfileId, VersionNumber } = command.input;
      const body = this.hosted[`${ApplicationId}/${ConfigurationProfileId}/${VersionNumber}`];
      if (body === undefined) throw new Error('AppConfig GetHostedConfigurationVersion: ResourceNotFoundException');
      return { Content: typeof body === 'string' ? new TextEncoder().encode(body) : body };
    };
    return { appconfig: { send }, region: region ?? 'eu-west-1', destroy: () => void (this.destroyed += 1) } as any;
  };

  readonly readIdentity = async () => ({ partition: 'aws', account: '123456789012', region: 'eu-west-1' });
  readonly bucketRecord = (_clients: unknown, { bucket }: { bucket: string }) => record(`s3://${bucket}`);
  folderRecord = async (folder: string) => record(folder);
  readonly memoryRecord = () => record('memory');
}

function record(location: string): RecordStore {
  return { location, read: async () => undefined, write: async () => undefined, list: async () => [] };
}
