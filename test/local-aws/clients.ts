import { AppConfigClient } from '@aws-sdk/client-appconfig';
import { ECRClient } from '@aws-sdk/client-ecr';
import { ECSClient } from '@aws-sdk/client-ecs';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { STSClient } from '@aws-sdk/client-sts';
import type { Credentials, LocalAws } from '../../src/local-aws';

const open: { destroy(): void }[] = [];

/** Unmodified SDK clients; `destroyClients` closes what they keep open. */
export function clientsFor(aws: LocalAws, credentials: Credentials = aws.credentialsFor({ roleName: 'administrator' }), options: { maxAttempts?: number } = {}) {
  const configuration = { endpoint: aws.endpoint, region: aws.regionName, credentials, maxAttempts: options.maxAttempts ?? 1 };
  const clients = {
    appconfig: new AppConfigClient(configuration),
    ecr: new ECRClient(configuration),
    ecs: new ECSClient(configuration),
    lambda: new LambdaClient(configuration),
    s3: new S3Client(configuration),
    sts: new STSClient(configuration),
  };
  open.push(...Object.values(clients));
  return clients;
}

export function destroyClients(): void {
  open.splice(0).forEach((client) => client.destroy());
}
