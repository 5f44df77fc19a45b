import { runBooksWorker } from '@gondola/api/books-worker';
import { openLake } from './open-lake.js';

// The file of a worker thread: `BOOKS_WORKER` names it.
await runBooksWorker(openLake);
