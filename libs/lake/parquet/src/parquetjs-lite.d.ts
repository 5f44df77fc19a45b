/** What we use of parquetjs-lite, which comes without types. */
declare module 'parquetjs-lite' {
  export interface FieldDefinition {
    readonly type?: string;
    readonly optional?: boolean;
    readonly repeated?: boolean;
    readonly compression?: string;
    readonly statistics?: false;
    readonly fields?: Readonly<Record<string, FieldDefinition>>;
  }

  interface Output {
    write(bytes: Uint8Array, done: () => void): void;
    end(done: () => void): void;
  }

  interface Writer {
    appendRow(row: Readonly<Record<string, unknown>>): Promise<void>;
    close(): Promise<void>;
  }

  const parquetjs: {
    readonly ParquetSchema: new (fields: Readonly<Record<string, FieldDefinition>>) => object;
    readonly ParquetWriter: {
      openStream(
        schema: object,
        output: Output,
        options: {
          readonly rowGroupSize: number;
          readonly useDataPageV2: false;
          readonly pageIndex: false;
        },
      ): Promise<Writer>;
    };
  };
  export default parquetjs;
}
