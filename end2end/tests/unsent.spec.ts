import type { Page } from '@playwright/test';
import { TimelinePage } from '../pages/timeline';
import type { DevicesPage } from '../pages/devices';
import { expect, test } from '../support/test';

// What was typed and not sent is not lost by a reload, and the browser asks before it is left behind.
test.use({ devices: 4 });

async function first(devicesPage: DevicesPage): Promise<string> {
  await expect(async () => {
    await devicesPage.goto('?state=online');
    await expect(devicesPage.rows).not.toHaveCount(0, { timeout: 1000 });
  }).toPass({ timeout: 60_000 });
  const href = await devicesPage.rows.first().getByRole('rowheader').getByRole('link').getAttribute('href');
  return href!.split('/').pop()!;
}

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
  const timeline = new TimelinePage(page, await first(devicesPage));
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
  const id = await first(devicesPage);
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
