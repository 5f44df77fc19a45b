import { BadRequestException, HttpException } from '@nestjs/common';

export const refuse = (status: number, detail: string, members: object = {}): HttpException =>
  new HttpException({ detail, ...members }, status);

export const badRequest = (parameter: string, detail: string): BadRequestException =>
  new BadRequestException({ detail, parameter });
