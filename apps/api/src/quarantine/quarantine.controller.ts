import { Scope, type HttpReply, type HttpRequest } from '@gondola/nest';
import { ChoiceError, list, show, type QuarantineListing, type ShownRow } from '@gondola/quarantine';
import { GondolaError } from '@gondola/stream';
import {
  Controller,
  Get,
  Header,
  Inject,
  NotFoundException,
  Param,
  Post,
  Query,
  Req,
  Res,
} from '@nestjs/common';
import { QUARANTINE, type QuarantineAccess } from './access.js';
import { OneAtATime } from '../one-at-a-time.js';
import { QuarantineReplays, type ReplayView } from './replays.js';
import { badRequest, refuse } from '../refusals.js';
import { parseListQuery, readReplayChoice, rowCursors } from './request.js';

const READERS_MAX = 8;
const GROUPS_MAX = 1_000;

export interface QuarantinePage extends Omit<QuarantineListing, 'by' | 'last'> {
  /** All of them; `groups` has the largest. */
  readonly groupsTotal: number;
  /** For `cursor`, null on the last page. Unlike `page` it reaches every row, and rows that are refused meanwhile move nothing. */
  readonly nextCursor: string | null;
}

export interface ReplaysAnswer {
  /** Of this process, the newest first. */
  readonly replays: readonly ReplayView[];
}

/**
 * What the command `quarantine` does, for programs: the same choices, the same words, personal fields masked as there. It takes
 * the scope `quarantine`. Bytes of records are shown masked only.
 */
@Controller('quarantine')
export class QuarantineController {
  private readonly reading = new OneAtATime(READERS_MAX);

  constructor(
    @Inject(QUARANTINE) private readonly access: QuarantineAccess,
    @Inject(QuarantineReplays) private readonly replays: QuarantineReplays,
  ) {}

  /** Groups of rows that are alike, the largest first, and a page of rows, the newest first. */
  @Get()
  @Scope('quarantine')
  @Header('cache-control', 'no-store')
  async list(@Query() query: unknown): Promise<QuarantinePage> {
    const options = parseListQuery(query);
    const { deps, registry } = this.access;
    const listing = await this.read(() => list(deps, registry, options));
    if (!listing)
      return {
        ...{ total: 0, groupsTotal: 0, groups: [], page: options.page, pages: 0, rows: [] },
        nextCursor: null,
      };
    const { by: _, groups, last, ...rest } = listing;
    return {
      ...{ ...rest, groupsTotal: groups.length, groups: groups.slice(0, GROUPS_MAX) },
      nextCursor: rowCursors.after(last),
    };
  }

  @Get('replays')
  @Scope('quarantine')
  @Header('cache-control', 'no-store')
  replaysSoFar(): ReplaysAnswer {
    return { replays: this.replays.list() };
  }

  @Get('replays/:id')
  @Scope('quarantine')
  @Header('cache-control', 'no-store')
  replay(@Param('id') id: string): ReplayView {
    const view = this.replays.list().find((one) => one.id === id);
    if (view) return view;
    throw new NotFoundException({ detail: 'no such replay, or it was long ago or in another process' });
  }

  /** 202 and where to ask how far it is. Changes nothing unless `dryRun` is false. */
  @Post('replays')
  @Scope('quarantine')
  async startReplay(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const { replays } = this.access;
    if (!replays)
      throw refuse(
        409,
        'this api does not replay: set quarantine.ingest (the configuration of ingest), and keys or quarantine.tokenFile, or run the command',
        { command: 'npx gondola quarantine replay --config INGEST.yaml --dry-run' },
      );
    const view = this.replays.start(replays, await readReplayChoice(request));
    if (!view) throw refuse(409, 'a replay is running: GET /quarantine/replays says how far it is');
    reply
      .code(202)
      .header('content-type', 'application/json; charset=utf-8')
      .header('location', `/quarantine/replays/${view.id}`)
      .send(JSON.stringify(view));
  }

  @Get(':stream/:partition/:position')
  @Scope('quarantine')
  @Header('cache-control', 'no-store')
  async show(
    @Param('stream') stream: string,
    @Param('partition') partition: string,
    @Param('position') position: string,
  ): Promise<ShownRow> {
    const { deps, registry, defaultSubject } = this.access;
    const wanted = `${stream}/${partition}/${position}`;
    try {
      const shown = await this.read(() => show(deps, registry, { wanted, defaultSubject }));
      if (shown) return shown;
    } catch (error) {
      throw error instanceof ChoiceError
        ? badRequest('position', `a ${error.parameter} ${error.message}`)
        : error;
    }
    throw new NotFoundException({ detail: `quarantine has no record ${wanted}` });
  }

  /** Null: nothing was ever refused, and there is no table. */
  private async read<T>(work: () => Promise<T>): Promise<T | null> {
    if (this.reading.isFull) throw refuse(503, 'too many read quarantine: try again in a moment');
    return this.reading.run(work).catch((error: unknown) => {
      if (error instanceof GondolaError && error.code === 'input_invalid') return null;
      throw error;
    });
  }
}
