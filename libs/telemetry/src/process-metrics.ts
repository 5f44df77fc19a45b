import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Registry } from 'prom-client';
import { gaugeOf } from './instruments.js';
import { COLLECTOR_METRICS } from './specs/collector.js';
import { PROCESS_METRICS } from './specs/process.js';

export function showBuild(
  registry: Registry,
  build: { readonly version: string; readonly environment: string },
) {
  gaugeOf(registry, PROCESS_METRICS.buildInfo).set(
    { version: build.version, environment: build.environment },
    1,
  );
}

/**
 * Shows when the certificates of these files end. They are read at each scrape, as they are replaced while we run; a file
 * that cannot be read or holds no certificate is left out then: whoever uses it says what is wrong with it.
 */
export function showCertificates(registry: Registry, files: readonly string[]): void {
  gaugeOf(registry, PROCESS_METRICS.certificateExpiry, (gauge) => {
    gauge.reset();
    const ends = new Map<string, number>();
    for (const path of files) {
      const file = basename(path);
      const endMs = Math.min(...endsOf(path), ends.get(file) ?? Infinity);
      if (endMs < Infinity) ends.set(file, endMs);
    }
    for (const [file, endMs] of ends) gauge.set({ file }, endMs / 1000);
  });
}

const PEM = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]+-----END (?:TRUSTED )?CERTIFICATE-----/g;

/** When each certificate of a PEM file ends, milliseconds since 1970. */
function endsOf(path: string): readonly number[] {
  try {
    const blocks = readFileSync(path, 'latin1').match(PEM) ?? [];
    return blocks.map((block) => new X509Certificate(block).validToDate.getTime());
  } catch {
    return [];
  }
}

/** `ends`: asked at each scrape: producer -> when its next key ends, milliseconds since 1970. */
export function showKeyEnds(registry: Registry, ends: () => ReadonlyMap<string, number>): void {
  gaugeOf(registry, COLLECTOR_METRICS.keyExpiry, (gauge) => {
    gauge.reset();
    for (const [producer, endMs] of ends()) gauge.set({ producer }, endMs / 1000);
  });
}
