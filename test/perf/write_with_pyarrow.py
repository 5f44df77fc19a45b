"""Writes the rows of a Parquet file again with pyarrow, one thread, and prints its rows per CPU-second as JSON.

    write_with_pyarrow.py FILE CODEC
"""

import io
import json
import os
import sys

import pyarrow
import pyarrow.parquet

RUNS = 5

file, codec = sys.argv[1:]
pyarrow.set_cpu_count(1)
pyarrow.set_io_thread_count(1)
table = pyarrow.parquet.read_table(file)
best = None
for _ in range(RUNS):
    sink = io.BytesIO()
    before = os.times()
    pyarrow.parquet.write_table(table, sink, compression=codec)
    after = os.times()
    seconds = after.user - before.user + after.system - before.system
    best = seconds if best is None else min(best, seconds)
print(json.dumps({"rowsPerCpuSecond": round(table.num_rows / best), "bytes": sink.getbuffer().nbytes}))
