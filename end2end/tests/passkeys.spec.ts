import { AccountPage } from '../pages/account';
import { SetupPage } from '../pages/setup';
import { SignInPage } from '../pages/sign-in';
import { expectAccessible } from '../support/axe';
import { Server } from '../support/server';
import { ADMINISTRATOR, NOBODY, expect, test } from '../support/test';

// Chromium's own authenticator in software. Passkeys are bound to a name, so the portal is opened by one.
test('a passkey is added, signs in alone and as the second step, and is deleted', async ({ browser }) => {
  test.setTimeout(120_000);
  const server = await Server.start();
  try {
    const named = (address: string) => address.replace('127.0.0.1', 'localhost');
    const home = `${named(server.portal)}/`;
    const context = await browser.newContext({ baseURL: named(server.portal), storageState: NOBODY });
    const page = await context.newPage();
    const client = await context.newCDPSession(page);
    await client.send('WebAuthn.enable');
    const { authenticatorId } = await client.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    const setup = new SetupPage(page);
    await setup.openLink(named(server.setupLink));
    await setup.create(ADMINISTRATOR);
    await expect(page).toHaveURL(home);
    const account = new AccountPage(page);
    const signIn = new SignInPage(page);
    const passkeys = page.getByRole('list', { name: 'Passkeys' }).getByRole('listitem');
    const signOut = async () => {
      await page.getByRole('button', { name: /account menu/ }).click();
      await page.getByRole('button', { name: 'Sign out' }).click();
      await expect(page.getByText('You are signed out.')).toBeVisible();
      await signIn.hydrated();
    };

    await test.step('add one and name it', async () => {
      await account.goto();
      await page.getByRole('button', { name: 'Add a passkey' }).click();
      const dialog = page.getByRole('dialog', { name: 'Add a passkey' });
      await dialog.getByLabel('Name, such as').fill('Laptop');
      await expectAccessible(page);
      await dialog.getByRole('button', { name: 'Go on' }).click();
      await expect(passkeys).toHaveCount(1);
      await expect(passkeys.first()).toContainText('Laptop');
      expect((await client.send('WebAuthn.getCredentials', { authenticatorId })).credentials).toHaveLength(1);
    });

    await test.step('sign in with it alone', async () => {
      await signOut();
      await page.getByRole('button', { name: 'Use a passkey' }).click();
      await expect(page).toHaveURL(home);
    });

    await test.step('sign in with the password and it', async () => {
      await signOut();
      await signIn.signIn(ADMINISTRATOR.username, ADMINISTRATOR.password);
      await expect(page.getByRole('heading', { name: 'Second step' })).toBeVisible();
      await expectAccessible(page);
      await page.getByRole('button', { name: 'Use a passkey' }).click();
      await expect(page).toHaveURL(home);
    });

    await test.step('a browser without it does not get in', async () => {
      const other = await browser.newContext({ baseURL: named(server.portal), storageState: NOBODY });
      const stranger = await other.newPage();
      const door = new SignInPage(stranger);
      await door.goto();
      await door.signIn(ADMINISTRATOR.username, ADMINISTRATOR.password);
      await expect(stranger.getByRole('heading', { name: 'Second step' })).toBeVisible();
      await stranger.goto('/devices');
      await expect(stranger.getByRole('heading', { name: 'Sign in' })).toBeVisible();
      await other.close();
    });

    await test.step('delete it', async () => {
      await account.goto();
      await passkeys.first().getByRole('button', { name: 'Delete' }).click();
      await expect(passkeys).toHaveCount(0);
      await signOut();
      await signIn.signIn(ADMINISTRATOR.username, ADMINISTRATOR.password);
      await expect(page).toHaveURL(home);
    });
    await context.close();
  } finally {
    await server.dispose();
  }
});
