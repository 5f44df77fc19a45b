"""A Spark session with Delta that takes one command a line and answers one JSON line each.

spark_session.py FOLDER_OF_JARS; commands are JSON: {"do": ..., "table": FOLDER, ...}
"""
import json
import os
import sys

os.environ['SPARK_LOCAL_IP'] = '127.0.0.1'

from pyspark.sql import SparkSession, functions as f  # noqa: E402

jars = sys.argv[1]
spark = (
    SparkSession.builder.master('local[2]')
    .config('spark.driver.bindAddress', '127.0.0.1')
    .config('spark.driver.host', '127.0.0.1')
    .config('spark.driver.memory', '1g')
    .config('spark.ui.enabled', 'false')
    .config('spark.sql.session.timeZone', 'UTC')
    .config('spark.sql.shuffle.partitions', '2')
    .config('spark.jars', ','.join(os.path.join(jars, name) for name in sorted(os.listdir(jars)) if name.endswith('.jar')))
    .config('spark.sql.extensions', 'io.delta.sql.DeltaSparkSessionExtension')
    .config('spark.sql.catalog.spark_catalog', 'org.apache.spark.sql.delta.catalog.DeltaCatalog')
    .getOrCreate()
)
spark.sparkContext.setLogLevel('ERROR')


def frame(command):
    reader = spark.read.format('delta')
    if 'version' in command:
        reader = reader.option('versionAsOf', command['version'])
    return reader.load(command['table'])


def read(command):
    """Rows, types, and of each column that has an order: nulls, least, greatest and (numbers) sum, as text."""
    df = frame(command)
    wanted = [field for field in df.schema.fields if field.dataType.simpleString().split('<')[0] not in ('array', 'binary')]
    asked = []
    for field in wanted:
        column = f.col(field.name)
        asked.append(f.sum(column.isNull().cast('int')).cast('string').alias(f'nulls:{field.name}'))
        if field.dataType.simpleString() == 'boolean':
            continue
        asked += [f.min(column).cast('string').alias(f'min:{field.name}'), f.max(column).cast('string').alias(f'max:{field.name}')]
        if field.dataType.simpleString().split('(')[0] in ('int', 'bigint', 'decimal'):
            asked.append(f.sum(column.cast('decimal(38,4)')).cast('string').alias(f'sum:{field.name}'))
    answers = df.agg(f.count(f.lit(1)).cast('string').alias('rows'), *asked).first().asDict()
    return {'types': {field.name: field.dataType.simpleString() for field in df.schema.fields}, **answers}


def count(command):
    return {'rows': frame(command).where(command['where']).count()}


def optimize(command):
    spark.sql(f"OPTIMIZE delta.`{command['table']}`")
    return {}


def values(command):
    df = frame(command)
    return {'values': sorted(str(row[0]) for row in df.select(command['column']).collect())}


DO = {'read': read, 'count': count, 'optimize': optimize, 'values': values}
print(json.dumps({'ready': spark.version}), flush=True)
for line in sys.stdin:
    command = json.loads(line)
    try:
        print(json.dumps(DO[command['do']](command)), flush=True)
    except Exception as error:  # the asker decides what an error means
        print(json.dumps({'error': str(error)[:2000]}), flush=True)
spark.stop()
