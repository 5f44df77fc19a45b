import { Controller, Get, Header, Inject } from '@nestjs/common';
import { BOARD, type BoardOptions } from '../board.controller.js';
import { StoreSights } from '../store-sights.js';
import type { PipelineLag } from './lag.js';
import { SourceWatch, type SourceView, type TableRate } from './source-watch.js';

/** Injects what tells the lag of this process's pipelines. */
export const LAG = Symbol('lag');

/** What comes in, how fast and how late. Times are by the clock of the shops but where they are said to be real. */
export interface PipelineAnswer {
  readonly nowMs: number;
  /** The lake did not answer the last time: this is what was known before. */
  readonly isBehind: boolean;
  /** Event time up to which detection has looked at every store, null where it runs elsewhere. */
  readonly checkedUntilMs: number | null;
  /** Busiest first. */
  readonly sources: readonly SourceView[];
  readonly quarantine: TableRate;
  /** Of pipelines in this process; empty where they run elsewhere. */
  readonly lag: readonly PipelineLag[];
}

@Controller('pipeline')
export class PipelineController {
  constructor(
    @Inject(BOARD) private readonly board: BoardOptions,
    @Inject(SourceWatch) private readonly sources: SourceWatch,
    @Inject(StoreSights) private readonly sights: StoreSights,
    @Inject(LAG) private readonly lag: () => Promise<PipelineLag[]>,
  ) {}

  @Get()
  @Header('cache-control', 'private, no-cache')
  async pipeline(): Promise<PipelineAnswer> {
    const nowMs = this.board.clock.nowMs();
    const sources = await this.sources.views(nowMs, this.sights.isEveryStoreClosed(nowMs));
    return {
      nowMs,
      isBehind: this.sources.isBehind,
      checkedUntilMs: this.board.checkedUntilMs(),
      sources,
      quarantine: await this.sources.quarantined(),
      lag: await this.lag(),
    };
  }
}
