import { AwsError, type Handler } from '../call';
import { awsQuery } from '../wire/aws-query';
import type { Service } from '../wire/protocol';

const operations: Record<string, Handler> = {
  GetCallerIdentity: ({ principal }) => ({ Arn: principal.arn, UserId: principal.userId, Account: principal.account }),

  AssumeRole({ input, principal, at }) {
    const seconds = Number(input.DurationSeconds ?? 3600);
    const { credentials, assumed } = principal.directory.assume(principal, input.RoleArn, input.RoleSessionName);
    if (!(seconds >= 900)) {
      throw new AwsError('ValidationError', '1 validation error detected: Value at \'durationSeconds\' failed to satisfy constraint: Member must have value greater than or equal to 900');
    }
    return {
      Credentials: {
        AccessKeyId: credentials.accessKeyId,
        SecretAccessKey: credentials.secretAccessKey,
        SessionToken: credentials.sessionToken,
        Expiration: new Date(at + seconds * 1000).toISOString(),
      },
      AssumedRoleUser: { AssumedRoleId: assumed.userId, Arn: assumed.arn },
    };
  },
};

export const sts: Service = {
  name: 'STS',
  signingName: 'sts',
  protocol: awsQuery('https://sts.amazonaws.com/doc/2011-06-15/'),
  operations,
};
