export { createAzureStore, type AzureAccess, type AzureLocation } from './azure-store.js';
