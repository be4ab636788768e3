import type { CallReport } from '../../contract/report';

/** Counts the calls to AWS, for the report and for the proof that policy and calls are equal. */
export class CallLog {
  private readonly rows = new Map<string, { service: string; operation: string; count: number; retries: number; errors: number }>();

  succeeded(service: string, operation: string, attempts: number): void {
    const row = this.row(service, operation);
    row.count += 1;
    row.retries += attempts - 1;
  }

  failed(service: string, operation: string, attempts: number): void {
    const row = this.row(service, operation);
    row.count += 1;
    row.retries += attempts - 1;
    row.errors += 1;
  }

  report(): CallReport[] {
    return [...this.rows.values()]
      .map((row) => ({ ...row }))
      .sort((a, b) => a.service.localeCompare(b.service) || a.operation.localeCompare(b.operation));
  }

  private row(service: string, operation: string) {
    const key = `${service} ${operation}`;
    let row = this.rows.get(key);
    if (!row) this.rows.set(key, (row = { service, operation, count: 0, retries: 0, errors: 0 }));
    return row;
  }
}
