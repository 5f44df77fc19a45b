export { asyncApiOf } from './asyncapi.js';
export type { LineFacts } from './line-facts.js';
export { renderPage } from './page.js';
export { describeSubject, type Examples, type SubjectDoc } from './subject-doc.js';
