import { Scope, type HttpReply, type HttpRequest } from '@gondola/nest';
import { Controller, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { Door } from './door.js';

/** Open to the app that it stands in: the door has keys of its own. */
@Controller('v1/events')
export class EventsController {
  constructor(@Inject(Door) private readonly door: Door) {}

  /** CloudEvents in, `{accepted, rejected, results}` out: decision note 0014. */
  @Post()
  @Scope('open')
  async take(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    await this.door.take(request, reply);
  }

  /** Webhooks that can carry no key and are signed instead. */
  @Post('from/:producer')
  @Scope('open')
  async takeFrom(
    @Param('producer') producer: string,
    @Req() request: HttpRequest,
    @Res() reply: HttpReply,
  ): Promise<void> {
    await this.door.take(request, reply, producer);
  }
}
