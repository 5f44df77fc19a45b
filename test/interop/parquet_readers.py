"""Reads every Parquet file of a folder with pyarrow and DuckDB and prints what each of them sees, as one JSON object.

    parquet_readers.py REQUEST

REQUEST is a JSON file: {folder, bloom: [[file, column, value]], queries: [[file, sql]]}.
Integers, times and unscaled decimals are text, doubles are the hex digits of their little-endian bytes, bytes are hex;
of text and bytes longer than LONG only the SHA-256 is printed.
"""

import datetime
import decimal
import hashlib
import json
import os
import shutil
import struct
import sys
import tempfile

import deltalake
import duckdb
import pyarrow.parquet

LONG = 10_000
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
MICROSECOND = datetime.timedelta(microseconds=1)
decimal.getcontext().prec = 60


def plain(value):
    if isinstance(value, str):
        return value if len(value) < LONG else plain(value.encode())
    if isinstance(value, bytes):
        return value.hex() if len(value) < LONG else hashlib.sha256(value).hexdigest()
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, decimal.Decimal):
        return str(int(value.scaleb(-value.as_tuple().exponent)))
    if isinstance(value, float):
        return "nan" if value != value else struct.pack("<d", value).hex()
    if isinstance(value, datetime.datetime):
        return str((value - EPOCH) // MICROSECOND)
    if isinstance(value, datetime.date):
        return str((value - EPOCH.date()).days)
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    raise TypeError(type(value))


def seen(table):
    return {name: [plain(value) for value in table[name].to_pylist()] for name in table.column_names}


def order(value):
    return value.encode() if isinstance(value, str) else value


def metadata(path):
    """What the footer says of each column, and what is wrong with it."""
    file = pyarrow.parquet.ParquetFile(path)
    columns, broken = [], []
    for group in range(file.metadata.num_row_groups):
        whole = file.metadata.row_group(group)
        rows = file.read_row_group(group)
        for at in range(whole.num_columns):
            column = whole.column(at)
            statistics = column.statistics
            columns.append(
                {
                    "path": column.path_in_schema,
                    "codec": column.compression,
                    "encodings": list(column.encodings),
                    "column_index": column.has_column_index,
                    "offset_index": column.has_offset_index,
                    "bounds": bool(statistics and statistics.has_min_max),
                }
            )
            if "." in column.path_in_schema or statistics is None:
                continue
            values = rows[column.path_in_schema].to_pylist()
            present = [order(value) for value in values if value is not None]
            if statistics.null_count != len(values) - len(present):
                broken.append(f"{column.path_in_schema}: nulls")
            if statistics.has_min_max and not all(order(statistics.min) <= value <= order(statistics.max) for value in present):
                broken.append(f"{column.path_in_schema}: bounds")
    return {"rows": file.metadata.num_rows, "row_groups": file.metadata.num_row_groups, "columns": columns, "broken": broken}


def read(connection, path):
    frame = connection.sql("SELECT * FROM read_parquet(?)", params=[path]).to_arrow_table()
    return {"pyarrow": seen(pyarrow.parquet.read_table(path)), "duckdb": seen(frame), "metadata": metadata(path)}


def datafusion(path, sql):
    """Rows of a query over one file as the table `file`, by an engine that skips by the page index."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(path, os.path.join(folder, "part.parquet"))
        deltalake.convert_to_deltalake(folder)
        builder = deltalake.QueryBuilder().register("file", deltalake.DeltaTable(folder))
        return pyarrow.table(builder.execute(sql).read_all()).to_pylist()


def main():
    request = json.load(open(sys.argv[1]))
    folder = request["folder"]
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    paths = {name: os.path.join(folder, name) for name in sorted(os.listdir(folder))}
    result = {"files": {name: read(connection, path) for name, path in paths.items()}, "bloom": [], "queries": []}
    for name, column, value in request["bloom"]:
        probe = "SELECT bool_and(bloom_filter_excludes) FROM parquet_bloom_probe(?, ?, ?)"
        result["bloom"].append(connection.execute(probe, [paths[name], column, value]).fetchone()[0])
    for name, sql in request["queries"]:
        path = paths[name]
        connection.execute(f"CREATE OR REPLACE VIEW file AS FROM read_parquet('{path}')")
        rows = connection.sql(sql).to_arrow_table().to_pylist()
        answers = [rows, datafusion(path, sql)]
        result["queries"].append([[{key: plain(value) for key, value in row.items()} for row in rows] for rows in answers])
    sys.stdout.write(json.dumps(result))


if __name__ == "__main__":
    main()
