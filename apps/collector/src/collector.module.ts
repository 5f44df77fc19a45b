import { Inject, Module, type BeforeApplicationShutdown, type DynamicModule } from '@nestjs/common';
import { Door } from './door.js';
import { EventsController } from './events.controller.js';

@Module({})
class CollectorModule implements BeforeApplicationShutdown {
  constructor(@Inject(Door) private readonly door: Door) {}

  /** Before the server closes its connections and the appends end: what was taken in is answered. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.door.close();
  }
}

export function collectorModule(door: Door): DynamicModule {
  return {
    module: CollectorModule,
    controllers: [EventsController],
    providers: [{ provide: Door, useValue: door }],
  };
}
