import fc from 'fast-check';
import { addressOf, addressRules, isListedHost, type Address } from './addresses.js';

const internet = addressRules([]);
const noLookup = () => Promise.reject(new Error('an address needs no lookup'));
const v4 = (address: string): Address => ({ address, family: 4 });
const v6 = (address: string): Address => ({ address, family: 6 });

describe('addresses that are not of the internet are refused', () => {
  it.each([
    ['loopback', 'http://127.0.0.1/'],
    ['loopback, short', 'http://127.1/'],
    ['loopback, decimal', 'http://2130706433/'],
    ['loopback, hexadecimal', 'http://0x7f000001/'],
    ['loopback, octal', 'http://0177.0.0.1/'],
    ['loopback, IPv6', 'http://[::1]/'],
    ['this host', 'http://0.0.0.0/'],
    ['this host, IPv6', 'http://[::]/'],
    ['private', 'http://10.1.2.3/'],
    ['private', 'http://172.31.255.255/'],
    ['private', 'http://192.168.0.1/'],
    ['shared, where Alibaba has its metadata', 'http://100.100.100.200/'],
    ['metadata of AWS, Azure and Google', 'http://169.254.169.254/latest/meta-data'],
    ['metadata, decimal', 'http://2852039166/'],
    ['metadata of AWS, IPv6', 'http://[fd00:ec2::254]/'],
    ['wire server of Azure', 'http://168.63.129.16/'],
    ['link-local, IPv6', 'http://[fe80::1]/'],
    ['IPv4-mapped', 'http://[::ffff:127.0.0.1]/'],
    ['IPv4-mapped, as hexadecimal', 'http://[::ffff:a9fe:a9fe]/'],
    ['IPv4-compatible', 'http://[::127.0.0.1]/'],
    ['NAT64', 'http://[64:ff9b::7f00:1]/'],
    ['6to4', 'http://[2002:7f00:1::]/'],
    ['Teredo', 'http://[2001:0:7f00:1::]/'],
    ['documentation', 'http://[2001:db8::1]/'],
    ['multicast', 'http://224.0.0.1/'],
    ['broadcast', 'http://255.255.255.255/'],
  ])('%s: %s', async (_, url) => {
    expect(await addressOf(new URL(url).hostname, internet, noLookup)).toBeNull();
  });

  it('whatever a name is resolved to, and also if only one of its addresses is', async () => {
    const to = (...found: Address[]) => addressOf('hooks.example.com', internet, async () => found);
    expect(await to(v4('10.0.0.1'))).toBeNull();
    expect(await to(v6('::ffff:10.0.0.1'))).toBeNull();
    expect(await to(v4('8.8.8.8'), v4('127.0.0.1'))).toBeNull();
    expect(await to()).toBeNull();
    expect(await to(v4('8.8.8.8'), v6('2606:4700::1111'))).toEqual(v4('8.8.8.8'));
  });
});

it('a private network that was named may be reached, and nothing beside it', async () => {
  const rules = addressRules(['10.20.0.0/16', '127.0.0.1/32', 'fd12::/16']);
  const may = (address: Address) => rules.mayReach(address);
  expect([v4('10.20.3.4'), v4('127.0.0.1'), v6('fd12::9'), v6('::ffff:10.20.0.1')].map(may)).toEqual(
    Array(4).fill(true),
  );
  expect([v4('10.21.0.1'), v4('127.0.0.2'), v6('fd13::9'), v6('::1')].map(may)).toEqual(Array(4).fill(false));
  expect(rules.isNamed(v4('8.8.8.8'))).toBe(false);
});

it('an IPv4 address is judged the same in its own form and mapped into IPv6', () => {
  fc.assert(
    fc.property(fc.ipV4(), (address) => {
      const bytes = address.split('.').map(Number);
      const groups = [bytes.slice(0, 2), bytes.slice(2)].map(([a, b]) => ((a << 8) | b).toString(16));
      const asV4 = internet.mayReach(v4(address));
      expect(internet.mayReach(v6(`::ffff:${address}`))).toBe(asV4);
      expect(internet.mayReach(v6(`0:0:0:0:0:ffff:${groups.join(':')}`))).toBe(asV4);
    }),
  );
});

it.each([
  ['hooks.example.com', ['hooks.example.com'], true],
  ['a.b.example.com', ['*.example.com'], true],
  ['example.com', ['*.example.com'], false],
  ['evilexample.com', ['*.example.com'], false],
  ['hooks.example.com.evil.net', ['hooks.example.com', '*.example.com'], false],
  ['hooks.example.com', [], false],
  ['[::1]', ['[::1]'], true],
])('host %s among %j: %s', (host, hosts, isListed) => {
  expect(isListedHost(host, hosts)).toBe(isListed);
});
