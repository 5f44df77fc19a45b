import { readFileSync } from 'node:fs';
import { SetupError } from '@gondola/stream';

export interface ConfluentAccess {
  readonly basicAuth?: { readonly username: string; readonly passwordFile: string } | undefined;
  readonly oauth?:
    | {
        readonly endpoint: string;
        readonly clientId: string;
        readonly secretFile: string;
        readonly scope: string;
        /** Confluent Cloud's `lsrc-...`, sent as a header; other registries do not look at it. */
        readonly logicalCluster: string;
        readonly identityPoolId?: string | undefined;
      }
    | undefined;
}

/** The same in the words of Confluent's client. */
export interface ClientAccess {
  readonly basic: { readonly credentialsSource: 'USER_INFO'; readonly userInfo: string } | undefined;
  readonly bearer:
    | {
        readonly credentialsSource: 'OAUTHBEARER';
        readonly issuerEndpointUrl: string;
        readonly clientId: string;
        readonly clientSecret: string;
        readonly scope: string;
        readonly logicalCluster: string;
        readonly identityPoolId?: string | undefined;
      }
    | undefined;
}

export function accessOf({ basicAuth, oauth }: ConfluentAccess): ClientAccess {
  return {
    basic: basicAuth && {
      credentialsSource: 'USER_INFO',
      userInfo: `${basicAuth.username}:${readSecret(basicAuth.passwordFile, 'basicAuth.passwordFile')}`,
    },
    bearer: oauth && {
      credentialsSource: 'OAUTHBEARER',
      issuerEndpointUrl: oauth.endpoint,
      clientId: oauth.clientId,
      clientSecret: readSecret(oauth.secretFile, 'oauth.secretFile'),
      scope: oauth.scope,
      logicalCluster: oauth.logicalCluster,
      ...(oauth.identityPoolId !== undefined && { identityPoolId: oauth.identityPoolId }),
    },
  };
}

function readSecret(path: string, field: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new SetupError('config_invalid', `registry.${field}: ${path} cannot be read`, { cause });
  }
}
