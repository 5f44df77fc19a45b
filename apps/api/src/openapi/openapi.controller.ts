import { Controller, Get, Header } from '@nestjs/common';
import { createDocument } from './document.js';

/** What the api can be asked and what it answers, for programs that make clients. */
@Controller()
export class OpenApiController {
  private readonly document = createDocument();

  @Get('openapi.json')
  @Header('cache-control', 'no-cache')
  read(): Readonly<Record<string, unknown>> {
    return this.document;
  }
}
