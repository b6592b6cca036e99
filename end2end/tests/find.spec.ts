import { expectAccessible } from '../support/axe';
import { Clicks } from '../pages/home';
import { expect, test } from '../support/test';

/** Waits until the whole fleet was seen, and answers the address of the first device's page. */
async function firstDevice(devicesPage: import('../pages/devices').DevicesPage, devices: number): Promise<string> {
  await expect(async () => {
    await devicesPage.goto('?state=online');
    await expect(devicesPage.rows).toHaveCount(devices, { timeout: 1000 });
  }).toPass({ timeout: 60_000 });
  return (await devicesPage.rows.first().getByRole('rowheader').getByRole('link').getAttribute('href'))!;
}

test('whoever calls is found by whatever they say', async ({ fleet, devices, subscribers, devicesPage, find, page }) => {
  test.setTimeout(180_000);
  expect(fleet).toBeDefined();
  await firstDevice(devicesPage, devices);
  const caller = subscribers[3]!;
  const name = caller.name!;
  const phone = caller.phone!;
  const [first, last] = name.split(' ') as [string, string];
  const swapped = `${last[0]}${last[2]}${last[1]}${last.slice(3)}`;

  await test.step('an exact identifier and Enter open the device', async () => {
    for (const text of [caller.account!, phone, phone.replace(/\s/g, ''), caller.device_serial!, caller.device_serial!.toLowerCase()]) {
      await find.goto('/');
      const clicks = await Clicks.count(page);
      await find.type(text);
      await find.box.press('Enter');
      await expect(page, text).toHaveURL(/\/devices\/\d+$/);
      expect(await clicks.sofar()).toBe(0);
      await expect(page.getByRole('heading', { level: 1 }), text).toContainText(name);
    }
  });

  await test.step('names and addresses, with typing errors, without accents, in any order', async () => {
    for (const text of [name, `${last} ${first}`, `${first.slice(0, 3)} ${last.slice(0, 3)}`, swapped, caller.address!]) {
      await find.goto('/devices');
      await find.type(text);
      await expect(find.match(name), text).toBeVisible();
    }
  });

  await test.step('what the device told: its address and its Wi-Fi', async () => {
    await find.goto('/');
    await find.type(caller.device_serial!);
    await find.box.press('Enter');
    await expect(page).toHaveURL(/\/devices\/\d+$/);
    const home = page.url();
    await page.goto(`${home}/wifi`);
    const ssid = await page.getByRole('form', { name: 'Home network' }).getByLabel('Network name').inputValue();
    expect(ssid.length).toBeGreaterThan(3);
    await find.goto('/');
    await find.type(ssid);
    await expect(find.list.getByRole('option').first()).toContainText('SSID');
  });

  await test.step('without a script the form leads to the matches, and a shared link too', async () => {
    await page.goto(`/search?q=${encodeURIComponent(last)}`);
    await expect(page.getByRole('main').getByRole('link').filter({ hasText: name })).toBeVisible();
    await page.goto(`/search?q=${encodeURIComponent(caller.account!)}`);
    await expect(page).toHaveURL(/\/devices\/\d+$/);
  });

  await test.step('nobody at all is said so', async () => {
    await find.goto('/');
    await find.type('qqzzxx wwvv');
    await expect(page.getByText('Nobody and nothing matches. Try fewer letters.')).toBeVisible();
  });
});

test('the search works by keyboard alone', async ({ fleet, devices, subscribers, devicesPage, find, page }) => {
  test.setTimeout(120_000);
  expect(fleet).toBeDefined();
  await firstDevice(devicesPage, devices);
  await devicesPage.goto();
  await page.keyboard.press('/');
  await expect(find.box).toBeFocused();
  await find.type(subscribers[0]!.name!.split(' ')[0]!);
  await expect(find.list.getByRole('option').first()).toBeVisible();
  await page.keyboard.press('ArrowDown');
  await expect(find.list.getByRole('option', { selected: true })).toHaveCount(1);
  await expect(find.box).toHaveAttribute('aria-activedescendant', /hit-0/);
  await page.keyboard.press('Escape');
  await expect(find.list).toBeHidden();
  await page.keyboard.press('ArrowDown');
  const tab = page.context().waitForEvent('page');
  await page.keyboard.press('Control+Enter');
  await (await tab).close();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/devices\/\d+$/);
});

test('what was opened and pinned stays at hand', async ({ fleet, devices, devicesPage, devicePage, find, page }) => {
  test.setTimeout(120_000);
  expect(fleet).toBeDefined();
  const href = await firstDevice(devicesPage, devices);
  const id = href.split('/').pop()!;
  const noted = page.waitForResponse((response) => response.url().includes('/fn/desk/opened'));
  await devicePage.goto(id);
  await noted;
  const name = await page.getByRole('heading', { level: 1 }).innerText();
  const pin = page.getByRole('button', { name: 'Pin', exact: true });
  const kept = page.waitForResponse((response) => response.url().includes('/fn/desk/pin'));
  await pin.click();
  await kept;
  await expect(pin).toHaveAttribute('aria-pressed', 'true');
  await page.reload();
  await expect(pin).toHaveAttribute('aria-pressed', 'true');

  await find.goto('/');
  const pinned = page.getByRole('region', { name: 'Pinned' });
  await expect(pinned.getByRole('link').filter({ hasText: name })).toBeVisible();
  await expectAccessible(page);
  await devicesPage.goto();
  await page.keyboard.press('/');
  await expect(find.list.getByRole('option').filter({ hasText: name })).toContainText('Pinned');
  await page.keyboard.press('Escape');

  await find.goto('/');
  await pinned.getByRole('button', { name: `Unpin ${name}` }).click();
  await expect(pinned).toHaveCount(0);
  await expect(page.getByRole('region', { name: 'Opened last' }).getByRole('link').filter({ hasText: name })).toBeVisible();
});

test('the palette goes places and does what the page offers', async ({ fleet, devices, subscribers, devicesPage, find, page }) => {
  test.setTimeout(120_000);
  expect(fleet).toBeDefined();
  const href = await firstDevice(devicesPage, devices);

  await test.step('it opens while typing, too, and leads to pages', async () => {
    await find.goto('/');
    await find.box.focus();
    await page.keyboard.press('Control+k');
    await expect(find.palette).toBeVisible();
    await expectAccessible(page);
    await find.command.fill('devi');
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/\/devices$/);
    await expect(find.palette).toBeHidden();
  });

  await test.step('it searches', async () => {
    await page.getByRole('button', { name: /^Commands/ }).click();
    await find.command.fill(subscribers[1]!.account!);
    await expect(find.palette.getByRole('option').filter({ hasText: subscribers[1]!.name! })).toBeVisible();
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/\/devices\/\d+$/);
  });

  await test.step('an action goes through the same dialog as its button', async () => {
    await find.goto(href);
    await page.keyboard.press('Control+k');
    await find.command.fill('reboot');
    await expect(find.palette.getByRole('option')).toHaveCount(1);
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Reboot this router?' });
    await expect(dialog).toBeVisible();
    await page.keyboard.press('Control+k');
    await expect(find.palette).toBeHidden();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
  });
});

test('single keys can be turned off, at every browser of the agent', async ({ find, page, browser, server }) => {
  await find.goto('/profile');
  await expectAccessible(page);
  const saved = page.waitForResponse((response) => response.url().includes('/fn/profile/choose'));
  await page.getByLabel('Single-key shortcuts').uncheck();
  await saved;
  await page.keyboard.press('Shift+?');
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeHidden();
  await page.keyboard.press('Control+k');
  await expect(find.palette).toBeVisible();
  await page.keyboard.press('Escape');

  const other = await browser.newContext({ baseURL: server.portal, storageState: { cookies: [], origins: [] } });
  const theirs = await other.newPage();
  await theirs.goto('/sign-in');
  await expect(theirs.locator('html')).toHaveAttribute('data-hydrated', '');
  await theirs.getByLabel('Username').fill('ada');
  await theirs.getByLabel('Password', { exact: true }).fill('correct horse battery staple');
  await theirs.getByRole('button', { name: 'Sign in' }).click();
  await expect(theirs).toHaveURL(`${server.portal}/`);
  await theirs.goto('/profile');
  await expect(theirs.getByLabel('Single-key shortcuts')).not.toBeChecked();
  await other.close();

  const again = page.waitForResponse((response) => response.url().includes('/fn/profile/choose'));
  await page.getByLabel('Single-key shortcuts').check();
  await again;
  await page.getByRole('heading', { level: 1 }).click();
  await page.keyboard.press('Shift+?');
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
});

test.describe('@look', () => {
  test('the profile is accessible', async ({ page, find }) => {
    await find.goto('/profile');
    await expectAccessible(page);
  });

  test('matches and the palette are accessible', async ({ page, find, subscribers }) => {
    // Over a page without links of its own: what the list covers in part is no target.
    await find.goto('/profile');
    await find.type(subscribers[0]!.name!.slice(0, 3));
    await expect(find.list.getByRole('option').first()).toBeVisible();
    await expectAccessible(page);
    await page.goto(`/search?q=${subscribers[0]!.name!.slice(0, 2)}&page=1`);
    await expectAccessible(page);
    await find.goto('/');
    await page.keyboard.press('Control+k');
    await expect(find.palette).toBeVisible();
    await expectAccessible(page);
  });
});
