"""What delta-rs does to and sees of a Delta table, for delta-log.server-test.ts: `delta_rs.py TABLE_DIR STEP ...`.

Steps run in order; each prints one line of JSON.
"""

import datetime
import json
import sys

import deltalake
import pyarrow

FIRST_DAY = datetime.date(2024, 3, 28)
HEADERS = pyarrow.list_(
    pyarrow.field(
        "element",
        pyarrow.struct([pyarrow.field("key", pyarrow.string(), False), pyarrow.field("value", pyarrow.binary(), False)]),
        False,
    )
)


def append(folder, first, count):
    """Rows as delta-rows.ts makes them."""
    rows = range(int(first), int(first) + int(count))
    table = pyarrow.table(
        {
            "row": pyarrow.array(rows, pyarrow.int32()),
            "store": pyarrow.array([None if row % 3 == 0 else f"store-{row % 5}" for row in rows], pyarrow.string()),
            "headers": pyarrow.array([[] if row % 2 == 0 else [{"key": "row", "value": b"\1"}] for row in rows], HEADERS),
            "event_date": pyarrow.array([FIRST_DAY + datetime.timedelta(days=row % 2) for row in rows]),
        }
    )
    deltalake.write_deltalake(folder, table, mode="append")
    return deltalake.DeltaTable(folder).version()


def compact(folder):
    metrics = deltalake.DeltaTable(folder).optimize.compact()
    return {"removed": metrics["numFilesRemoved"], "added": metrics["numFilesAdded"]}


def checkpoint(folder):
    deltalake.DeltaTable(folder).create_checkpoint()


def clean(folder):
    deltalake.DeltaTable(folder).cleanup_metadata()


def vacuum(folder):
    table = deltalake.DeltaTable(folder)
    return len(table.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False))


def would_vacuum(folder):
    return sorted(
        deltalake.DeltaTable(folder).vacuum(retention_hours=0, dry_run=True, enforce_retention_duration=False)
    )


def position(folder, app_id):
    return str(deltalake.DeltaTable(folder).transaction_version(app_id))


def rows_at(folder, version):
    return deltalake.DeltaTable(folder, version=int(version)).to_pyarrow_table().num_rows


def rows_where(folder, day, least):
    filters = [("event_date", "=", datetime.date.fromisoformat(day)), ("row", ">=", int(least))]
    return sorted(deltalake.DeltaTable(folder).to_pyarrow_table(filters=filters)["row"].to_pylist())


def add_column(folder):
    fields = [deltalake.Field("added", deltalake.schema.PrimitiveType("string"), nullable=True)]
    deltalake.DeltaTable(folder).alter.add_columns(fields)


def constrain(folder):
    deltalake.DeltaTable(folder).alter.add_constraint({"positive": "row >= 0"})


def set_property(folder, name, value):
    deltalake.DeltaTable(folder).alter.set_table_properties({name: value}, raise_if_not_exists=False)


STEPS = {
    step.__name__: step
    for step in (
        append,
        compact,
        checkpoint,
        clean,
        vacuum,
        would_vacuum,
        position,
        rows_at,
        rows_where,
        add_column,
        constrain,
        set_property,
    )
}

folder, *steps = sys.argv[1:]
for step in steps:
    name, *values = step.split(",")
    print(json.dumps(STEPS[name](folder, *values)))
