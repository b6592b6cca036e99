import type { Browser, Page } from '@playwright/test';
import { AccountPage } from '../pages/account';
import { PeoplePage } from '../pages/people';
import { SetupPage } from '../pages/setup';
import { SignInPage } from '../pages/sign-in';
import { expectAccessible } from '../support/axe';
import { Server } from '../support/server';
import { ADMINISTRATOR, NOBODY, expect, test } from '../support/test';
import { totp } from '../support/totp';

// A server of their own: what is confirmed here holds for a second, so that the portal asks each time.
const SETTINGS = '[portal]\nconfirm_again = "1s"\n';
const OLU = { username: 'olu', name: 'Olu Adeyemi', password: 'seven unrelated words' };

async function open(browser: Browser, server: Server): Promise<Page> {
  const context = await browser.newContext({ baseURL: server.portal, storageState: NOBODY });
  return context.newPage();
}

async function administrator(browser: Browser, server: Server): Promise<Page> {
  const page = await open(browser, server);
  const setup = new SetupPage(page);
  await setup.openLink(server.setupLink);
  await setup.create(ADMINISTRATOR);
  await expect(page).toHaveURL(`${server.portal}/`);
  return page;
}

test.describe('accounts', () => {
  let server: Server;
  test.beforeAll(async () => {
    server = await Server.start(SETTINGS);
  });
  test.afterAll(async () => {
    await server.dispose();
  });

  test('somebody is invited, signs in with two steps, and is shut out', async ({ browser }) => {
    test.setTimeout(120_000);
    const boss = await administrator(browser, server);
    const people = new PeoplePage(boss);
    const guest = await open(browser, server);
    let secret = '';
    let recovery = '';

    const link = await test.step('the administrator confirms that it is them, and gets a link', async () => {
      await people.goto();
      await expectAccessible(boss);
      await boss.getByRole('button', { name: 'Invite somebody' }).click();
      const dialog = boss.getByRole('dialog', { name: 'Invite somebody' });
      await dialog.getByLabel('Username').fill(OLU.username);
      await dialog.getByLabel('Name', { exact: true }).fill('Olu');
      await dialog.getByLabel('Role').selectOption({ label: 'Helpdesk' });
      await expectAccessible(boss);
      await dialog.getByRole('button', { name: 'Make the link' }).click();
      await expect(people.confirmation).toBeVisible();
      await expectAccessible(boss);
      await people.confirmation.getByLabel('Your password', { exact: true }).fill('wrong wrong wrong');
      await people.confirmation.getByRole('button', { name: 'Confirm' }).click();
      await expect(people.confirmation.getByRole('alert')).toContainText('The password is wrong');
      await people.confirm(ADMINISTRATOR.password);
      return people.link();
    });
    await expect(people.row(OLU.username)).toContainText('Invited');

    await test.step('the guest sets name and password', async () => {
      await guest.goto(link);
      await expect(guest.locator('html')).toHaveAttribute('data-hydrated', '');
      await expectAccessible(guest);
      await guest.getByLabel('Your name').fill(OLU.name);
      await guest.getByLabel('Password', { exact: true }).fill('Password1234!');
      await guest.getByRole('button', { name: 'Set the password' }).click();
      await expect(guest.getByRole('alert')).toContainText('one of the first');
      await guest.getByLabel('Password', { exact: true }).fill(OLU.password);
      await guest.getByRole('button', { name: 'Set the password' }).click();
      await expect(guest.getByText('Your password is set.')).toBeVisible();
      const signIn = new SignInPage(guest);
      await signIn.hydrated();
      await signIn.signIn(OLU.username, OLU.password);
      await expect(guest).toHaveURL(`${server.portal}/`);
    });

    await test.step('the guest sets up an app for codes', async () => {
      const account = new AccountPage(guest);
      await account.goto();
      await account.section('Second factor').getByRole('button', { name: 'Set up' }).click();
      const asked = new PeoplePage(guest);
      await expect(asked.confirmation.or(account.setUp)).toBeVisible();
      if (await asked.confirmation.isVisible()) await asked.confirm(OLU.password);
      await expect(account.setUp.getByRole('img', { name: 'QR code for the app' })).toBeVisible();
      secret = await account.setUp.locator('code').innerText();
      recovery = await account.setUp.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem').first().innerText();
      await expectAccessible(guest);
      await account.setUp.getByLabel('Code that the app shows now').fill(totp(secret));
      await account.setUp.getByRole('button', { name: 'Turn it on' }).click();
      await expect(asked.confirmation.or(guest.getByText('10 left'))).toBeVisible();
      if (await asked.confirmation.isVisible()) await asked.confirm(OLU.password);
      await expect(account.section('Second factor')).toContainText('10 left');
    });

    const second = await test.step('in another browser a code is asked for', async () => {
      const page = await open(browser, server);
      const signIn = new SignInPage(page);
      await signIn.goto();
      await signIn.signIn(OLU.username, OLU.password);
      await expect(page.getByRole('heading', { name: 'Second step' })).toBeVisible();
      await expectAccessible(page);
      await page.getByLabel('Code').fill('no such code');
      await signIn.submit.click();
      await expect(page.getByRole('alert')).toContainText('The code is wrong');
      await page.getByLabel('Code').fill(recovery);
      await signIn.submit.click();
      await expect(page).toHaveURL(`${server.portal}/`);
      return page;
    });

    await test.step('the guest sees both, and ends one', async () => {
      const account = new AccountPage(guest);
      await account.goto();
      await expect(account.sessions).toHaveCount(2);
      await expectAccessible(guest);
      await account.sessions.filter({ hasNotText: 'This one' }).getByRole('button', { name: 'End' }).click();
      await expect(account.sessions).toHaveCount(1);
      await second.goto('/devices');
      await expect(second.getByRole('heading', { name: 'Sign in' })).toBeVisible();
    });

    await test.step('the password is changed', async () => {
      const account = new AccountPage(guest);
      await account.changePassword(OLU.password, 'another horse battery');
      await expect(guest.getByText('The password is changed.')).toBeVisible();
    });

    await test.step('the administrator shuts the guest out, at once', async () => {
      await people.goto();
      const dialog = await people.manage(OLU.username);
      await expectAccessible(boss);
      await dialog.getByRole('button', { name: 'Disable' }).click();
      await expect(people.confirmation.or(people.row('Disabled'))).toBeVisible();
      if (await people.confirmation.isVisible()) await people.confirm(ADMINISTRATOR.password);
      await expect(people.row(OLU.username)).toContainText('Disabled');
      await guest.goto('/devices');
      await expect(guest.getByRole('heading', { name: 'Sign in' })).toBeVisible();
    });
  });
});
