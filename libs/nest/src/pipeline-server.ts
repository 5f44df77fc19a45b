import type { Service } from '@gondola/stream';
import { Server, type CustomTransportStrategy } from '@nestjs/microservices';

/**
 * Runs one service as a Nest microservice: Nest starts it, asks it to stop and waits for its last commit.
 * Records never pass through Nest's message handlers, which know neither batches nor retriable errors.
 */
export class PipelineServer extends Server implements CustomTransportStrategy {
  private readonly stopping = new AbortController();
  private ended: Promise<void> = Promise.resolve();

  /** `onFailure` is called at most once, when the service ends by an error: before or while it is being stopped. */
  constructor(
    private readonly service: Service,
    private readonly onFailure: (error: unknown) => void,
  ) {
    super();
  }

  override listen(callback: () => void): void {
    this.ended = this.run();
    callback();
  }

  /** Resolves when the service has published what it had. Never rejects: failures go to `onFailure`. */
  override async close(): Promise<void> {
    this.stopping.abort();
    await this.ended;
  }

  /** A service has no transport events. */
  override on(): void {}

  override unwrap<T>(): T {
    return this.service as T;
  }

  private async run(): Promise<void> {
    try {
      await this.service.run(this.stopping.signal);
    } catch (error) {
      this.onFailure(error);
    }
  }
}
