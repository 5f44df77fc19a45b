import { readFileSync, readdirSync } from 'node:fs';
import { extname } from 'node:path';
import { Scope, type HttpReply } from '@gondola/nest';
import type { Clock, Service } from '@gondola/stream';
import { Controller, Get, Header, Inject, NotFoundException, Param, Res } from '@nestjs/common';
import { SignalStore } from './signals/signal-store.js';
import { OpenNow } from './shelves/open-now.js';
import type { CountByKind, LossPerHour } from './shelves/views.js';

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** What keeps the worker's card going without a connection. */
const WORKER = 'worker.js';

/** File name -> content, read once: a request can only ask for what is in here. */
export type BoardFiles = ReadonlyMap<string, Buffer>;

export interface BoardOptions {
  readonly environment: string;
  /** The shops are made up and the clock may run fast: the board says so. */
  readonly demo: boolean;
  readonly files: BoardFiles;
  readonly clock: Clock;
  readonly feed: Service;
  /** Event time up to which detection has looked at every store, null when that is not known. */
  readonly checkedUntilMs: () => number | null;
}

/** The top strip. Times are by the server's clock, which is not the reader's in a demo. */
export interface BoardInfo {
  readonly environment: string;
  readonly demo: boolean;
  readonly nowMs: number;
  readonly state: 'starting' | 'healthy' | 'disconnected' | 'stopped';
  readonly detail: string;
  /** 0: nothing has arrived yet, which says nothing about the shelves. */
  readonly signalsSeen: number;
  readonly lastSignalAtMs: number | null;
  readonly checkedUntilMs: number | null;
  readonly open: CountByKind;
  readonly openTotal: number;
  readonly lost: LossPerHour;
}

export const BOARD = Symbol('board');

export function readBoardFiles(): BoardFiles {
  const folder = new URL('../board/', import.meta.url);
  const names = readdirSync(folder).filter((name) => extname(name) in MEDIA_TYPES);
  return new Map(names.map((name) => [name, readFileSync(new URL(name, folder))]));
}

@Controller()
export class BoardController {
  constructor(
    @Inject(BOARD) private readonly options: BoardOptions,
    @Inject(SignalStore) private readonly store: SignalStore,
    @Inject(OpenNow) private readonly openNow: OpenNow,
  ) {}

  /** Takes a key: who has none is sent to where to give one. */
  @Get()
  index(@Res() reply: HttpReply): void {
    this.file('index.html', reply);
  }

  @Get('board/info')
  @Header('cache-control', 'private, no-cache')
  async info(): Promise<BoardInfo> {
    const { environment, demo, clock, feed, checkedUntilMs } = this.options;
    const { state, detail } = feed.health();
    const { open, openTotal, lost } = (await this.openNow.everywhere()).total;
    const [newest] = this.store.query({}, 1).signals;
    return {
      environment,
      demo,
      nowMs: clock.nowMs(),
      state,
      detail,
      signalsSeen: this.store.arrivedTotal,
      lastSignalAtMs: newest?.atMs ?? null,
      checkedUntilMs: checkedUntilMs(),
      open,
      openTotal,
      lost,
    };
  }

  @Get('board/:file')
  @Scope('open')
  file(@Param('file') name: string, @Res() reply: HttpReply): void {
    const content = this.options.files.get(name);
    if (!content) throw new NotFoundException({ detail: `the board has no file ${name}` });
    // It answers for the whole page, and lies in a folder below it.
    if (name === WORKER) reply.header('service-worker-allowed', '/');
    reply
      .header('content-type', MEDIA_TYPES[extname(name)])
      .header('cache-control', 'no-cache')
      .send(content);
  }
}
