import { parseModel, type Model } from '@gondola/detect';
import { readSetupFile, SHIPPED } from './line.js';

export function readModel(path: string = SHIPPED.model): Model {
  return parseModel(readSetupFile(path, 'model_invalid', 'model'));
}
