import type { Page } from '@playwright/test';
import { HomePage } from '../pages/home';
import { TimelinePage } from '../pages/timeline';
import { expect, test } from '../support/test';

// What was typed and not sent is not lost by a reload, and the browser asks before it is left behind.
test.use({ devices: 4 });

/** Loads the page anew, and answers whether the browser asked before. */
async function reload(page: Page): Promise<boolean> {
  let asked = false;
  const answer = async (dialog: import('@playwright/test').Dialog) => {
    asked ||= dialog.type() === 'beforeunload';
    await dialog.accept();
  };
  page.on('dialog', answer);
  await page.reload();
  page.off('dialog', answer);
  return asked;
}

test('a note survives a reload until it is sent', async ({ page, fleet, devicesPage }) => {
  test.setTimeout(120_000);
  expect(fleet).toBeDefined();
  const timeline = new TimelinePage(page, await devicesPage.firstOnline());
  await timeline.goto();
  const text = page.getByRole('dialog').getByLabel('What the next one should know');
  await page.getByRole('button', { name: 'Add a note' }).click();
  await text.pressSequentially('Half a thought');
  expect(await reload(page)).toBe(true);
  await timeline.hydrated();
  await page.getByRole('button', { name: 'Add a note' }).click();
  await expect(text).toHaveValue('Half a thought');
  await page.getByRole('dialog').getByRole('button', { name: 'Save note' }).click();
  await expect(page.getByRole('dialog')).toBeHidden();
  expect(await reload(page)).toBe(false);
  await timeline.hydrated();
  await page.getByRole('button', { name: 'Add a note' }).click();
  await expect(text).toHaveValue('');
});

test('changes of parameters survive a reload and another page', async ({ page, fleet, devicesPage, devicePage }) => {
  test.setTimeout(120_000);
  expect(fleet).toBeDefined();
  const id = await devicesPage.firstOnline();
  await expect(async () => {
    await devicePage.goto(id, '/parameters?q=ProvisioningCode');
    await expect(devicePage.parameter('ProvisioningCode').first()).toBeVisible({ timeout: 1000 });
  }).toPass({ timeout: 60_000 });
  const field = await devicePage.editParameter('ProvisioningCode');
  await field.fill('UNSENT-1');
  await field.press('Enter');
  const pending = page.getByRole('region', { name: 'Not sent yet' });
  await expect(pending).toContainText('ProvisioningCode');
  expect(await reload(page)).toBe(true);
  await devicePage.hydrated();
  await expect(pending).toContainText('UNSENT-1');
  await devicesPage.goto();
  await devicePage.goto(id);
  await expect(pending).toContainText('UNSENT-1');
  await pending.getByRole('button', { name: 'Discard all' }).click();
  await expect(pending).toHaveCount(0);
  expect(await reload(page)).toBe(false);
  await devicePage.hydrated();
  await expect(pending).toHaveCount(0);
});

test('what was typed into the forms of Wi-Fi and home network survives a reload; passwords do not', async ({ page, fleet, devicesPage }) => {
  test.setTimeout(180_000);
  expect(fleet).toBeDefined();
  const home = new HomePage(page);
  const id = await devicesPage.firstOnline();
  const wifi = home.network('Home network');
  await expect(async () => {
    await home.goto(id, '/wifi');
    await expect(wifi).toBeVisible({ timeout: 1000 });
  }).toPass({ timeout: 60_000 });
  await wifi.getByLabel('Network name').fill('Half a name');
  await wifi.getByLabel('New password').fill('quiet-otter-7');
  expect(await page.evaluate(() => JSON.stringify(Object.entries(sessionStorage)))).not.toContain('otter');
  expect(await reload(page)).toBe(true);
  await home.hydrated();
  await expect(wifi.getByLabel('Network name')).toHaveValue('Half a name');
  await expect(wifi.getByLabel('New password')).toHaveValue('');
  await expect(wifi).toContainText('1 change not sent.');

  await home.tab('Home network').click();
  const lan = home.network('Addresses in the home');
  await lan.getByLabel('Last address').fill('192.168.1.77');
  const login = home.network('Internet login');
  if (await login.isVisible()) {
    await login.getByLabel('Login name').fill('half@isp');
    await login.getByLabel('New password').fill('quiet-otter-8');
  }
  await devicesPage.goto();
  await home.goto(id, '/network');
  await expect(lan.getByLabel('Last address')).toHaveValue('192.168.1.77');
  if (await login.isVisible()) {
    await expect(login.getByLabel('Login name')).toHaveValue('half@isp');
    await expect(login.getByLabel('New password')).toHaveValue('');
  }
  expect(await page.evaluate(() => JSON.stringify(Object.entries(sessionStorage)))).not.toContain('otter');
  await lan.getByRole('button', { name: 'Discard' }).click();
  await page.reload();
  await home.hydrated();
  await expect(lan.getByLabel('Last address')).not.toHaveValue('192.168.1.77');
});

test('a name typed for one band is for that band after a reload', async ({ page, fleet, devicesPage }) => {
  test.setTimeout(120_000);
  expect(fleet).toBeDefined();
  const home = new HomePage(page);
  const id = await devicesPage.firstOnline();
  const wifi = home.network('Home network');
  await expect(async () => {
    await home.goto(id, '/wifi');
    await expect(wifi.getByRole('group', { name: 'Bands to change' })).toBeVisible({ timeout: 1000 });
  }).toPass({ timeout: 60_000 });
  await wifi.getByText('5 GHz', { exact: true }).click();
  await wifi.getByLabel('Network name').fill('Only here');
  await reload(page);
  await home.hydrated();
  await expect(wifi.getByRole('radio', { name: '5 GHz' })).toBeChecked();
  await expect(wifi.getByLabel('Network name')).toHaveValue('Only here');
  await expect(wifi).toContainText('1 change not sent.');
});

test('changes to a subscriber survive a reload, and are open again; cancelling forgets them', async ({ page, subscribersPage, subscribers }) => {
  await subscribersPage.goto();
  await subscribersPage.row(subscribers[0]!.account!).getByRole('link').first().click();
  await page.getByRole('button', { name: 'Edit' }).click();
  await subscribersPage.fill({ Plan: 'Half a plan' });
  await page.getByRole('button', { name: 'Add a phone' }).click();
  await page.getByLabel('Phone 2', { exact: true }).fill('0113 496 0333');
  expect(await reload(page)).toBe(true);
  await subscribersPage.hydrated();
  await expect(page.getByLabel('Plan', { exact: true })).toHaveValue('Half a plan');
  await expect(page.getByLabel('Phone 2', { exact: true })).toHaveValue('0113 496 0333');
  // What was not touched is as it is stored.
  await expect(page.getByLabel('Name', { exact: true })).toHaveValue(subscribers[0]!.name!);
  await page.getByRole('button', { name: 'Cancel' }).click();
  expect(await reload(page)).toBe(false);
  await subscribersPage.hydrated();
  await expect(page.getByRole('button', { name: 'Edit' })).toBeEnabled();
  await expect(page.getByLabel('Plan', { exact: true })).toHaveCount(0);
});

test('settings that were not saved survive a reload', async ({ page, subscribersPage }) => {
  await page.goto('/settings/verdict');
  await subscribersPage.hydrated();
  const limit = page.getByRole('table').getByRole('textbox').first();
  const was = await limit.inputValue();
  await limit.fill('7');
  expect(await reload(page)).toBe(true);
  await subscribersPage.hydrated();
  await expect(limit).toHaveValue('7');
  await limit.fill(was);
  expect(await reload(page)).toBe(false);

  await page.goto('/settings/linking');
  await subscribersPage.hydrated();
  await page.getByLabel('Where the account stands in the code').fill('HALF-{account}');
  expect(await reload(page)).toBe(true);
  await subscribersPage.hydrated();
  await expect(page.getByLabel('Where the account stands in the code')).toHaveValue('HALF-{account}');

  await page.goto('/settings/aliases?alias=wifi.radio.channel');
  await subscribersPage.hydrated();
  await page.getByLabel('Your places').fill('Device.X_HALF.Channel');
  expect(await reload(page)).toBe(true);
  await subscribersPage.hydrated();
  await expect(page.getByLabel('Your places')).toHaveValue('Device.X_HALF.Channel');
});
