/** Where people read `deploy/runbooks/`: yours, if it is published elsewhere. */
export const RUNBOOKS_URL = 'https://gondola.example.org/runbooks';
