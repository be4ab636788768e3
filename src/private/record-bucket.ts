import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

/** The bucket that the record is kept in: plans, journals and reports by run, and what the next run has to know. */
export function createRecordBucket(scope: Construct, id: string, retention: Duration, removalPolicy: RemovalPolicy): s3.Bucket {
  return new s3.Bucket(scope, id, {
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    encryption: s3.BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    // The journal is the way back: an overwritten or deleted object can be had again.
    versioned: true,
    lifecycleRules: [{
      // What every run rewrites (the lock, the history, the caches) never grows that old.
      expiration: retention,
      noncurrentVersionExpiration: Duration.days(30),
      abortIncompleteMultipartUploadAfter: Duration.days(7),
    }],
    removalPolicy,
  });
}
