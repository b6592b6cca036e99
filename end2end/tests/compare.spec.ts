import { expectAccessible } from '../support/axe';
import { Fleet } from '../support/fleet';
import { expect, test as base } from '../support/test';
import { ComparePage } from '../pages/compare';
import { Clicks } from '../pages/home';

// Task 19 of the helpdesk, a password that the router tells, and its pages opened to the outside for a time, on routers
// of both data models.

interface Controlled {
  fleet: Fleet;
  serials: Record<string, string>;
}

const test = base.extend<{ compare: ComparePage }, { controlled: Controlled }>({
  compare: async ({ page }, use) => use(new ComparePage(page)),
  controlled: [
    async ({ server, administrator }, use) => {
      expect(administrator.cookies.length).toBeGreaterThan(0);
      // Four of each model: three say what is usual for the fourth.
      const fleet = await Fleet.start(server, 16, 31, ['--control', '127.0.0.1:0']);
      try {
        await use({ fleet, serials: await fleet.serials() });
      } finally {
        await fleet.stop();
      }
    },
    { scope: 'worker', timeout: 120_000 },
  ],
});

test.use({ devices: 0 });

const MODELS = {
  'TR-098': {
    model: 'kestrel-hg640',
    object: 'InternetGatewayDevice.LANDevice.1.LANHostConfigManagement.',
    name: 'DHCPLeaseTime',
  },
  'TR-181': { model: 'kestrel-hg645', object: 'Device.DHCPv4.Server.Pool.1.', name: 'LeaseTime' },
};
/** What may pass until a change is read back: 15 s and what the device takes. */
const CHANGE = 25_000;

for (const [dataModel, { model, object, name }] of Object.entries(MODELS)) {
  test.describe(dataModel, () => {
    test('task 19: one click shows what differs from the model, one more makes it usual', async ({ compare, controlled, page }) => {
      test.setTimeout(180_000);
      const serial = controlled.serials[model]!;
      const id = await compare.find(serial);
      await compare.comparable(id);
      await controlled.fleet.act(serial, 'change', { path: `${object}${name}`, value: '3600' });
      await compare.goto(id);
      await compare.refresh();
      await expect(compare.activity.getByText(/values read\./).first()).toBeVisible({ timeout: CHANGE });

      const clicks = await Clicks.count(page);
      await compare.tab('Compare').click();
      const row = compare.setting(name);
      await expect(row).toContainText('3600');
      await expect(row).toContainText('86400');
      await expect(row).toContainText('3 of 3');
      expect(await clicks.sofar()).toBe(1);
      await expectAccessible(page);
      // It is in the address: it opens again as it is, and others can be sent there.
      await page.reload();
      await compare.hydrated();
      await expect(row).toContainText('3600');

      await row.getByRole('button', { name: `Set to usual: ${name}` }).click();
      await expect(row).toHaveCount(0, { timeout: CHANGE });
      await expect(compare.section.getByText('Verified')).toBeVisible();
    });

    test('task 19: beside another router, and beside last week', async ({ compare, controlled, page }) => {
      test.setTimeout(120_000);
      const serial = controlled.serials[model]!;
      const id = await compare.find(serial);
      await compare.goto(id, '/compare');
      await compare.withRouter(controlled.serials['harbour-mesh3']!);
      await expect(page).toHaveURL(/with=/);
      await expect(compare.section).toContainText(`compared with those of ${controlled.serials['harbour-mesh3']!}`);
      const natural = page.getByRole('link', { name: /differs? from home to home anyway/ });
      await expect(natural.or(compare.section.getByText('Nothing to compare')).first()).toBeVisible();
      await compare.goto(id, '/compare');
      await compare.with('Last week');
      await expect(page).toHaveURL(/with=week/);
      await expect(compare.section.getByText(/Put together from|Nothing is different since last week/).first()).toBeVisible();
    });

    test('what differs by nature waits behind a switch and cannot be set', async ({ compare, controlled, page }) => {
      test.setTimeout(120_000);
      const id = await compare.find(controlled.serials[model]!);
      await compare.comparable(id);
      const own = controlled.serials[model]!;
      const other = (await controlled.fleet.all(model)).find((serial) => serial !== own)!;
      await compare.withRouter(other);
      await expect(compare.setting('SSID')).toHaveCount(0);
      await page.getByRole('link', { name: /^Show .* from home to home anyway/ }).click();
      await expect(page).toHaveURL(/nature=1/);
      const name = compare.setting('SSID').first();
      await expect(name).toContainText('a name of this home');
      await expect(name.getByRole('button')).toHaveCount(0);
      await page.getByRole('link', { name: 'Hide what differs from home to home anyway' }).click();
      await expect(compare.setting('SSID')).toHaveCount(0);
    });

    test('a Wi-Fi password is shown for a reason, and hidden again', async ({ compare, controlled, page }) => {
      test.setTimeout(120_000);
      const serial = controlled.serials[model]!;
      const id = await compare.find(serial);
      await compare.goto(id, '/wifi');
      const form = compare.network('Home network');
      await expect(form.getByText('The router does not tell its password.')).toBeVisible();
      await expect(form.getByRole('button', { name: /^Show the password of/ })).toHaveCount(0);

      await controlled.fleet.act(serial, 'faults', { fault: 'tells-passwords' });
      await compare.refresh();
      const show = form.getByRole('button', { name: 'Show the password of 2.4 GHz' });
      await show.click({ timeout: CHANGE });
      await expectAccessible(page);
      await compare.dialog.getByRole('button', { name: 'Show it' }).click();
      await expect(compare.dialog.getByText('Say in a few words why')).toBeVisible();
      await compare.dialog.getByLabel('Reason').fill('caller lost the card');
      const answer = page.waitForResponse((response) => response.url().includes('/fn/device/reveal'));
      await compare.dialog.getByRole('button', { name: 'Show it' }).click();
      const { value } = (await (await answer).json()) as { value: string };
      expect((await answer).headers()['cache-control']).toBe('no-store');
      expect(value.length).toBeGreaterThanOrEqual(8);
      await expect(form.getByText(value)).toBeVisible();
      await expect(form.getByRole('button', { name: 'Hide the password of 2.4 GHz' })).toBeVisible();

      // Whoever turns to another window leaves nothing behind.
      await page.evaluate(() => window.dispatchEvent(new Event('blur')));
      await expect(form.getByText(value)).toHaveCount(0);
      for (const section of ['/wifi', '/parameters?q=Passphrase', '/timeline']) {
        await compare.goto(id, section);
        expect(await page.content()).not.toContain(value);
      }
      const told = page.getByRole('listitem').filter({ hasText: 'Wi-Fi password of 2.4 GHz shown' }).first();
      await expect(told).toContainText('Reason: caller lost the card.');
      await expect(told).toContainText('By Ada Admin');

      // The same for the internet login.
      await compare.goto(id, '/network');
      await compare.refresh();
      const login = page.getByRole('form', { name: 'Internet login' });
      await login.getByRole('button', { name: 'Show the password of the internet login' }).click({ timeout: CHANGE });
      await compare.dialog.getByLabel('Reason').fill('moves to another router');
      await expectAccessible(page);
      await compare.dialog.getByRole('button', { name: 'Show it' }).click();
      await login.getByRole('button', { name: 'Hide the password of the internet login' }).click();
      await expect(login.getByText('••••••••')).toBeVisible();
      await compare.goto(id, '/timeline');
      const shown = page.getByRole('listitem').filter({ hasText: 'Password of the internet login shown' }).first();
      await expect(shown).toContainText('Reason: moves to another router.');
    });

    test('its pages are open to the outside for a time, and closed now in one click', async ({ compare, controlled, page }) => {
      test.setTimeout(120_000);
      const id = await compare.find(controlled.serials[model]!);
      const clicks = await Clicks.count(page);
      await compare.tab('Home network').click();
      await expect(compare.door.getByText('Closed', { exact: true })).toBeVisible();
      await compare.door.getByRole('group', { name: 'Open for' }).getByRole('button', { name: '15 minutes' }).click();
      await expect(compare.door.getByText(/^Open until \d\d:\d\d$/)).toBeVisible({ timeout: CHANGE });
      expect(await clicks.sofar()).toBe(2);
      await expect(compare.door).toContainText('Opened by Ada Admin');
      await expectAccessible(page);
      // Nobody takes the end away: it waits with the tasks, and the page says when.
      await page.reload();
      await compare.hydrated();
      await expect(compare.door.getByText(/^Open until \d\d:\d\d$/)).toBeVisible();
      await compare.door.getByRole('button', { name: 'Close now' }).click();
      await expect(compare.door.getByText('Closed', { exact: true })).toBeVisible({ timeout: CHANGE });
      await compare.goto(id, '/timeline');
      const entries = page.getByRole('region', { name: 'Timeline', exact: true }).getByRole('listitem');
      await expect(entries.filter({ hasText: 'For 15 minutes, then it is closed by itself.' }).first()).toContainText('By Ada Admin');
      await expect(entries.filter({ hasText: 'Close its pages to the internet' }).first()).toContainText('Verified');
    });
  });
}

test.describe('a router that is not there', () => {
  test.use({ expectedErrors: [/status of 4\d\d/] });

  test('is said not to be, in words', async ({ compare, controlled }) => {
    const id = await compare.find(controlled.serials['kestrel-hg645']!);
    await compare.goto(id, '/compare');
    await compare.withRouter('no-such-router');
    await expect(compare.section).toContainText('No router has this serial number');
    await compare.withRouter(controlled.serials['kestrel-hg645']!);
    await expect(compare.section).toContainText('That is this router.');
  });
});

test('an opening that a router does not get in time is taken back with its end', async ({ compare, controlled }) => {
  test.setTimeout(150_000);
  const serial = controlled.serials['kestrel-hg645']!;
  const id = await compare.find(serial);
  await controlled.fleet.act(serial, 'offline');
  try {
    await compare.goto(id, '/network');
    await compare.door.getByRole('group', { name: 'Open for' }).getByRole('button', { name: '30 minutes' }).click();
    const cancel = compare.activity.getByRole('button', { name: 'Cancel Open its pages to the internet' });
    await expect(cancel).toBeVisible({ timeout: 60_000 });
    await cancel.click();
    await expect(compare.activity.getByRole('button', { name: /^Cancel (Open|Close) its pages/ })).toHaveCount(0);
    await expect(compare.door.getByText('Closed', { exact: true })).toBeVisible();
  } finally {
    await controlled.fleet.act(serial, 'online');
  }
});

test.describe('@look', () => {
  test('the comparison is accessible and stays inside the window', async ({ compare, controlled, page }) => {
    test.setTimeout(150_000);
    const id = await compare.find(controlled.serials['kestrel-hg640']!);
    await compare.comparable(id);
    const own = controlled.serials['kestrel-hg640']!;
    const other = (await controlled.fleet.all('kestrel-hg640')).find((serial) => serial !== own)!;
    await compare.goto(id, `/compare?with=${other}&nature=1`);
    await expect(compare.section.getByText('a name of this home').first()).toBeVisible();
    await expectAccessible(page);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(wide).toBeLessThanOrEqual(0);
  });
});
