export { createS3Store, type S3Location } from './s3-store.js';
