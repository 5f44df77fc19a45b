export { createKinesisBroker, type KinesisLeaseSettings, type KinesisSettings } from './kinesis-broker.js';
