/** What may happen to a run, as far as notifications go. */
export enum RunEvent {
  /** A run ended without having done its work: usage could not be read whole, a guard stopped it, AWS refused something, or it crashed. */
  FAILED = 'FAILED',
  /** A run ended well. CodeBuild runner only. */
  SUCCEEDED = 'SUCCEEDED',
  /** A run began. CodeBuild runner only. */
  IN_PROGRESS = 'IN_PROGRESS',
  /** Someone stopped a run. CodeBuild runner only. */
  STOPPED = 'STOPPED',
}
