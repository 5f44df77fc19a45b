export { createAzureRegistry, type AzureRegistrySettings } from './azure-registry.js';
