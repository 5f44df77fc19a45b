import type { LakeAddress } from './lake-address.js';

/** As people write it; two texts differ when the lakes do. */
export function formatLakeAddress(address: LakeAddress): string {
  if (address.store === 'local') return address.folder;
  const [scheme, place, server] =
    address.store === 's3'
      ? ['s3', address.bucket, { endpoint: address.endpoint }]
      : ['az', address.container, { account: address.account, endpoint: address.endpoint }];
  const query = Object.entries(server).flatMap(([name, value]) =>
    value === undefined ? [] : `${name}=${value}`,
  );
  return `${scheme}://${place}/${address.prefix}${query.length > 0 ? `?${query.join('&')}` : ''}`;
}
