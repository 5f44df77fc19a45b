import type { HttpReply, HttpRequest } from '@gondola/nest';
import { Controller, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { Door } from './door.js';

@Controller('v1/events')
export class EventsController {
  constructor(@Inject(Door) private readonly door: Door) {}

  /** CloudEvents in, `{accepted, rejected, results}` out: decision note 0014. */
  @Post()
  async take(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    await this.door.take(request, reply);
  }

  /** Webhooks that can carry no key and are signed instead. */
  @Post('from/:producer')
  async takeFrom(
    @Param('producer') producer: string,
    @Req() request: HttpRequest,
    @Res() reply: HttpReply,
  ): Promise<void> {
    await this.door.take(request, reply, producer);
  }
}
