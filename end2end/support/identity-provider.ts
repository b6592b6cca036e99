import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';

/** Somebody whom the provider knows. */
export interface Account {
  email?: string;
  verified?: boolean;
  username?: string;
}

/**
 * A real provider of OpenID Connect on the loopback interface. It is called by a name, as the portal is called by a number:
 * to the browser these are two sites.
 */
export class IdentityProvider {
  private provider?: Provider;

  private constructor(
    private readonly http: HttpServer,
    readonly issuer: string,
    private readonly accounts: Record<string, Account>,
  ) {}

  static readonly client = { id: 'lastmile', secret: 'quiet-otter-lamp-secret' };

  static async start(accounts: Record<string, Account>): Promise<IdentityProvider> {
    const http = createServer();
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    const issuer = `http://localhost:${(http.address() as AddressInfo).port}`;
    const one = new IdentityProvider(http, issuer, accounts);
    http.on('request', (request, response) => void one.answer(request, response));
    return one;
  }

  /** Lets the portal at this address use it. */
  serve(portal: string): void {
    this.provider = new Provider(this.issuer, {
      clients: [
        {
          client_id: IdentityProvider.client.id,
          client_secret: IdentityProvider.client.secret,
          redirect_uris: [`${portal}/sign-in/openid/back`],
        },
      ],
      cookies: { keys: ['only for tests'] },
      claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['preferred_username'] },
      features: { devInteractions: { enabled: false } },
      pkce: { required: () => true },
      findAccount: (_: unknown, id: string) => ({
        accountId: id,
        claims: async () => {
          const { email, verified, username } = this.accounts[id] ?? {};
          return { sub: id, email, email_verified: verified ?? false, preferred_username: username };
        },
      }),
      // Everybody agrees to everything.
      loadExistingGrant: async (ctx: any) => {
        const grant = new ctx.oidc.provider.Grant({
          clientId: ctx.oidc.client.clientId,
          accountId: ctx.oidc.session.accountId,
        });
        grant.addOIDCScope('openid profile email');
        await grant.save();
        return grant;
      },
    });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const provider = this.provider!;
    if (!request.url!.startsWith('/interaction/')) return void provider.callback()(request, response);
    if (request.method === 'GET') {
      response.setHeader('Content-Type', 'text/html');
      response.end(
        `<!doctype html><html lang="en"><title>Harbour ID</title><link rel="icon" href="data:,"><main><h1>Harbour ID</h1>
        <form method="post"><label>Who are you? <input name="who"></label><button>Sign in there</button>
        <button name="no" value="1">Rather not</button></form></main></html>`,
      );
      return;
    }
    let body = '';
    for await (const chunk of request) body += chunk;
    const form = new URLSearchParams(body);
    const result = form.has('no')
      ? { error: 'access_denied', error_description: 'They would rather not.' }
      : { login: { accountId: form.get('who')! } };
    await provider.interactionFinished(request, response, result);
  }

  async stop(): Promise<void> {
    this.http.closeAllConnections();
    this.http.close();
    await once(this.http, 'close');
  }
}
