// The embedded AWS as a process: prints the environment that reaches it, one line of JSON, and ends with its standard input.
import { createRequire } from 'node:module';

const { startLocalAws } = createRequire(import.meta.url)('../../assets/local-aws/index.js');
const aws = await startLocalAws({ account: process.argv[2], region: process.argv[3] });
console.log(JSON.stringify(aws.environmentFor(aws.credentialsFor({ roleName: 'check-moto' }))));
process.stdin.resume();
process.stdin.once('end', () => aws.stop());
