import type { Principal } from './principals';
import type { Region } from './world';

export type ServiceName = 'AppConfig' | 'ECR' | 'ECS' | 'Lambda' | 'S3' | 'STS';

/** Inputs and outputs as they are on the wire; each service checks what it reads. */
export type Json = Record<string, any>;

/** One call to an operation, decoded. */
export interface Call {
  readonly service: ServiceName;
  readonly operation: string;
  readonly input: Json;
  readonly principal: Principal;
  readonly region: Region;
  /** Milliseconds since the epoch, by the world's clock. */
  readonly at: number;
  /** Whether the caller may do something else too: some answers depend on it. */
  allowed(action: string, resource: string): Promise<boolean>;
}

/** An HTTP answer, for operations whose output is not a document of the protocol. */
export class Answer {
  constructor(readonly status: number, readonly headers: Record<string, string>, readonly body: Buffer | string = '') {}
}

export type Handler = (call: Call) => Json | Answer | Promise<Json | Answer>;

/** An error that AWS defines. */
export class AwsError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status = 400,
    readonly details: Json = {},
  ) {
    super(message);
    this.name = code;
  }
}
