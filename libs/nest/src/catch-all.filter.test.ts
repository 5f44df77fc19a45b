import { GondolaError, silentLog } from '@gondola/stream';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessagePattern, Server, type CustomTransportStrategy } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import { CatchAllFilter } from './index.js';

const failure = new GondolaError('lake_full', 'no space', true);

@Controller()
class FailingController {
  @MessagePattern('flush')
  flush() {
    throw failure;
  }
}

@Module({ controllers: [FailingController] })
class FailingModule {}

class DirectServer extends Server implements CustomTransportStrategy {
  override listen(callback: () => void): void {
    callback();
  }
  override close(): void {}
  override on(): void {}
  override unwrap<T>(): T {
    return this as unknown as T;
  }
}

it('message handlers fail with the original error, class and retriability included', async () => {
  const server = new DirectServer();
  const app = await NestFactory.createMicroservice(FailingModule, { strategy: server, logger: false });
  app.useGlobalFilters(new CatchAllFilter(silentLog));
  await app.listen();
  const handler = server.getHandlerByPattern('flush');
  const outcome = (async () => lastValueFrom(server.transformToObservable(await handler?.({}, {}))))();
  await expect(outcome).rejects.toBe(failure);
  await app.close();
});
