import { readFile } from 'node:fs/promises';
import { expectAccessible } from '../support/axe';
import { expect, test } from '../support/test';

// People at their lines: entered, changed, linked, imported. What the server refuses is told on the page, and logged by
// the browser.
test.use({ devices: 2, expectedErrors: [/422/] });

test('a subscriber is entered, corrected, noted about and deleted', async ({ subscribersPage, page }) => {
  await subscribersPage.openNew();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'A name is needed.' })).toBeVisible();
  await expect(page.getByRole('alert').filter({ hasText: 'An account number is needed' })).toBeVisible();
  await expectAccessible(page);

  await subscribersPage.fill({
    Name: 'Zora <b>Quill</b>',
    Account: 'E2E-1',
    'Phone 1': '+44 20 7946 0111',
    'What phone 1 is': 'Work',
    'E-mail': 'zora@example.com',
    Address: '1 Foundry Street, Tarnsby',
    Plan: 'Fibre 900',
    'Download speed': '900',
    'Upload speed': '110',
    'Time zone': 'Moon/Base',
    Tags: 'vip, care',
  });
  await page.getByRole('button', { name: 'Add a phone' }).click();
  await page.getByLabel('Phone 2', { exact: true }).fill('0113 496 0222');
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'There is no time zone' })).toBeVisible();
  await subscribersPage.fill({ 'Time zone': 'europe/london' });
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page).toHaveURL(/\/subscribers\/\d+$/);
  await expect(subscribersPage.heading).toHaveText('Zora <b>Quill</b>');
  const details = subscribersPage.card('Details');
  await expect(details).toContainText('900 Mbit/s down, 110 Mbit/s up');
  await expect(details).toContainText('Europe/London');
  await expect(details.getByRole('link', { name: '0113 496 0222' })).toHaveAttribute('href', 'tel:01134960222');
  await expect(subscribersPage.card('History')).toContainText('Created');
  await expectAccessible(page);

  await page.getByRole('button', { name: 'Edit' }).click();
  await subscribersPage.fill({ Plan: 'Fibre 300', 'Download speed': '300', 'E-mail': 'zora' });
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'no e-mail address' })).toBeVisible();
  await subscribersPage.fill({ 'E-mail': '' });
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(details).toContainText('Fibre 300');
  await expect(subscribersPage.card('History')).toContainText('3 fields changed');

  const notes = subscribersPage.card('Notes');
  await notes.getByLabel('New note').fill('Called about the evenings.');
  await notes.getByRole('button', { name: 'Add note' }).click();
  await expect(notes.getByRole('listitem')).toContainText('Called about the evenings.');
  await notes.getByRole('button', { name: 'Change' }).click();
  await notes.getByLabel('Note', { exact: true }).fill('Called about the mornings.');
  await notes.getByRole('button', { name: 'Save' }).click();
  await expect(notes.getByRole('listitem')).toContainText('mornings');
  await expectAccessible(page);
  // A note is deleted only after a question.
  await notes.getByRole('button', { name: 'Delete' }).click();
  await expect(subscribersPage.dialog).toContainText('Called about the mornings.');
  await expectAccessible(page);
  await subscribersPage.dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(notes.getByRole('listitem')).toHaveCount(1);
  await notes.getByRole('button', { name: 'Delete' }).click();
  await subscribersPage.dialog.getByRole('button', { name: 'Delete note' }).click();
  await expect(notes.getByRole('listitem')).toHaveCount(0);

  // Found by the second phone; without a router it leads to the person.
  await page.goto('/search?q=01134960222');
  await expect(page).toHaveURL(/\/subscribers\/\d+$/);
  await expect(subscribersPage.heading).toHaveText('Zora <b>Quill</b>');
  await subscribersPage.hydrated();
  await page.getByRole('button', { name: 'Delete' }).first().click();
  await expect(subscribersPage.dialog).toContainText('account E2E-1');
  await expectAccessible(page);
  await subscribersPage.dialog.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(page).toHaveURL(/\/subscribers$/);
  await expect(subscribersPage.row('E2E-1')).toHaveCount(0);
});

test('a router is linked, moved with a question, and unlinked', async ({ subscribersPage, devicesPage, fleet, subscribers, page }) => {
  expect(fleet).toBeDefined();
  const owner = subscribers[0]!;
  await expect(async () => {
    await devicesPage.goto();
    await expect(devicesPage.row(owner.device_serial!)).toHaveCount(1, { timeout: 1000 });
  }).toPass({ timeout: 60_000 });

  await subscribersPage.openNew();
  await subscribersPage.fill({ Name: 'Mona Newcomer', Account: 'E2E-2' });
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page).toHaveURL(/\/subscribers\/\d+$/);
  const routers = subscribersPage.card('Routers');
  await expect(routers).toContainText('No router is at this line.');
  await routers.getByRole('button', { name: 'Link a router' }).click();
  await subscribersPage.dialog.getByLabel(/Serial number/).fill(owner.device_serial!);
  await subscribersPage.dialog.getByRole('button', { name: new RegExp(owner.name!) }).click();
  await expect(subscribersPage.dialog).toContainText(`at the line of ${owner.name}`);
  await expectAccessible(page);
  await subscribersPage.dialog.getByRole('button', { name: 'Move it' }).click();
  await expect(routers).toContainText(owner.device_serial!);
  await expect(subscribersPage.card('History')).toContainText(`Router ${owner.device_serial} linked by hand`);

  // The router's page names her, and its timeline says how that came.
  await routers.getByRole('link').first().click();
  await expect(page.getByRole('main').getByRole('link', { name: 'E2E-2' })).toBeVisible();
  await page.goto(`${page.url()}/timeline`);
  await subscribersPage.hydrated();
  await expect(page.getByRole('main')).toContainText('Linked to account E2E-2');
  await page.getByRole('main').getByRole('link', { name: 'E2E-2' }).click();
  await subscribersPage.hydrated();
  await routers.getByRole('button', { name: /^Unlink/ }).click();
  await subscribersPage.dialog.getByRole('button', { name: 'Unlink', exact: true }).click();
  await expect(routers).toContainText('No router is at this line.');
});

test('a table is tried, put right and imported', async ({ subscribersPage, page }) => {
  await subscribersPage.goto('/import');
  await expectAccessible(page);
  const text = 'Account;Name;Telephone;Colour\nIMP-1;Ana Table;030 1;red\nIMP-2;Ben Table;=1+1;blue\n;Nobody;;\n';
  await subscribersPage.upload('people.csv', text);
  await expect(page.getByRole('main')).toContainText('3 rows, UTF-8, semicolon between columns');
  await expect(subscribersPage.column('Account')).toHaveValue('account');
  await expect(subscribersPage.column('Telephone')).toHaveValue('phones');
  await expect(subscribersPage.column('Colour')).toHaveValue('');
  await expectAccessible(page);
  await subscribersPage.column('Account').selectOption('');
  await expect(page.getByText('Say which column is the account')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Import 3 rows' })).toBeDisabled();
  await subscribersPage.column('Account').selectOption('account');
  await subscribersPage.column('Colour').selectOption('tags');

  await page.getByRole('button', { name: 'Try without changing anything' }).click();
  await expect(subscribersPage.outcome).toHaveText('Tried: some rows would not be taken. Nothing was changed.');
  await expect(page.getByText('Line 3')).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Import 3 rows' }).click();
  await expect(subscribersPage.outcome).toHaveText('Imported, but for some rows');
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Save these rows as a table' }).click(),
  ]);
  const wrong = await readFile(await download.path(), 'utf8');
  expect(wrong).toContain("IMP-2,Ben Table,'=1+1,blue,3,");

  await page.getByRole('link', { name: 'To the subscribers' }).click();
  await subscribersPage.hydrated();
  await page.goto('/subscribers?tag=red');
  await expect(subscribersPage.rows).toHaveCount(1);
  await expect(subscribersPage.row('Ana Table')).toContainText('IMP-1');

  // What was said of the column is remembered; what is there already is not doubled.
  await subscribersPage.upload('again.csv', 'Account,Name,Colour\nIMP-1,Ana Table,red\n');
  await expect(subscribersPage.column('Colour')).toHaveValue('tags');
  await page.getByRole('button', { name: 'Import 1 rows' }).click();
  await expect(subscribersPage.outcome).toHaveText('Imported');
  await expect(page.getByText('Were so already').locator('..')).toContainText('1');
});

test('a token is made, shown once and revoked', async ({ page }) => {
  await page.goto('/settings');
  await page.getByRole('link', { name: /API tokens/ }).click();
  await expect(page.getByRole('heading', { name: 'No tokens yet' })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('data-hydrated', '');
  await page.getByRole('button', { name: 'New token' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('What it is for').fill('CRM');
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Make the token' }).click();
  const token = (await dialog.getByText(/^lastmile_/).textContent())!.trim();
  await expectAccessible(page);
  const read = () => page.request.get('/api/v1/subscribers', { headers: { Authorization: `Bearer ${token}` } });
  expect((await read()).status()).toBe(200);
  await dialog.getByRole('button', { name: 'Done' }).click();
  await expect(page.getByText(token)).toHaveCount(0);
  await page.getByRole('button', { name: 'Revoke' }).click();
  await dialog.getByRole('button', { name: 'Revoke' }).click();
  await expect(page.getByRole('row', { name: /CRM/ })).toContainText('Revoked');
  expect((await read()).status()).toBe(401);
});

test.describe('@look', () => {
  test('the pages of subscribers are accessible', async ({ page, subscribersPage, subscribers }) => {
    await subscribersPage.goto();
    await expect(subscribersPage.row(subscribers[0]!.account!)).toBeVisible();
    await expectAccessible(page);
    await subscribersPage.row(subscribers[0]!.account!).getByRole('link').click();
    await expect(subscribersPage.card('Details')).toBeVisible();
    await expectAccessible(page);
    for (const path of ['/settings', '/settings/linking', '/settings/tokens']) {
      await page.goto(path);
      await expectAccessible(page);
    }
  });
});
