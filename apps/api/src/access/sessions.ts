import { createHmac, timingSafeEqual } from 'node:crypto';

export interface SessionsDeps {
  /** What cookies are signed with. */
  readonly secret: string | Buffer;
  readonly environment: string;
  readonly hours: number;
}

const SECONDS_PER_HOUR = 3_600;

/**
 * A person gives a key once and has a cookie for it that scripts cannot read and other sites do not send. It holds the id of the
 * key and an end, signed; nothing is kept here, so that every instance with the same secret knows it, and a key that is taken
 * back ends its sessions.
 */
export class Sessions {
  private readonly name: string;
  private readonly secondsMax: number;

  constructor(private readonly deps: SessionsDeps) {
    // Cookies know no ports: two environments on one machine must not take each other's.
    this.name = `gondola_session_${deps.environment}`;
    this.secondsMax = deps.hours * SECONDS_PER_HOUR;
  }

  /** Value of `set-cookie`. */
  begin(keyId: string, { nowMs, byTls }: { readonly nowMs: number; readonly byTls: boolean }): string {
    const text = `${keyId}.${Math.floor(nowMs / 1_000) + this.secondsMax}`;
    return this.cookie(`${text}.${this.sign(text).toString('base64url')}`, this.secondsMax, byTls);
  }

  /** Value of `set-cookie`. */
  end(byTls: boolean): string {
    return this.cookie('', 0, byTls);
  }

  /** The id of the key that the session was begun with; null: no session, or it is over, or not ours. */
  read(cookies: string | undefined, nowMs: number): string | null {
    const sent = cookies?.split(/; */).find((cookie) => cookie.startsWith(`${this.name}=`));
    const [, keyId = '', seconds = '', mark = ''] =
      /^([0-9a-f]{1,64})\.(\d{1,12})\.([A-Za-z0-9_-]{43})$/.exec(sent?.slice(this.name.length + 1) ?? '') ??
      [];
    if (keyId === '' || Number(seconds) * 1_000 <= nowMs) return null;
    const isOurs = timingSafeEqual(this.sign(`${keyId}.${seconds}`), Buffer.from(mark, 'base64url'));
    return isOurs ? keyId : null;
  }

  private sign(text: string): Buffer {
    const { secret, environment } = this.deps;
    return createHmac('sha256', secret).update(`gondola session ${environment} ${text}`).digest();
  }

  private cookie(value: string, seconds: number, byTls: boolean): string {
    const secure = byTls ? '; Secure' : '';
    return `${this.name}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure}`;
  }
}
