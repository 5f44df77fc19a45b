import { BlockList, isIP } from 'node:net';

export interface Address {
  readonly address: string;
  readonly family: 4 | 6;
}

/** Names of hosts to addresses; rejects with a system error where there is none. */
export type Lookup = (host: string) => Promise<readonly Address[]>;

/** What is not of the internet (IANA special-purpose registries), and what clouds answer their own machines on. */
const SPECIAL_V4 = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
  ...['192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15'],
  ...['198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
  // Azure's wire server: a public address that every virtual machine sees its host behind.
  '168.63.129.16/32',
];
/** Of IPv6 only this is given out to the internet ... */
const GLOBAL_V6 = ['2000::/3'];
/** ... but for these: protocols (Teredo among them), documentation, and 6to4, which leads to an IPv4 address of anybody's choice. */
const SPECIAL_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

const specialV4 = listOf(SPECIAL_V4);
const globalV6 = listOf(GLOBAL_V6);
const specialV6 = listOf(SPECIAL_V6);

export interface AddressRules {
  /** Of the internet, or within a network that was named. */
  mayReach(address: Address): boolean;
  /** Within a network that was named. */
  isNamed(address: Address): boolean;
}

/** `privateNetworks`: CIDRs of both families. */
export function addressRules(privateNetworks: readonly string[]): AddressRules {
  const named = listOf(privateNetworks);
  const isNamed = (address: Address) => isIn(named, unmapped(address));
  return { isNamed, mayReach: (address) => isNamed(address) || isOfInternet(unmapped(address)) };
}

function isOfInternet(address: Address): boolean {
  if (address.family === 4) return !isIn(specialV4, address);
  return isIn(globalV6, address) && !isIn(specialV6, address);
}

/**
 * Where a connection to `host` (of a parsed URL) may go: one address, to which it is then made, so that a name cannot mean another
 * one by then. Null: one of its addresses may not be reached, and so none is. Rejects as `lookup` does.
 */
export async function addressOf(host: string, rules: AddressRules, lookup: Lookup): Promise<Address | null> {
  const literal = host.replace(/^\[|\]$/g, '');
  const family = isIP(literal);
  const found: readonly Address[] =
    family === 0 ? await lookup(host) : [{ address: literal, family: family === 4 ? 4 : 6 }];
  return found.length > 0 && found.every(rules.mayReach) ? found[0] : null;
}

/** Whether a list of hosts, some with `*.` before them, has `host`. */
export function isListedHost(host: string, hosts: readonly string[]): boolean {
  return hosts.some((one) => (one.startsWith('*.') ? host.endsWith(one.slice(1)) : host === one));
}

/** An IPv4 address that is written as an IPv6 one (`::ffff:0:0/96`) is judged as what it is. */
function unmapped({ address, family }: Address): Address {
  if (family === 4) return { address, family };
  // Written as one text whatever the form it came in: `::ffff:a00:1`.
  const { hostname } = new URL(`http://[${address.split('%')[0]}]`);
  const [, high, low] = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(hostname) ?? [];
  if (high === undefined) return { address: hostname.slice(1, -1), family };
  const bytes = [high, low].flatMap((part) => [parseInt(part, 16) >> 8, parseInt(part, 16) & 255]);
  return { address: bytes.join('.'), family: 4 };
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address, bits] = network.split('/');
    list.addSubnet(address, Number(bits), isIP(address) === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}

const isIn = (list: BlockList, { address, family }: Address): boolean =>
  list.check(address, family === 4 ? 'ipv4' : 'ipv6');
