/**
 * The account of the demo: a shop after half a year without anybody cleaning up. The same seed gives the same account, apart from the
 * times, which are relative to now.
 */
import type { LocalAws } from '../local-aws';

const DAY = 24 * 60 * 60 * 1000;
const MB = 1024 * 1024;

/** What the account is for the person who watches. */
export interface DemoAccount {
  /** Cases that a cleaner can get wrong, and which image must survive each. */
  readonly pitfalls: readonly Pitfall[];
}

export interface Pitfall {
  readonly text: string;
  readonly repository: string;
  readonly digest: string;
}

export function fillAccount(aws: LocalAws): DemoAccount {
  const builder = new Builder(aws);
  builder.services();
  builder.baseImages();
  builder.functions();
  builder.leftBehind();
  builder.artefacts();
  return { pitfalls: [builder.blueGreen(), builder.movedTag(), builder.pinnedDigest(), builder.signedMultiArch(), builder.oldFunctionVersion()] };
}

class Builder {
  private readonly random = generator(20261122);
  private readonly now = Date.now();

  constructor(private readonly aws: LocalAws) {}

  /** Services that are deployed every few days; the newest builds run. */
  services(): void {
    const names = [
      'cart', 'catalogue', 'customers', 'inventory', 'mail', 'orders', 'payments', 'pricing', 'recommendations', 'reviews', 'search', 'shipping',
    ];
    for (const name of names) {
      const repository = `shop/${name}`;
      const builds = 18 + Math.floor(this.random() * 25);
      for (let build = 1; build <= builds; build += 1) {
        const age = 4 + ((builds - build) * 170) / builds;
        const tags = [`build-${build}`, ...(build === builds ? ['latest'] : []), ...(build % 12 === 0 ? [`release-${build / 12}.0`] : [])];
        this.push(repository, age, 120 + this.random() * 260, tags);
        if (build % 3 === 0) this.aws.ecs.registerTaskDefinition({ family: name, images: [this.uri(repository, `:build-${build}`)], at: this.at(age) });
      }
      const newest = Math.floor(builds / 3);
      this.aws.ecs.services.create({ cluster: 'production', serviceName: name, taskDefinition: `${name}:${newest}`, desiredCount: 2, at: this.at(5) });
      this.aws.ecs.services.create({ cluster: 'staging', serviceName: name, taskDefinition: `${name}:${newest}`, desiredCount: 1, at: this.at(5) });
    }
  }

  baseImages(): void {
    for (const name of ['node', 'python', 'java', 'nginx']) {
      for (let version = 1; version <= 14; version += 1) {
        this.push(`base/${name}`, 400 - version * 27, 90 + this.random() * 60, [`${version}.0`, ...(version % 5 === 0 ? [`${version}-lts`] : []), ...(version === 14 ? ['latest'] : [])]);
      }
    }
  }

  functions(): void {
    for (const name of ['resize', 'invoice', 'webhooks', 'nightly-report']) {
      const repository = `functions/${name}`;
      for (let version = 1; version <= 12; version += 1) {
        this.push(repository, 180 - version * 14, 180 + this.random() * 80, [`v${version}`]);
        if (version === 10) this.aws.lambda.create({ name, imageUri: this.uri(repository, ':v10'), at: this.at(40) });
        if (version > 10) this.aws.lambda.updateCode(name, { imageUri: this.uri(repository, `:v${version}`), at: this.at(180 - version * 14) });
        if (version >= 10) this.aws.lambda.publish(name);
      }
    }
  }

  /** What nobody looks after: prototypes, and repositories full of untagged images. */
  leftBehind(): void {
    for (const name of ['prototype-ar', 'prototype-voice', 'black-friday-2024', 'load-test', 'importer-v1', 'old-monolith']) {
      for (let build = 1; build <= 16; build += 1) this.push(`archive/${name}`, 300 - build * 6, 300 + this.random() * 500, [`build-${build}`]);
    }
    for (const name of ['ci-cache', 'preview']) {
      for (let build = 1; build <= 60; build += 1) this.push(`ci/${name}`, 1.5 + build * 1.2, 200 + this.random() * 200, build % 10 === 0 ? [`pr-${build}`] : []);
    }
    for (const name of ['churn', 'ranking']) {
      for (let build = 1; build <= 8; build += 1) this.push(`ml/${name}`, 200 - build * 22, 4000 + this.random() * 2500, [`model-${build}`]);
    }
  }

  /** Not everything in a registry is a container image; what is not, is held and reported. */
  artefacts(): void {
    for (let version = 1; version <= 8; version += 1) {
      this.aws.ecr.pushImage('charts/shop', { tags: [`${version}.0.0`], at: this.at(200 - version * 20), sizeBytes: 40_000, configMediaType: 'application/vnd.cncf.helm.config.v1+json' });
    }
  }

  blueGreen(): Pitfall {
    const repository = 'shop/web';
    for (let build = 1; build <= 30; build += 1) this.push(repository, 160 - build * 5, 240, [`build-${build}`]);
    const green = this.push(repository, 120, 240, ['blue-green-fallback']);
    this.aws.ecs.registerTaskDefinition({ family: 'web', images: [this.uri(repository, ':blue-green-fallback')], at: this.at(119) });
    for (let revision = 2; revision <= 9; revision += 1) this.aws.ecs.registerTaskDefinition({ family: 'web', images: [this.uri(repository, `:build-${revision + 20}`)], at: this.at(60 - revision) });
    this.aws.ecs.services.create({ cluster: 'production', serviceName: 'web', controller: 'CODE_DEPLOY', taskDefinition: 'web:9', desiredCount: 2, at: this.at(9) });
    this.aws.ecs.services.createTaskSet({ cluster: 'production', service: 'web', taskDefinition: 'web:1', at: this.at(119) });
    return { text: 'the other task set of a blue/green service, on a task definition nine revisions old', repository, digest: green };
  }

  movedTag(): Pitfall {
    const repository = 'shop/checkout';
    for (let build = 1; build <= 24; build += 1) this.push(repository, 150 - build * 6, 300, [`build-${build}`]);
    const running = this.push(repository, 45, 300, ['stable']);
    this.aws.ecs.registerTaskDefinition({ family: 'checkout', images: [this.uri(repository, ':stable')], at: this.at(45) });
    this.aws.ecs.services.create({ cluster: 'production', serviceName: 'checkout', taskDefinition: 'checkout:1', desiredCount: 3, at: this.at(44) });
    this.push(repository, 3, 300, ['stable']);
    return { text: 'what tasks still run although its tag, "stable", was moved to another image', repository, digest: running };
  }

  pinnedDigest(): Pitfall {
    const repository = 'shop/fraud-detection';
    const digests = Array.from({ length: 20 }, (_, build) => this.push(repository, 140 - build * 6, 500, [`build-${build + 1}`]));
    const pinned = digests[2]!;
    this.aws.ecs.registerTaskDefinition({ family: 'fraud-detection', images: [this.uri(repository, `:build-3@${pinned}`)], at: this.at(100) });
    this.aws.ecs.services.create({ cluster: 'production', serviceName: 'fraud-detection', taskDefinition: 'fraud-detection:1', desiredCount: 0, at: this.at(100) });
    return { text: 'an image pinned by tag and digest, of a service that is scaled to zero', repository, digest: pinned };
  }

  signedMultiArch(): Pitfall {
    const repository = 'shop/gateway';
    let used = '';
    for (let build = 1; build <= 16; build += 1) {
      const at = this.at(130 - build * 8);
      const index = this.aws.ecr.pushMultiArch(repository, { tags: [`build-${build}`], at, sizeBytes: Math.round(150 * MB) });
      this.aws.ecr.pushFallbackTag(repository, index.digest, 'sig', { at });
      this.aws.ecr.pushReferrer(repository, index.childDigests[0]!, { at, artifactType: 'application/spdx+json', sizeBytes: 30_000 });
      if (build === 4) used = index.childDigests[1]!;
    }
    this.aws.ecs.registerTaskDefinition({ family: 'gateway', images: [this.uri(repository, ':build-4')], at: this.at(97) });
    this.aws.ecs.services.create({ cluster: 'production', serviceName: 'gateway', taskDefinition: 'gateway:1', desiredCount: 2, at: this.at(97) });
    return { text: 'the arm64 half, the signature and the SBOM of a multi-arch image in use', repository, digest: used };
  }

  oldFunctionVersion(): Pitfall {
    const repository = 'functions/thumbnails';
    const first = this.push(repository, 170, 210, ['prod']);
    this.aws.lambda.create({ name: 'thumbnails', imageUri: this.uri(repository, ':prod'), at: this.at(169) });
    this.aws.lambda.publish('thumbnails');
    for (let version = 2; version <= 11; version += 1) {
      this.push(repository, 170 - version * 14, 210, ['prod', `v${version}`]);
      this.aws.lambda.updateCode('thumbnails', { imageUri: this.uri(repository, ':prod'), at: this.at(169 - version * 14) });
      if (version % 4 === 0) this.aws.lambda.publish('thumbnails');
    }
    return { text: 'version 1 of a function, whose tag has been moved ten times since', repository, digest: first };
  }

  private push(repository: string, age: number, megabytes: number, tags: readonly string[]): string {
    return this.aws.ecr.pushImage(repository, { tags, at: this.at(age), sizeBytes: Math.round(megabytes * MB) }).digest;
  }

  private uri(repository: string, reference: string): string {
    return `${this.aws.ecr.host}/${repository}${reference}`;
  }

  private at(age: number): number {
    return this.now - age * DAY;
  }
}

/** A small generator (Lehmer's), so that the account is the same each time. */
function generator(seed: number): () => number {
  const modulus = 2147483647;
  let state = seed % modulus;
  return () => {
    state = (state * 48271) % modulus;
    return state / modulus;
  };
}
