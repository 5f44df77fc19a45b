import { parseProto } from './parse-proto.js';
import { readMessageIndexes, readMessageNumber } from './message-indexes.js';

const FILE = `
syntax = "proto3";
package shop.v1;
import "common/money.proto";
// An order.
message Order {
  common.Money total = 1; // What it costs.
  map<string, string> tags = 2;
  message Line { message Part { int32 a = 1; } string item = 1; enum Kind { A = 0; } message Q { int32 a = 1; } }
  repeated Line lines = 3;
  optional int64 till_number = 4;
  string other = 5 [json_name = "another"];
}
enum NoMessage { NONE = 0; }
message Payment { Order order = 1; Payment of = 2; }
`;
const MONEY =
  'syntax = "proto3"; package common; message First { int32 a = 1; } message Money { int64 units = 1; }';

const file = parseProto(FILE, 'a file', [MONEY]);

test.each([
  ['nothing said', null, 'shop.v1.Order'],
  ['first', [0], 'shop.v1.Order'],
  ['second', [1], 'shop.v1.Payment'],
  ['within', [0, 0], 'shop.v1.Order.Line'],
  ['deeper, past an enum', [0, 0, 1], 'shop.v1.Order.Line.Q'],
  ['too far', [2], undefined],
  ['too deep', [1, 0], undefined],
  ['of an import', [3], undefined],
  // By full name, with the message that a compiler makes of the map: Order, Line, Line.Part, Line.Q, TagsEntry, Payment.
  ['Glue: first', 0, 'shop.v1.Order'],
  ['Glue: within', 1, 'shop.v1.Order.Line'],
  ['Glue: deeper', 2, 'shop.v1.Order.Line.Part'],
  ["Glue: a map's entry", 4, undefined],
  ['Glue: last', 5, 'shop.v1.Payment'],
  ['Glue: too far', 6, undefined],
])('%s', (_, place, name) => {
  expect(file.messageAt(place)?.fullName).toBe(name);
});

test('fields have the types of the imported file, names for JSON, presence and comments', () => {
  const order = file.messageAt(null);
  expect(order?.doc).toBe('An order.');
  const [total, , lines, till, other] = order?.fields ?? [];
  expect(total).toMatchObject({
    type: { message: { fullName: 'common.Money' } },
    hasPresence: true,
    doc: 'What it costs.',
  });
  expect(lines).toMatchObject({ isRepeated: true, hasPresence: false });
  expect(till).toMatchObject({ jsonName: 'tillNumber', hasPresence: true, oneof: null });
  expect(other).toMatchObject({ jsonName: 'another', hasPresence: false });
  // It may hold itself.
  expect(file.messageAt([1])?.fields[1].type).toMatchObject({ message: { fullName: 'shop.v1.Payment' } });
});

test('a type that is not there spoils nothing else', () => {
  const fields = parseProto(FILE, 'a file').messageAt(null)?.fields;
  expect(fields?.[0].type).toEqual({ kind: 'unreadable', name: 'common.Money' });
  expect(fields?.slice(1)).toMatchObject(file.messageAt(null)?.fields.slice(1) ?? []);
  expect(fields?.[3].jsonName).toBe('tillNumber');
});

test.each([
  ['JSON', '{"type":"record"}', /not a \.proto file: illegal token/],
  ['a number given twice', 'syntax = "proto3"; message A { string a = 1; string b = 1; }', /duplicate id 1/],
  ['nothing', '', /no message in it/],
  ['no message', 'syntax = "proto3"; enum A { B = 0; }', /no message in it/],
])('%s is refused', (_, text, message) => {
  expect(() => parseProto(text, 'a file')).toThrow(
    expect.objectContaining({ code: 'contract_invalid', message: expect.stringMatching(message) }),
  );
});

test.each<[string, number[], unknown]>([
  ['a zero is the first message', [0, 9], { place: [0], bytes: 1 }],
  ['a list', [4, 2, 0, 9], { place: [1, 0], bytes: 3 }],
  ['a large number', [2, 0x80, 0x02], { place: [128], bytes: 3 }],
  ['cut off', [4, 2], null],
  ['nothing', [], null],
  ['a negative count', [1], null],
  ['a negative number', [2, 1], null],
  ['a bomb', [0xfe, 0xff, 0xff, 0x0f, 0], null],
])('message indexes: %s', (_, bytes, wanted) => {
  expect(readMessageIndexes(Buffer.from([7, ...bytes]), 1, 1 + bytes.length)).toEqual(wanted);
});

test("Glue's number", () => {
  expect(readMessageNumber(Buffer.from([3, 9]), 0, 2)).toEqual({ place: 3, bytes: 1 });
  expect(readMessageNumber(Buffer.from([]), 0, 0)).toBeNull();
});
