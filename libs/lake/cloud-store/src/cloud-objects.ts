/** An object as the service names it: with the prefix of the lake. */
export interface CloudObject {
  readonly key: string;
  readonly bytes: number;
  readonly modifiedMs: number;
}

export interface ListRequest {
  readonly prefix: string;
  /** Only keys after it. A service that cannot skip may give more. */
  readonly startAfter: string | undefined;
  /** False: only keys without a further `/` after the prefix. */
  readonly recursive: boolean;
  /** `next` of the page before. */
  readonly page: string | undefined;
}

export interface ObjectPage {
  readonly objects: readonly CloudObject[];
  readonly next: string | undefined;
}

export interface ObjectBody {
  readonly bytes: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** An upload of one object in parts; nothing is visible before `complete`. */
export interface PartsUpload {
  /** Numbers count from 1; parts may come in any order and again. */
  put(number: number, part: Uint8Array, signal: AbortSignal): Promise<void>;
  complete(signal: AbortSignal): Promise<void>;
  /** Gives up the parts that were put. */
  abort(signal: AbortSignal): Promise<void>;
}

/** What a service said when it refused. */
export interface Refusal {
  /** HTTP status, null when there was no answer. */
  readonly status: number | null;
  /** The service's or the network's own word for it, e.g. `NoSuchKey` or `ECONNRESET`. */
  readonly code: string;
  /** By which the service's support finds the request. */
  readonly requestId: string | undefined;
}

/** What a service must offer to hold a lake. Each method is one request, never repeated; errors are those of its SDK. */
export interface CloudObjects {
  /** For people, without secrets. */
  readonly address: string;
  /** Creates the object; the service answers 412 (or `BlobAlreadyExists`) when there is one. */
  create(key: string, bytes: Uint8Array, signal: AbortSignal): Promise<void>;
  write(key: string, bytes: Uint8Array, signal: AbortSignal): Promise<void>;
  startParts(key: string, signal: AbortSignal): Promise<PartsUpload>;
  read(key: string, signal: AbortSignal): Promise<ObjectBody>;
  list(request: ListRequest, signal: AbortSignal): Promise<ObjectPage>;
  /**
   * Uploads in parts of ours that were begun and not ended, as objects of no bytes and that age; `remove` of such a key
   * gives up its parts. Empty where the service forgets them by itself.
   */
  listUnfinished(request: Pick<ListRequest, 'prefix' | 'page'>, signal: AbortSignal): Promise<ObjectPage>;
  remove(key: string, signal: AbortSignal): Promise<void>;
  /** Null when the error is not one of the service or of the network. */
  refusalOf(error: unknown): Refusal | null;
}
