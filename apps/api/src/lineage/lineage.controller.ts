import type { Contract } from '@gondola/contract';
import { Controller, Get, Header, Inject, Query } from '@nestjs/common';
import { z } from 'zod';
import { OneAtATime } from '../one-at-a-time.js';
import { refuse } from '../refusals.js';
import { id, parse } from '../request.js';
import { columnLineage } from './column-lineage.js';
import type { ColumnLineage, LineageAnswer } from './lineage-answer.js';
import type { LineageReader } from './lineage-reader.js';

const READERS_MAX = 16;
/** Logs of all tables are read for an answer: who asks again soon gets the same. */
const ANSWER_MS = 2_000;

export interface LineageAccess {
  readonly reader: LineageReader;
  readonly contracts: () => readonly Contract[];
}
export const LINEAGE = Symbol('lineage');

export const lineageQuery = z.strictObject({});
export const columnQuery = z.strictObject({
  table: id.describe('as `/lineage` names it: `silver/retail.pos.transaction`'),
  column: id,
});

/** Where what the tables hold comes from. Names of fields and how they are masked are told, never what is in them. */
@Controller('lineage')
export class LineageController {
  private readonly reading = new OneAtATime(READERS_MAX);
  private last: { readonly readAt: number; readonly answer: LineageAnswer } | null = null;

  constructor(@Inject(LINEAGE) private readonly access: LineageAccess) {}

  /** Tables, streams, contracts, versions, positions, last commits. */
  @Get()
  @Header('cache-control', 'private, no-cache')
  list(@Query() query: unknown): Promise<LineageAnswer> {
    parse(lineageQuery, query);
    return this.read();
  }

  @Get('columns')
  @Header('cache-control', 'private, no-cache')
  async column(@Query() query: unknown): Promise<ColumnLineage> {
    const { table: name, column: columnName } = parse(columnQuery, query);
    const { tables } = await this.read();
    const table = tables.find((one) => one.name === name);
    const column = table?.columns.find((one) => one.name === columnName);
    if (!table || !column) throw refuse(404, `${name} has no column ${columnName}`);
    return columnLineage(table, column, tables, this.access.contracts());
  }

  private read(): Promise<LineageAnswer> {
    if (this.reading.isFull) throw refuse(503, 'too many ask for lineage: try again in a moment');
    return this.reading.run(async () => {
      // How long ago, whatever the clock of a demo does.
      if (this.last && performance.now() - this.last.readAt < ANSWER_MS) return this.last.answer;
      const answer = await this.access.reader.read();
      this.last = { readAt: performance.now(), answer };
      return answer;
    });
  }
}
