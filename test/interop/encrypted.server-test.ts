import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createColumnarEncoder, unwrappedKey, type Keyring } from '@gondola/lake-parquet';
import { ByteValues, columnSpec, HEADERS_TYPE } from '@gondola/stream';
import { describeWithPython, runPython } from './python.js';

const SCRIPT = `
import base64, json, sys
import pyarrow.parquet as pq
import pyarrow.parquet.encryption as pe

class Client(pe.KmsClient):
    def __init__(self, keys):
        pe.KmsClient.__init__(self)
        self.keys = keys
    def wrap_key(self, key, master):
        raise NotImplementedError
    def unwrap_key(self, wrapped, master):
        wrapped = wrapped if isinstance(wrapped, str) else wrapped.decode()
        return base64.b64decode(self.keys[master + " " + wrapped])

path, keys = sys.argv[1], json.loads(sys.argv[2])
factory = pe.CryptoFactory(lambda config: Client(keys))
properties = factory.file_decryption_properties(pe.KmsConnectionConfig(), pe.DecryptionConfiguration())
table = pq.read_table(path, decryption_properties=properties)
plain = pq.ParquetFile(path).read(columns=["position"])
try:
    pq.ParquetFile(path).read(columns=["value"])
    refused = False
except Exception:
    refused = True
print(json.dumps({
    "position": plain["position"].to_pylist(),
    "value": [value and value.decode() for value in table["value"].to_pylist()],
    "headers": [[[h["key"], h["value"].decode()] for h in row] for row in table["headers"].to_pylist()],
    "refused": refused,
}))
`;

describeWithPython('encrypted columns', () => {
  it('are read by pyarrow with the key, which checks the signature, and the others without', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gondola-encrypted-'));
    const keyring: Keyring = { writing: 'k1', keys: new Map([['k1', Buffer.alloc(32, 7)]]) };
    const rows = 45_000;
    const values = Array.from({ length: rows }, (_, row) => (row % 9 === 0 ? null : `value ${row % 1000}`));
    const headers = Array.from({ length: rows }, (_, row) =>
      row % 2 === 0 ? [] : [{ key: 'k', value: Buffer.from(String(row)) }],
    );
    const table = {
      rows,
      columns: [
        {
          spec: columnSpec('position', 'int64'),
          values: BigInt64Array.from({ length: rows }, (_, row) => BigInt(row)),
        },
        { spec: columnSpec('value', 'binary', true), values: ByteValues.of(values) },
        { spec: { name: 'headers', type: HEADERS_TYPE, nullable: false }, values: headers },
      ],
    };
    const { bytes } = await createColumnarEncoder('zstd', keyring).encode([table]);
    const path = join(folder, 'a.parquet');
    await writeFile(path, bytes);
    const [material] = /\{"keyMaterialType".*?\}/.exec(Buffer.from(bytes).toString('latin1')) ?? [''];
    const { wrappedDEK } = JSON.parse(material) as { wrappedDEK: string };
    const key = Buffer.from(unwrappedKey(Buffer.from(material), keyring)).toString('base64');
    const seen = JSON.parse(
      await runPython('-c', SCRIPT, path, JSON.stringify({ [`k1 ${wrappedDEK}`]: key })),
    ) as unknown;
    expect(seen).toEqual({
      position: Array.from({ length: rows }, (_, row) => row),
      value: values,
      headers: headers.map((row) => row.map((one) => [one.key, one.value.toString()])),
      refused: true,
    });
    await rm(folder, { recursive: true });
  });
});
