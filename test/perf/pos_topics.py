"""Runs ../shared/tools/make_pos_topics.py with a producer that writes to a file instead of Kafka.

pos_topics.py TOOL TOPIC OUT [--n N]: frames of TOPIC in order: u8 key length, key, u32 value length (little-endian), value.
"""
import runpy
import struct
import sys
import types

tool, topic, out = sys.argv[1:4]
file = open(out, 'wb', buffering=1 << 20)


class Producer:
    def __init__(self, _):
        pass

    def produce(self, _topic, value, key, partition=0):
        file.write(bytes([len(key)]) + key + struct.pack('<I', len(value)) + value)

    def poll(self, _):
        return 0

    def flush(self, _):
        return 0


class AdminClient:
    def __init__(self, _):
        pass

    def create_topics(self, _):
        return {}


kafka = types.ModuleType('confluent_kafka')
kafka.Producer = Producer
admin = types.ModuleType('confluent_kafka.admin')
admin.AdminClient = AdminClient
admin.NewTopic = lambda *_, **__: None
sys.modules.update({'confluent_kafka': kafka, 'confluent_kafka.admin': admin})

other = ['--avro', '-'] if topic == 'pos' else ['--json', '-']
sys.argv = [tool, *other, *sys.argv[4:]]
runpy.run_path(tool, run_name='__main__')
file.close()
