export { createEventHubsBroker, type EventHubsSettings } from './event-hubs-broker.js';
