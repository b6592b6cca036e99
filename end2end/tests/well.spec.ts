import type { Page } from '@playwright/test';
import { expectAccessible } from '../support/axe';
import { expect, test } from '../support/test';

// What holds on every page: focus, motion, zones of time, one hand on a phone.
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
