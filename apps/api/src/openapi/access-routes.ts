import { sessionBody } from '../access/session.controller.js';
import type { Route } from './route.js';

export const ACCESS_ROUTES: readonly Route[] = [
  {
    ...{ method: 'get', path: '/session', tag: 'access' },
    summary: 'Whether a key is needed, and what the one that was sent may',
    answers: { 200: 'SessionView' },
  },
  {
    ...{ method: 'post', path: '/session', tag: 'access', body: sessionBody },
    summary: 'Trade a key for a cookie, as the board does',
    answers: { 204: null },
    refusals: [409, 413, 415],
  },
  {
    ...{ method: 'delete', path: '/session', tag: 'access', summary: 'Forget the cookie' },
    answers: { 204: null },
  },
];
