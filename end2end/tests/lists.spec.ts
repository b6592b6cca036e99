import { expectAccessible } from '../support/axe';
import { expect, test } from '../support/test';

// The list of devices as a tool: columns, views, and orders for everything that matches.
test.use({ devices: 60 });

test.beforeEach(async ({ fleet, devices, devicesPage }) => {
  test.setTimeout(180_000);
  expect(fleet).toBeDefined();
  await expect(async () => {
    await devicesPage.goto('?rows=200');
    await expect(devicesPage.rows).toHaveCount(devices, { timeout: 1000 });
  }).toPass({ timeout: 120_000 });
});

test('columns are chosen, kept for the person, and right at the first paint', async ({ page, devicesPage }) => {
  await devicesPage.goto();
  await expect(devicesPage.heads.filter({ hasText: 'Firmware' })).toBeVisible();
  const kept = page.waitForResponse((response) => response.url().includes('/fn/profile/choose'));
  await devicesPage.columns.click();
  await devicesPage.column('Firmware').uncheck();
  await kept;
  await devicesPage.column('Plan').check();
  await devicesPage.column('IP address').check();
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await expect(devicesPage.heads.filter({ hasText: 'Firmware' })).toHaveCount(0);
  await expect(devicesPage.heads.filter({ hasText: 'IP address' })).toBeVisible();
  await expect(devicesPage.rows.first()).toContainText('127.0.0.1');

  // The server writes the same table: no column appears or goes when the browser takes over.
  const html = await (await page.request.get('/devices')).text();
  expect(html).toMatch(/<th[^>]*>(<[^>]*>)*IP address/);
  expect(html).not.toMatch(/<th[^>]*><a[^>]*class="th-sort"[^>]*>Firmware/);

  // A link may say otherwise, and does not change what the person chose.
  await devicesPage.goto('?columns=serial.approval');
  await expect(devicesPage.heads.filter({ hasText: 'Approval' })).toBeVisible();
  await expect(devicesPage.heads.filter({ hasText: 'IP address' })).toHaveCount(0);
  await expect(devicesPage.rows.first().getByRole('rowheader')).toBeVisible();
  await devicesPage.columns.click();
  await devicesPage.column('Tags').check();
  await expect(page).toHaveURL(/columns=tags\.serial\.approval/);
  await page.getByRole('link', { name: 'Use my own columns' }).click();
  await expect(devicesPage.heads.filter({ hasText: 'IP address' })).toBeVisible();
  await devicesPage.columns.click();
  await page.getByRole('button', { name: 'Show the usual ones' }).click();
  await expect(devicesPage.heads.filter({ hasText: 'Firmware' })).toBeVisible();
});

test('a view is kept, is a link, and is renamed and deleted', async ({ page, devicesPage, devices }) => {
  await devicesPage.goto('?state=online&sort=-serial&columns=state.serial.plan');
  await devicesPage.saveView('Evening shift', true);
  const view = devicesPage.view('Evening shift');
  await expect(view).toHaveAttribute('aria-current', 'true');
  await expect(view).toContainText(`${devices}`);
  const address = page.url();

  await devicesPage.view('All devices').click();
  await expect(view).not.toHaveAttribute('aria-current', 'true');
  await view.click();
  await expect(page).toHaveURL(address);
  await expect(devicesPage.heads.filter({ hasText: 'Plan' })).toBeVisible();
  await page.reload();
  await expect(view).toHaveAttribute('aria-current', 'true');
  await devicesPage.hydrated();

  await page.getByRole('button', { name: 'Edit view' }).click();
  await expectAccessible(page);
  await devicesPage.dialog.getByLabel('Name').fill('Night shift');
  await devicesPage.dialog.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(devicesPage.view('Night shift')).toBeVisible();
  await expect(view).toHaveCount(0);
  await page.getByRole('button', { name: 'Edit view' }).click();
  await devicesPage.dialog.getByRole('button', { name: 'Delete view' }).click();
  await expect(devicesPage.view('Night shift')).toHaveCount(0);
  await expect(devicesPage.rows.first()).toBeVisible();
});

test('everything that matches is refreshed or rebooted, and it says what came of it', async ({
  page,
  devicesPage,
  devices,
}) => {
  await devicesPage.goto();
  await devicesPage.selectPage();
  await expect(devicesPage.bulk).toContainText('50 selected');
  await devicesPage.bulk.getByRole('button', { name: `Select all ${devices} that match` }).click();
  await expect(devicesPage.bulk).toContainText(`All ${devices} that match`);
  await expectAccessible(page);

  await devicesPage.bulk.getByRole('button', { name: 'Reboot' }).click();
  await expect(devicesPage.dialog).toContainText(`Reboot ${devices} routers?`);
  const yes = devicesPage.dialog.getByRole('button', { name: 'Reboot them' });
  await expect(yes).toBeDisabled();
  await devicesPage.dialog.getByLabel(/^Type/).fill(`${devices - 1}`);
  await expect(yes).toBeDisabled();
  await expectAccessible(page);
  await devicesPage.dialog.getByLabel(/^Type/).fill(`${devices}`);
  // Two presses are one order.
  await yes.dblclick();
  await expect(devicesPage.dialog).toBeHidden();
  await expect(devicesPage.orders).toContainText(`Reboot of ${devices} routers.`);
  await expect(devicesPage.orders.getByText(/^Reboot of/)).toHaveCount(1);
  await expect(devicesPage.orders).toContainText(new RegExp(`${devices} queued\\.`), { timeout: 30_000 });
  await expect(devicesPage.bulk).toHaveCount(0);
  await page.reload();
  await expect(devicesPage.orders).toContainText(`${devices} queued.`);
  await devicesPage.hydrated();
  await devicesPage.orders.getByRole('button', { name: 'Close' }).click();
  await expect(devicesPage.orders).toHaveCount(0);

  // Chosen one by one: nothing to confirm.
  await devicesPage.rows.nth(0).getByRole('checkbox').check();
  await devicesPage.rows.nth(1).getByRole('checkbox').check();
  await devicesPage.bulk.getByRole('button', { name: 'Refresh' }).click();
  await expect(devicesPage.orders).toContainText('Refresh of 2 routers. 2 queued');
});

test('the table is one stop of the Tab key; arrows, Space and Shift do the rest', async ({ page, devicesPage }) => {
  await devicesPage.goto();
  const link = (at: number) => devicesPage.rows.nth(at).getByRole('rowheader').getByRole('link');
  const box = (at: number) => devicesPage.rows.nth(at).getByRole('checkbox');
  await expect(link(1)).toHaveAttribute('tabindex', '-1');
  await link(0).focus();
  await page.keyboard.press('ArrowDown');
  await expect(link(1)).toBeFocused();
  await expect(link(0)).toHaveAttribute('tabindex', '-1');
  await page.keyboard.press('Space');
  await expect(box(1)).toBeChecked();
  await page.keyboard.press('Shift+ArrowDown');
  await page.keyboard.press('Shift+ArrowDown');
  await expect(devicesPage.bulk).toContainText('3 selected');
  await page.keyboard.press('k');
  await expect(link(2)).toBeFocused();
  await page.keyboard.press('x');
  await expect(devicesPage.bulk).toContainText('2 selected');
  await box(5).click();
  await box(8).click({ modifiers: ['Shift'] });
  await expect(devicesPage.bulk).toContainText('6 selected');
  await page.keyboard.press('End');
  await expect(link(49)).toBeFocused();
  // What has the focus is not under the head of the table.
  await page.keyboard.press('Home');
  await expect(link(0)).toBeFocused();
  await expect(link(0)).toBeInViewport();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/devices\/\d+$/);
});
