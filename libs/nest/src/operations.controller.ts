import { Controller, Get, Header, Inject, Req, Res } from '@nestjs/common';
import type { HttpReply, HttpRequest } from './http-types.js';
import type { Readiness } from './readiness.js';
import { Scope } from './scope.js';
import { addVary } from './vary.js';

export const READINESS = Symbol('readiness');
export const METRICS_TEXT = Symbol('metrics text');

/** What is needed of a registry of metrics. */
export interface MetricsText {
  readonly contentType: string;
  metrics(): Promise<string>;
  /** The same as OpenMetrics. */
  asOpenMetrics(): Pick<MetricsText, 'contentType' | 'metrics'>;
}

/** For Kubernetes and Prometheus. */
@Controller()
export class OperationsController {
  constructor(
    @Inject(READINESS) private readonly readiness: () => Readiness,
    @Inject(METRICS_TEXT) private readonly metricsText: MetricsText,
  ) {}

  /** The process answers. It says nothing of the world outside: a restart would not mend that. */
  @Get('health/live')
  @Scope('open')
  @Header('cache-control', 'no-store')
  live(): { status: 'live' } {
    return { status: 'live' };
  }

  /** 200 when every service is healthy or only just cut off, else 503; with the state of each. */
  @Get(['health', 'health/ready'])
  @Scope('open')
  ready(@Res() reply: HttpReply): void {
    const readiness = this.readiness();
    reply.code(readiness.ready ? 200 : 503).header('cache-control', 'no-store');
    reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(readiness));
  }

  /** As OpenMetrics, which alone has exemplars, for who accepts it: Prometheus does. */
  @Get('metrics')
  @Scope('open')
  async metrics(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const isOpen = request.headers.accept?.includes('application/openmetrics-text') ?? false;
    const answer = isOpen ? this.metricsText.asOpenMetrics() : this.metricsText;
    const text = await answer.metrics();
    addVary(reply, 'accept');
    reply.header('content-type', answer.contentType).send(text);
  }
}
