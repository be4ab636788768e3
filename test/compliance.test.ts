import { App } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { APPS, stackOf, TOLD } from './apps';

const ENVIRONMENTS = [undefined, 'eu-west-1', 'us-gov-west-1', 'cn-north-1'];

describe.each([...APPS, TOLD])('%s', (_name, build) => {
  test.each(ENVIRONMENTS)('passes CloudFormation\'s own checks in region %s', (region) => {
    const before = process.env.CDK_VALIDATION;
    // The tests switch the validator off, as it takes seconds to load; this one wants it.
    delete process.env.CDK_VALIDATION;
    try {
      const app = new App({ context: { '@aws-cdk/core:validateAgainstDefaultRules': true } });
      stackOf(app, build, region ? { account: '111111111111', region } : undefined);
      expect(() => app.synth()).not.toThrow();
    } finally {
      if (before !== undefined) process.env.CDK_VALIDATION = before;
    }
  });
});

describe('cdk-nag', () => {
  /** Findings that stay, and why. */
  const EXPLAINED: [RegExp, string][] = [
    [/^AwsSolutions-S1$/, 'the record bucket is itself a record; give a recordBucket of your own for access logs'],
    [/^AwsSolutions-SQS3$/, 'the queue is the dead-letter queue of a schedule, which the rule does not look at'],
    [/^AwsSolutions-CB4$/, 'a run leaves no artefact in CodeBuild that a key could encrypt; the runner takes an encryptionKey'],
    [/^AwsSolutions-IAM5\[Resource::\*]$/, 'listing calls of ECS and Lambda are authorised on no resource'],
    [/^AwsSolutions-IAM5\[Resource::arn:<AWS::Partition>:ecr:.*:repository\/(\*|example-\*)]$/, 'the patterns of the rules; listing is authorised on all repositories'],
    [/^AwsSolutions-IAM5\[Resource::arn:<AWS::Partition>:ecs:.*:(task|service|service-deployment|service-revision)\/\*]$/, 'anything in ECS may use an image, and reading is all that is granted'],
    [/^AwsSolutions-IAM5\[Resource::arn:<AWS::Partition>:lambda:.*:function:\*]$/, 'any function may use an image, and reading is all that is granted'],
    [/^AwsSolutions-IAM5\[Resource::arn:<AWS::Partition>:s3:::<ImageJanitorRecordBucket\w+>\/\*]$/, 'the objects of the record'],
    [/^AwsSolutions-IAM5\[Resource::arn:<AWS::Partition>:appconfig:.*\/hostedconfigurationversion\/\*]$/, 'the versions of the settings, of which a deployment makes a new one'],
    [/^AwsSolutions-IAM5\[(Action::s3:(GetObject|GetBucket|List)\*|Resource::arn:<AWS::Partition>:s3:::cdk-.*)]$/, 'how aws-cdk-lib lets a CodeBuild project read its source'],
  ];

  function findings(build: (typeof APPS)[number][1]): string[] {
    const report: { violations: { ruleName: string }[] } = (new AwsSolutionsChecks() as any).validateScope(stackOf(new App(), build));
    return report.violations.map(({ ruleName }) => ruleName);
  }

  test.each(APPS)('has no finding that is not explained: %s', (_name, build) => {
    expect(findings(build).filter((finding) => !EXPLAINED.some(([pattern]) => pattern.test(finding)))).toEqual([]);
  });

  test('has every finding that is explained: an explanation that nothing needs is dropped', () => {
    const all = APPS.flatMap(([, build]) => findings(build));
    expect(EXPLAINED.filter(([pattern]) => !all.some((finding) => pattern.test(finding)))).toEqual([]);
  });
});
