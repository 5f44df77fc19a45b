"""Reads one Delta table with delta-rs, DuckDB and Polars and prints what each of them sees, as one JSON object.

    read_tables.py TABLE_DIR [--sum COLUMN ...] [--rows ORDER_BY] [--check-stats]

Sums, and integers and decimals in rows, are text, so that no digit is lost on the way.
"""

import argparse
import datetime
import decimal
import json
import math
import urllib.parse

import deltalake
import duckdb
import polars
import pyarrow
import pyarrow.parquet

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
MICROSECOND = datetime.timedelta(microseconds=1)


def plain(value):
    """A value as JSON can carry it exactly."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, datetime.datetime):
        return str((value - EPOCH) // MICROSECOND)
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    raise TypeError(type(value))


def sum_of(column):
    values = [value for value in column.to_pylist() if value is not None]
    return plain(math.fsum(values) if values and isinstance(values[0], float) else sum(values))


def seen(table, schema, args):
    """`table` is what an engine returned, as Arrow; `schema` are the types in the engine's own words."""
    view = {
        "rows": table.num_rows,
        "schema": schema,
        "sums": {name: sum_of(table[name]) for name in args.sum},
    }
    if args.rows:
        names = sorted(table.column_names)
        rows = sorted(table.to_pylist(), key=lambda row: row[args.rows])
        view["values"] = [{name: plain(row[name]) for name in names} for row in rows]
    return view


def with_delta_rs(table, args):
    arrow = table.to_pyarrow_table()
    return seen(arrow, {field.name: str(field.type) for field in arrow.schema}, args)


def with_duckdb(table, args):
    """DuckDB's own delta extension has to be downloaded, so it gets the list of files that delta-rs found."""
    files = table.file_uris()
    if not files:
        return None
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    query = "SELECT * FROM read_parquet(?, hive_partitioning = true, union_by_name = true)"
    schema = {name: kind for name, kind, *_ in connection.execute(f"DESCRIBE {query}", [files]).fetchall()}
    return seen(connection.execute(query, [files]).to_arrow_table(), schema, args)


def with_polars(table, args):
    frame = polars.scan_delta(table).collect()
    return seen(frame.to_arrow(), {name: str(kind) for name, kind in frame.schema.items()}, args)


def broken_stats(table):
    """Statistics that a reader who skips files by them would be misled by."""
    broken = []
    actions = pyarrow.table(table.get_add_actions(flatten=True)).to_pylist()
    for action in actions:
        path = table.table_uri.rstrip("/") + "/" + urllib.parse.unquote(action["path"])
        file = pyarrow.parquet.ParquetFile(urllib.parse.unquote(path.removeprefix("file://"))).read()
        if action["num_records"] != file.num_rows:
            broken.append(f"{action['path']}: num_records")
        for name in file.column_names:
            values = [value for value in file[name].to_pylist() if value is not None]
            nulls = action.get(f"null_count.{name}")
            if nulls is not None and nulls != file.num_rows - len(values):
                broken.append(f"{action['path']}: null_count.{name}")
            low, high = action.get(f"min.{name}"), action.get(f"max.{name}")
            if (low is not None and low > min(values, key=order)) or (high is not None and high < max(values, key=order)):
                broken.append(f"{action['path']}: bounds of {name}: {low!r} {high!r}")
    return broken


def order(value):
    return value.encode() if isinstance(value, str) else value


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("table_dir")
    parser.add_argument("--sum", nargs="+", default=[], metavar="COLUMN")
    parser.add_argument("--rows", metavar="ORDER_BY", help="print all rows, ordered by this column")
    parser.add_argument("--check-stats", action="store_true", help="compare every file with its statistics")
    args = parser.parse_args()

    table = deltalake.DeltaTable(args.table_dir)
    result = {
        "version": table.version(),
        "files": len(table.file_uris()),
        "properties": table.metadata().configuration,
        "delta_rs": with_delta_rs(table, args),
        "duckdb": with_duckdb(table, args),
        "polars": with_polars(table, args),
    }
    if args.check_stats:
        result["broken_stats"] = broken_stats(table)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
