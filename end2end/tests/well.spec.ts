import type { Locator, Page } from '@playwright/test';
import { expectAccessible } from '../support/axe';
import { expect, test } from '../support/test';

// What holds on every page: focus, motion, zones of time, faults of the server, one hand on a phone.
test.use({ devices: 4 });

test('what is open and focused stays so while a task moves on', async ({ page, fleet, devicesPage, devicePage }) => {
  test.setTimeout(120_000);
  expect(fleet).toBeDefined();
  const id = await devicesPage.firstOnline();
  await devicePage.goto(id, '/tasks');
  await devicePage.refresh();
  const newest = page.getByRole('main').getByRole('listitem').filter({ hasText: 'Read everything' }).first();
  const summary = newest.getByText('Steps and details');
  await summary.focus();
  await page.keyboard.press('Enter');
  await expect(newest.getByRole('list', { name: 'Progress' })).toBeVisible();
  await expect(newest).toContainText('Done', { timeout: 60_000 });
  await expect(newest.getByRole('list', { name: 'Progress' })).toBeVisible();
  await expect(newest.locator('summary')).toBeFocused();
});

test.describe('with reduced motion', () => {
  test.use({ contextOptions: { reducedMotion: 'reduce' } });

  /** Names of what moves for longer than nobody sees. */
  async function moving(page: Page): Promise<string[]> {
    return page.evaluate(() =>
      [...document.querySelectorAll('*')]
        .filter((element) => {
          const { animationName, animationDuration, transitionDuration } = getComputedStyle(element);
          const longest = (text: string) => Math.max(...text.split(',').map((part) => parseFloat(part)));
          return (animationName !== 'none' && longest(animationDuration) > 0.001) || longest(transitionDuration) > 0.001;
        })
        .map((element) => `${element.tagName} ${element.className}`),
    );
  }

  test('nothing moves', async ({ page, fleet, devicesPage, devicePage }) => {
    test.setTimeout(120_000);
    expect(fleet).toBeDefined();
    const id = await devicesPage.firstOnline();
    await devicePage.goto(id);
    await devicePage.refresh();
    expect(await moving(page)).toEqual([]);
    await devicePage.goto(id, '/wifi');
    expect(await moving(page)).toEqual([]);
  });
});

test('times are in the zone that the agent chose, from the server on, and the subscriber’s is named', async ({
  page,
  fleet,
  devicesPage,
  devicePage,
}) => {
  test.setTimeout(120_000);
  expect(fleet).toBeDefined();
  const id = await devicesPage.firstOnline();
  await devicePage.goto(id);
  const seen = page.getByRole('main').locator('time').first();
  // The browser is in Berlin, the subscribers are in Britain.
  await expect(seen).not.toHaveAttribute('title', /UTC/);
  await expect(page.getByText(/^\d\d:\d\d there now, Europe\/London$/)).toBeVisible();
  await page.goto('/profile');
  await devicePage.hydrated();
  const zone = page.getByLabel('Times in the zone');
  await expect(zone.getByRole('option', { name: 'Of this browser: Europe/Berlin' })).toHaveCount(1);
  const kept = page.waitForResponse(/profile\/choose/);
  await zone.selectOption('Asia/Tokyo');
  await kept;
  await expectAccessible(page);
  const written = await (await page.request.get(`/devices/${id}`)).text();
  expect(written).toContain(', Asia/Tokyo"');
  await devicePage.goto(id);
  await expect(seen).toHaveAttribute('title', /, Asia\/Tokyo$/);
  await page.goto('/profile');
  await devicePage.hydrated();
  await expect(zone).toHaveValue('Asia/Tokyo');
  await zone.selectOption('');
  await devicePage.goto(id);
  await expect(seen).not.toHaveAttribute('title', /Tokyo|UTC/);
});

test.describe('a fault inside the server', () => {
  test.use({ expectedErrors: [/500/], permissions: ['clipboard-read'] });

  test('has a code that is copied wherever it is shown', async ({ page, fleet, devicesPage, devicePage }) => {
    test.setTimeout(120_000);
    expect(fleet).toBeDefined();
    const id = await devicesPage.firstOnline();
    await devicePage.goto(id);
    /** Lets a function of the server answer as it does when something inside it broke. */
    const breaks = (name: string, code: string) =>
      page.route(`**/fn/${name}`, (route) =>
        route.fulfill({ status: 500, contentType: 'application/json', json: { kind: 'internal', detail: { id: code } } }),
      );
    const copied = async (place: Locator, code: string) => {
      await expect(place).toContainText(`if it stays, report the code ${code}`);
      await place.getByRole('button', { name: `Copy the code ${code}` }).click();
      await expect(place.getByRole('status')).toHaveText('Copied');
      expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(code);
    };
    // A banner of the page.
    await breaks('device/task', 'ba22-e401');
    await devicePage.refresh();
    await copied(page.getByRole('alert').filter({ hasText: 'ba22-e401' }).first(), 'ba22-e401');
    await expectAccessible(page);
    // A toast.
    await breaks('desk/pin', '70a5-7402');
    await page.getByRole('button', { name: 'Pin', exact: true }).click();
    const toast = page.getByRole('status').filter({ hasText: '70a5-7402' });
    await copied(toast, '70a5-7402');
    await expectAccessible(page);
    await toast.getByRole('button', { name: 'Close' }).click();
    // In place of a section.
    await breaks('device/timeline', '5ec7-1403');
    await devicePage.tab('Timeline').click();
    await copied(page.getByRole('alert').filter({ hasText: '5ec7-1403' }), '5ec7-1403');
    await page.unroute('**/fn/device/timeline');
    await page.getByRole('link', { name: 'Try again' }).click();
    await devicePage.hydrated();
    // At a field of a dialog.
    await breaks('device/note', 'f1e1-d404');
    await page.getByRole('button', { name: 'Add a note' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('What the next one should know').fill('Called back.');
    await dialog.getByRole('button', { name: 'Save note' }).click();
    await copied(dialog.getByRole('alert'), 'f1e1-d404');
    await expectAccessible(page);
  });
});

test.describe('on a small phone', () => {
  test.use({ viewport: { width: 320, height: 568 }, hasTouch: true });

  test('finding, rebooting and testing are in reach of the thumb', async ({ page, fleet, devicesPage, devicePage }) => {
    test.setTimeout(120_000);
    expect(fleet).toBeDefined();
    const id = await devicesPage.firstOnline();
    await devicePage.goto(id);
    const actions = page.getByRole('group', { name: 'Device actions' });
    const find = page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Find' });
    const reached = [
      actions.getByRole('button', { name: 'Reboot' }),
      actions.getByRole('button', { name: 'Speed test' }),
      actions.getByRole('link', { name: 'Ping' }),
      find,
    ];
    for (const one of reached) {
      const box = (await one.boundingBox())!;
      expect(box.y).toBeGreaterThan(568 / 2);
      expect(box.y + box.height).toBeLessThanOrEqual(568);
      expect(box.x).toBeGreaterThanOrEqual(0);
      expect(box.x + box.width).toBeLessThanOrEqual(320);
      expect(Math.min(box.width, box.height), `${one}`).toBeGreaterThanOrEqual(36);
    }
    await actions.getByRole('button', { name: 'Reboot' }).tap();
    await expect(page.getByRole('dialog')).toContainText('Reboot this router?');
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).tap();
    await actions.getByRole('button', { name: 'More actions' }).tap();
    const guide = page.getByRole('link', { name: 'Wi-Fi is slow' });
    await expect(guide).toBeInViewport({ ratio: 1 });
    await page.keyboard.press('Escape');
    await find.tap();
    await expect(page.getByRole('search').getByRole('combobox').first()).toBeFocused();
  });
});
