import type { HttpReply } from './http-types.js';

/** What an answer goes by, besides what was said of it so far (RFC 9110, 12.5.5): the next one to say something must not take that away. */
export function addVary(reply: Pick<HttpReply, 'getHeaders' | 'header'>, name: string): void {
  const said = String(reply.getHeaders()['vary'] ?? '');
  const names = said.split(/, */).filter(Boolean);
  if (!names.includes(name)) reply.header('vary', [...names, name].join(', '));
}
