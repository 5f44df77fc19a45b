import { SOFTWARE } from '@gondola/detect-service';
import { showBuild, showCertificates, type MetricsRegistry } from '@gondola/telemetry';

/** Fields of configurations that name a file with certificates. */
const CERTIFICATE_FIELDS = ['caFile', 'certFile'];

/** Shows of a process its version, and when the certificates end that its configurations name. */
export function showProcess(
  metrics: MetricsRegistry,
  environment: string,
  configs: readonly unknown[],
): void {
  showBuild(metrics, { version: SOFTWARE, environment });
  showCertificates(metrics, certificateFilesOf(configs));
}

/** Every file with certificates that is named anywhere in a configuration, once. */
export function certificateFilesOf(config: unknown): readonly string[] {
  if (typeof config !== 'object' || config === null) return [];
  const files = Object.entries(config).flatMap(([field, value]) =>
    typeof value === 'string' && CERTIFICATE_FIELDS.includes(field) ? [value] : certificateFilesOf(value),
  );
  return [...new Set(files)];
}
