import { Stack, Token } from 'aws-cdk-lib';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { Construct } from 'constructs';

/**
 * The regions in which `AWS::CodeStarNotifications::NotificationRule` exists. Those that do, rather than those that do not: in a region
 * that comes later, alarms are sure to work.
 */
const NOTIFICATION_RULES = [
  'ap-east-1', 'ap-northeast-1', 'ap-northeast-2', 'ap-south-1', 'ap-southeast-1', 'ap-southeast-2', 'ca-central-1', 'eu-central-1', 'eu-north-1',
  'eu-west-1', 'eu-west-2', 'eu-west-3', 'me-south-1', 'sa-east-1', 'us-east-1', 'us-east-2', 'us-west-1', 'us-west-2',
];

/** The partitions in whose regions `AWS::ECR::PullTimeUpdateExclusion` exists. */
const PULL_TIME_EXCLUSIONS = ['aws', 'aws-cn', 'aws-us-gov'];

/** Whether notification rules exist where the scope is deployed to; assumed where only a deployment knows the region. */
export function hasNotificationRules(scope: Construct): boolean {
  const { region } = Stack.of(scope);
  return Token.isUnresolved(region) || NOTIFICATION_RULES.includes(region);
}

/** Whether pull-time exclusions exist where the scope is deployed to; assumed where only a deployment knows the region. */
export function hasPullTimeExclusions(scope: Construct): boolean {
  const { region } = Stack.of(scope);
  // A region that this aws-cdk-lib does not know yet is most likely one of the first partition.
  return Token.isUnresolved(region) || PULL_TIME_EXCLUSIONS.includes(RegionInfo.get(region).partition ?? 'aws');
}
