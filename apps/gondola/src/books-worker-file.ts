/** What the api keeps the books of `/insights` in. It is beside this file, and beside what this file was bundled into. */
export const BOOKS_WORKER = new URL('./books-worker.js', import.meta.url);
