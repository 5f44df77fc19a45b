import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { readSnapshot } from '@gondola/lake-delta';
import { readCheckpoint } from '@gondola/lake-parquet';
import type { LakeFixture } from '../../apps/api/test/lake-fixture.js';

export interface SqlRow {
  /** Empty: no category is known, or everything. */
  readonly key: string;
  readonly [column: string]: number | string | null;
}

/** By whose column a whole is divided: of till lines, of episodes; null: by days. */
export interface SqlDivision {
  readonly line: string;
  readonly episode: string;
  readonly isTime?: boolean;
}

const HOURS = '3600000000.0';

/** The KPIs of `/insights` in SQL, over the files of the tables themselves: written from the definitions, nothing is shared with our code. */
export class InsightsSql {
  private constructor(private readonly connection: DuckDBConnection) {}

  static async open(lake: LakeFixture): Promise<InsightsSql> {
    const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: '512MB' });
    const sql = new InsightsSql(await instance.connect());
    const filesOf = async (table: string) => {
      const snapshot = await readSnapshot(lake.store, table, readCheckpoint);
      const paths = (snapshot?.files ?? []).map(({ path }) => `'${join(lake.folder, table, path)}'`);
      return `read_parquet([${paths.join(', ')}], hive_partitioning = false, union_by_name = true)`;
    };
    await sql.run("set TimeZone = 'UTC'");
    await sql.run(`create table lines as select retail_store_id store, item_id item, merchandise_group category, currency_code currency,
      epoch_us(begin_date_time) us, line_type, if(line_type = 'SALE', 1, -1) * abs(quantity) * unit_price amount
      from ${await filesOf('dev/silver/retail.pos.transaction')}
      where transaction_type in ('SALE', 'RETURN') and line_type in ('SALE', 'RETURN')`);
    await sql.run(
      'create table items as select item, arg_max(category, us) category from lines group by item',
    );
    await sql.run(`create table signals as select * exclude ("at", since), epoch_us("at") us, epoch_us(since) since
      from ${await filesOf('dev/signals')}`);
    await sql.run(`create table verdicts as select * exclude ("at"), epoch_us("at") us
      from ${await filesOf('dev/silver/retail.stockout.verdict')}`);
    await sql.run(`create table episodes as
      with alerts as (select * from signals where kind in ('out_of_stock', 'phantom', 'silent', 'partial')
          qualify row_number() over (partition by episode_id order by us) = 1),
        lasts as (select * from signals
          qualify row_number() over (partition by episode_id order by us desc, kind = 'recovered' desc) = 1),
        looks as (select s.episode_id, min(v.us) looked from verdicts v join signals s using (signal_id) group by all)
      select a.episode_id, a.store_id store, a.item_id item, category, a.us alert, a.since, a.probability, looked,
        if(l.kind = 'recovered', l.us, null) ended, l.lost_sales, l.lost_sales_low low, l.lost_sales_high high, l.currency
      from alerts a join lasts l using (episode_id) left join looks using (episode_id) left join items on item = a.item_id`);
    return sql;
  }

  /** Signals that said that a shelf is empty, in the order of time. */
  alerts(): Promise<SqlRow[]> {
    return this.rows(`select signal_id as key, store_id, item_id, us / 1000.0 at_ms from signals
      where kind in ('out_of_stock', 'phantom', 'silent', 'partial') order by us, signal_id`);
  }

  async insights(fromMs: number, untilMs: number, { line, episode, isTime }: SqlDivision): Promise<SqlRow[]> {
    const [from, until] = [fromMs * 1_000, untilMs * 1_000];
    await this.run(
      `create or replace table groups as ${
        isTime
          ? `select strftime(make_timestamp(day), '%Y-%m-%d') as key, greatest(day, ${from}) f, least(day + 86400000000, ${until}) u
           from (select unnest(generate_series(${from} // 86400000000 * 86400000000, ${until} - 1, 86400000000)) as day)`
          : `select distinct coalesce(${line}, '') as key, ${from} f, ${until} u from lines`
      }`,
    );
    const isOf = (column: string) => (isTime ? 'true' : `coalesce(${column}, '') = key`);
    return this.rows(`
      with out as (select key, count(*) filter (alert >= f and alert < u) episodes,
          sum(probability * greatest(0, least(coalesce(ended, u), u) - greatest(since, f))) / ${HOURS} out_hours,
          sum(lost_sales) filter (alert >= f and alert < u) lost,
          .5 * sqrt(sum((high - low) ** 2) filter (alert >= f and alert < u)) half,
          median((alert - since) / 6e7) filter (alert >= f and alert < u) detect,
          quantile_cont((alert - since) / 6e7, .9) filter (alert >= f and alert < u) detect90,
          median((ended - alert) / 6e7) filter (alert >= f and alert < u) fix,
          quantile_cont((ended - alert) / 6e7, .9) filter (alert >= f and alert < u) fix90,
          median((looked - alert) / 6e7) filter (alert >= f and alert < u) acknowledge
        from groups join episodes on ${isOf(episode)} group by key),
      sold as (select key, sum(amount)::double sold from groups join lines on ${isOf(line)} and us >= f and us < u group by key),
      shelves as (select store, item, category, min(us) // 86400000000 * 86400000000 begins,
          (max(us) // 86400000000 + 15) * 86400000000 ends
        from (select lines.* exclude (category), items.category from lines join items using (item)) where line_type = 'SALE' group by all),
      range as (select key, sum(greatest(0, least(ends, u) - greatest(begins, f))) / ${HOURS} shelf_hours
        from groups join shelves on ${isOf(line)} group by key),
      audits as (select key, count(*) audited, count(*) filter (verdict in ('FILLED', 'NONE_IN_STORE')) confirmed
        from groups join (select v.verdict, v.us, store_id store, v.item_id item, items.category from verdicts v
          left join items on item = v.item_id where v.verdict not in ('CANNOT_CHECK', 'TAKEN')) on ${isOf(line)} and us >= f and us < u group by key)
      select *, (confirmed / audited + 3.841459 / 2 / audited - 1.959964 * sqrt(confirmed / audited * (1 - confirmed / audited) / audited
          + 3.841459 / 4 / audited ** 2)) / (1 + 3.841459 / audited) wilson_low
      from groups left join out using (key) left join sold using (key) left join range using (key) left join audits using (key)`);
  }

  private async run(sql: string): Promise<void> {
    await this.connection.run(sql);
  }

  private async rows(sql: string): Promise<SqlRow[]> {
    const reader = await this.connection.runAndReadAll(sql);
    return reader.getRowObjects().map((row) => {
      const plain = Object.entries(row).map(([name, value]) => [
        name,
        typeof value === 'bigint' ? Number(value) : value,
      ]);
      return Object.fromEntries(plain) as SqlRow;
    });
  }
}
