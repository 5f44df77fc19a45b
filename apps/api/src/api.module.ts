import { Inject, Module, type DynamicModule, type BeforeApplicationShutdown } from '@nestjs/common';
import { BOARD, BoardController, type BoardOptions } from './board.controller.js';
import { CatalogNames } from './catalog-names.js';
import { RegistryQuestionsController } from './registry-questions.controller.js';
import { QUALITY_CLOCK, QualityController } from './quality.controller.js';
import { QualityStore } from './quality-store.js';
import { RegistryController, SCHEMAS, type SchemaLookup } from './registry.controller.js';
import { ShelvesController } from './shelves.controller.js';
import { SignalStore } from './signal-store.js';
import { SignalStream } from './signal-stream.js';
import { SignalsController } from './signals.controller.js';
import { NAMED, type SignalView } from './views.js';

export interface ApiParts {
  readonly store: SignalStore;
  readonly names: CatalogNames;
  readonly quality: QualityStore;
  readonly view: SignalView;
  readonly stream: SignalStream;
  readonly schemas: SchemaLookup | null;
  readonly board: BoardOptions;
}

@Module({})
class ApiModule implements BeforeApplicationShutdown {
  constructor(@Inject(SignalStream) private readonly stream: SignalStream) {}

  /** Streams never end by themselves: without this the server would wait for them. */
  beforeApplicationShutdown(): void {
    this.stream.close();
  }
}

export function apiModule({ store, names, quality, view, stream, schemas, board }: ApiParts): DynamicModule {
  return {
    module: ApiModule,
    controllers: [
      SignalsController,
      ShelvesController,
      QualityController,
      BoardController,
      ...(schemas ? [RegistryController, RegistryQuestionsController] : []),
    ],
    providers: [
      { provide: SignalStore, useValue: store },
      { provide: CatalogNames, useValue: names },
      { provide: QualityStore, useValue: quality },
      { provide: QUALITY_CLOCK, useValue: board.clock },
      { provide: SignalStream, useValue: stream },
      { provide: NAMED, useValue: view },
      { provide: BOARD, useValue: board },
      ...(schemas ? [{ provide: SCHEMAS, useValue: schemas }] : []),
    ],
  };
}
