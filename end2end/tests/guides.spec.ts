import type { Page } from '@playwright/test';
import type { DevicesPage } from '../pages/devices';
import { expectAccessible } from '../support/axe';
import { expect, test } from '../support/test';

// Guides on simulated gateways: each step says what was found and has one button; the end is a note on the device.
test.use({ devices: 4 });

/** Opens routers that are online, and says their ids. */
async function online(devicesPage: DevicesPage, page: Page, count: number): Promise<string[]> {
  await expect(async () => {
    await devicesPage.goto('?state=online');
    expect(await devicesPage.rows.count()).toBeGreaterThanOrEqual(count);
  }).toPass({ timeout: 60_000 });
  const links = page.getByRole('rowheader').getByRole('link');
  const hrefs = await links.evaluateAll((all) => all.map((link) => link.getAttribute('href') ?? ''));
  return hrefs.map((href) => href.split('/').pop() ?? '');
}

test('“Wi-Fi is slow” leads through tests to a note', async ({ fleet, devicesPage, guidePage, page }) => {
  test.setTimeout(240_000);
  expect(fleet).toBeDefined();
  const [device = ''] = await online(devicesPage, page, 1);
  await guidePage.goto(device, 'slow-wifi');
  await guidePage.begin();
  await expect(guidePage.now).toBeVisible();
  // The button is gone; the keyboard goes on at the step.
  await expect(guidePage.now.getByRole('heading')).toBeFocused();
  await expectAccessible(page);
  // One button a step, until the caller is asked.
  await expect(async () => {
    if (await guidePage.choice('It works').isVisible()) return;
    const first = guidePage.now.getByRole('button').first();
    const name = await first.textContent();
    // What ends the guide, or interrupts more than this test needs, is left.
    const left = /Hand over|Told them|Go on without/.test(name ?? '');
    if (!left) await first.click({ timeout: 1000 });
    else await guidePage.now.getByRole('button').nth(1).click({ timeout: 1000 });
    await expect(guidePage.choice('It works')).toBeVisible({ timeout: 3000 });
  }).toPass({ timeout: 180_000 });
  await expectAccessible(page);
  await guidePage.choice('It works').click();
  await expect(guidePage.end).toContainText('Solved');
  await expect(guidePage.end).toContainText('Wi-Fi is slow');
  await expectAccessible(page);
});

test('two agents share a guide, and a step is taken once', async ({ fleet, devicesPage, guidePage, page, context }) => {
  expect(fleet).toBeDefined();
  const [, device = ''] = await online(devicesPage, page, 2);
  await guidePage.goto(device, 'new-router');
  await guidePage.begin();
  await expect(guidePage.now).toContainText('Which router is the new one?');
  const other = await context.newPage();
  await other.goto(page.url());
  await expect(other.locator('[aria-current="step"]')).toContainText('Which router is the new one?');
  await guidePage.choice('Stop here').click();
  await expect(guidePage.end).toContainText('Stopped');
  await other.close();
});

test('a link to a guide begins none, and says what it will do', async ({ fleet, devicesPage, guidePage, page }) => {
  expect(fleet).toBeDefined();
  const [, , device = ''] = await online(devicesPage, page, 3);
  for (let time = 0; time < 2; time += 1) {
    await guidePage.goto(device, 'no-internet');
    await expect(page.getByText('Beginning sends nothing to the router.')).toBeVisible();
    await expect(guidePage.beginning).toBeVisible();
    await expect(guidePage.now).toHaveCount(0);
  }
  await expectAccessible(page);
  await guidePage.begin();
  await expect(guidePage.now).toBeVisible();
  // Whoever opens the link now sees the guide that runs.
  await guidePage.goto(device, 'no-internet');
  await expect(guidePage.now).toBeVisible();
  await expect(guidePage.beginning).toHaveCount(0);
});

test.describe('without WebAssembly', () => {
  test.use({ javaScriptEnabled: false });

  test('a guide is begun by a plain form', async ({ fleet, page }) => {
    test.setTimeout(120_000);
    expect(fleet).toBeDefined();
    await expect(async () => {
      await page.goto('/devices?state=online');
      await expect(page.getByRole('rowheader')).toHaveCount(4, { timeout: 1000 });
    }).toPass({ timeout: 60_000 });
    const href = await page.getByRole('rowheader').getByRole('link').last().getAttribute('href');
    await page.goto(`${href}/guide/slow-wifi`);
    await page.getByRole('button', { name: 'Begin the guide' }).click();
    await expect(page).toHaveURL(/\/guide\/slow-wifi\??$/);
    await expect(page.locator('[aria-current="step"]')).toBeVisible();
  });
});

test.describe('a swap', () => {
  // A number that no router has is refused.
  test.use({ expectedErrors: [/422/] });

  test('a swap gives the new router its subscriber and the names of the old one', async ({
    fleet,
    devicesPage,
    devicePage,
    guidePage,
    page,
  }) => {
    test.setTimeout(240_000);
    expect(fleet).toBeDefined();
    const ids = await online(devicesPage, page, 4);
    const [old = '', fresh = ''] = [ids[2], ids[3]];
    await devicePage.goto(fresh);
    const copy = page.getByRole('button', { name: /^Copy serial / });
    const serial = (await copy.getAttribute('aria-label'))!.split(' ').pop()!;
    await guidePage.goto(old, 'new-router');
    await guidePage.begin();
    await guidePage.now.getByLabel('Serial number of the new router').fill('NOT-THERE');
    await guidePage.choice('Use this one').click();
    await expect(guidePage.now.getByRole('alert')).toContainText('No other router');
    await guidePage.now.getByLabel('Serial number of the new router').fill(serial);
    await guidePage.choice('Use this one').click();
    await expect(guidePage.now).not.toContainText('Which router is the new one?');
    await expect(async () => {
      if (await guidePage.choice('It works').isVisible()) return;
      await guidePage.now.getByRole('button').first().click({ timeout: 1000 });
      await expect(guidePage.choice('It works')).toBeVisible({ timeout: 3000 });
    }).toPass({ timeout: 180_000 });
    await guidePage.choice('It works').click();
    await expect(guidePage.end).toContainText('Solved');
  });
});
