import type { Browser, Page } from '@playwright/test';
import { AccountPage } from '../pages/account';
import { SetupPage } from '../pages/setup';
import { SignInPage } from '../pages/sign-in';
import { expectAccessible } from '../support/axe';
import { IdentityProvider } from '../support/identity-provider';
import { Server } from '../support/server';
import { ADMINISTRATOR, NOBODY, expect, test } from '../support/test';

// A provider of OpenID Connect beside the portal, on another site.

interface World {
  server: Server;
  provider: IdentityProvider;
}

async function world(run: (world: World) => Promise<void>): Promise<void> {
  const provider = await IdentityProvider.start({
    olu: { email: 'olu@isp.example', verified: true },
    rea: { email: 'rea@isp.example', verified: false },
    eve: { email: 'OLU@isp.example', verified: true },
    ada: { email: 'ada.admin@isp.example', verified: true, username: 'ada' },
  });
  const { id, secret } = IdentityProvider.client;
  const server = await Server.start(
    `[openid]\nissuer = "${provider.issuer}"\nclient_id = "${id}"\nclient_secret = "${secret}"\nlabel = "Harbour ID"\nmatches = "email"\n`,
  );
  try {
    provider.serve(server.portal);
    await run({ server, provider });
    expect(server.output).not.toContain(secret);
  } finally {
    await server.dispose();
    await provider.stop();
  }
}

/** A browser in which nobody is signed in anywhere. */
async function fresh(browser: Browser, server: Server): Promise<Page> {
  const context = await browser.newContext({ baseURL: server.portal, storageState: NOBODY });
  return context.newPage();
}

async function through(page: Page, who: string): Promise<void> {
  await expect(page.getByRole('heading', { name: 'Harbour ID' })).toBeVisible();
  await page.getByLabel('Who are you?').fill(who);
  await page.getByRole('button', { name: 'Sign in there' }).click();
}

test('people sign in at the provider, and nobody gets in whom it does not vouch for', async ({ browser }) => {
  test.setTimeout(120_000);
  await world(async ({ server }) => {
    const home = `${server.portal}/`;
    const page = await fresh(browser, server);
    await new SetupPage(page).openLink(server.setupLink);
    await new SetupPage(page).create(ADMINISTRATOR);
    await expect(page).toHaveURL(home);
    for (const name of ['olu@isp.example', 'rea@isp.example']) await server.addPerson(name, 'helpdesk', 'a long enough one');

    await test.step('to the page that was asked for', async () => {
      const olu = await fresh(browser, server);
      await olu.goto('/devices');
      await expect(olu).toHaveURL(/sign-in\?next=/);
      await expectAccessible(olu);
      await olu.getByRole('link', { name: 'Harbour ID' }).click();
      await through(olu, 'olu');
      await expect(olu).toHaveURL(`${server.portal}/devices`);
      const account = new AccountPage(olu);
      await account.goto();
      await expect(account.section('Second factor')).toContainText('You are olu@isp.example there.');
      await expectAccessible(olu);
    });

    await test.step('again, and without scripts', async () => {
      const context = await browser.newContext({ baseURL: server.portal, storageState: NOBODY, javaScriptEnabled: false });
      const olu = await context.newPage();
      await olu.goto('/sign-in');
      await olu.getByRole('link', { name: 'Harbour ID' }).click();
      await through(olu, 'olu');
      await olu.getByRole('button', { name: 'Go on' }).click();
      await expect(olu).toHaveURL(home);
    });

    await test.step('not by an address that is not verified, nor by one that is somebody else’s already', async () => {
      for (const who of ['rea', 'eve', 'stranger']) {
        const other = await fresh(browser, server);
        await other.goto('/sign-in');
        await other.getByRole('link', { name: 'Harbour ID' }).click();
        await through(other, who);
        await expect(other.getByText('nobody here is')).toBeVisible();
        await expectAccessible(other);
        await other.goto('/');
        await expect(other).toHaveURL(/sign-in/);
      }
    });

    await test.step('who would rather not, and who was never there', async () => {
      const other = await fresh(browser, server);
      await other.goto('/sign-in');
      await other.getByRole('link', { name: 'Harbour ID' }).click();
      await other.getByRole('button', { name: 'Rather not' }).click();
      await expect(other.getByText('You did not sign in there.')).toBeVisible();
      await other.goto('/sign-in/openid/back?state=made-up&code=made-up');
      await expect(other.getByText('was begun elsewhere')).toBeVisible();
      await other.goto('/sign-in/openid/back?state=made-up&code=made-up');
      await expect(other.getByText('No sign-in was begun with this browser')).toBeVisible();
    });

    await test.step('an account is connected on the profile, and disconnected', async () => {
      const account = new AccountPage(page);
      await account.goto();
      await account.section('Second factor').getByRole('button', { name: 'Connect' }).click();
      await through(page, 'ada');
      await expect(page).toHaveURL(`${server.portal}/profile`);
      await expect(account.section('Second factor')).toContainText('You are ada.admin@isp.example there.');
      await account.hydrated();

      const again = await fresh(browser, server);
      await new SignInPage(again).goto();
      await again.getByRole('link', { name: 'Harbour ID' }).click();
      await through(again, 'ada');
      await expect(again).toHaveURL(home);

      await account.section('Second factor').getByRole('button', { name: 'Disconnect' }).click();
      await expect(account.section('Second factor')).toContainText('Not connected');
    });
  });
});
