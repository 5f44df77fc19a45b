/**
 * Partitions that `me` should claim now: free ones up to a fair share, then one by one from whoever has at least two more.
 * Run in turn by every instance this ends with shares that differ by one at most, and then nobody claims anything.
 *
 * @param owners every partition and who has it, null when it is free
 * @param random 0..1: instances that start at once should not all claim the same ones
 */
export function partitionsToClaim(
  me: string,
  owners: ReadonlyMap<string, string | null>,
  random: () => number,
): string[] {
  const held = new Map<string | null, string[]>([[me, []]]);
  for (const [partition, owner] of owners) {
    const own = held.get(owner);
    if (own) own.push(partition);
    else held.set(owner, [partition]);
  }
  const free = held.get(null) ?? [];
  held.delete(null);
  const others = [...held].filter(([owner]) => owner !== me).map(([, partitions]) => partitions);
  const shareMax = Math.ceil(owners.size / (others.length + 1));
  const claims: string[] = [];
  const ownCount = () => (held.get(me)?.length ?? 0) + claims.length;

  while (ownCount() < shareMax && free.length > 0) claims.push(takeOne(free, random));
  if (free.length > 0) return claims;
  for (;;) {
    const richest = others.reduce<string[]>((most, one) => (one.length > most.length ? one : most), []);
    if (richest.length < ownCount() + 2) return claims;
    claims.push(takeOne(richest, random));
  }
}

function takeOne(partitions: string[], random: () => number): string {
  return partitions.splice(Math.floor(random() * partitions.length), 1)[0];
}
