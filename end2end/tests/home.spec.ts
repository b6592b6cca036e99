import { expectAccessible } from '../support/axe';
import { Fleet } from '../support/fleet';
import { expect, test as base } from '../support/test';
import { Clicks, HomePage } from '../pages/home';

// Tasks 5, 7 to 10, 12, 13, 17 and 18 of the helpdesk, on routers of both data models: how many clicks from the
// subscriber's router, and how long until the router has said that it is so.

const test = base.extend<{ home: HomePage }, { controlled: { fleet: Fleet; serials: Record<string, string> } }>({
  home: async ({ page }, use) => use(new HomePage(page)),
  controlled: [
    async ({ server, administrator }, use) => {
      expect(administrator.cookies.length).toBeGreaterThan(0);
      const fleet = await Fleet.start(server, 8, 23, ['--control', '127.0.0.1:0']);
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

const MODELS = { 'TR-098': 'kestrel-hg640', 'TR-181': 'kestrel-hg645' };
/** What may pass until a change is read back: 15 s and what the device takes. */
const CHANGE = 25_000;

/** Opens a router of a model once it was read whole. */
async function open(home: HomePage, serial: string): Promise<string> {
  await home.page.goto('/devices');
  let id = '';
  await expect(async () => {
    await home.page.goto(`/devices?q=${serial}`);
    const link = home.page.getByRole('rowheader').getByRole('link').first();
    id = (await link.getAttribute('href', { timeout: 1000 }))!.split('/').pop()!;
    await home.goto(id, '/wifi');
    await expect(home.network('Home network')).toBeVisible({ timeout: 1000 });
  }).toPass({ timeout: 60_000 });
  await home.goto(id);
  return id;
}

for (const [dataModel, model] of Object.entries(MODELS)) {
  test.describe(dataModel, () => {
    test('tasks 5, 7, 8 and 9: line, Wi-Fi, clients and hosts are one click away', async ({ home, controlled, page }) => {
      await open(home, controlled.serials[model]!);
      const clicks = await Clicks.count(page);
      await home.tab('Wi-Fi').click();
      await expect(home.radioCard('2.4 GHz')).toContainText('Channel');
      // TR-098 has no name for the width of a channel.
      if (dataModel === 'TR-181') await expect(home.radioCard('5 GHz')).toContainText('MHz');
      await expect(home.network('Home network').getByText('On the router now:').first()).toBeVisible();
      expect(await home.clients.count()).toBeGreaterThan(0);
      await expect(home.clients.first()).toContainText('dBm');
      expect(await clicks.sofar()).toBe(1);
      await home.tab('Home network').click();
      await expect(home.hosts.first()).toBeVisible();
      await expect(page.getByText('usual: 6 dB or more').first()).toBeVisible();
      await expect(home.card('Internet connection')).toContainText('Connected');
      expect(await clicks.sofar()).toBe(2);
    });

    test('task 10: name and password on all bands in two clicks, read back, and undone', async ({ home, controlled, page }) => {
      test.setTimeout(120_000);
      await open(home, controlled.serials[model]!);
      const clicks = await Clicks.count(page);
      await home.tab('Wi-Fi').click();
      const form = home.network('Home network');
      const before = await form.getByLabel('Network name').inputValue();
      await form.getByLabel('Network name').fill('Renner Attic');
      await form.getByLabel('New password').fill('short');
      await expect(form.getByText('At least 8 characters.')).toBeVisible();
      await expect(form.getByRole('button', { name: 'Apply to router' })).toBeDisabled();
      await form.getByLabel('New password').fill('quiet otter, lamp 27');
      await expect(form.getByText('2 changes not sent.')).toBeVisible();
      const began = Date.now();
      await form.getByRole('button', { name: 'Apply to router' }).click();
      await expect(form.getByText('Name on 2.4 GHz: Renner Attic')).toBeVisible({ timeout: CHANGE });
      await expect(form.getByText('Name on 5 GHz: Renner Attic')).toBeVisible();
      expect(Date.now() - began).toBeLessThan(CHANGE);
      expect(await clicks.sofar()).toBeLessThanOrEqual(3);
      // A password cannot be read back: it is never green.
      await expect(form.getByText('Password on 2.4 GHz: sent, not confirmed yet')).toBeVisible();
      await expect(form.getByLabel('New password')).toHaveValue('');
      await expect(page.locator('body')).not.toContainText('quiet otter');

      await form.getByRole('button', { name: /^Undo/ }).click();
      await expect(form.getByText(`On the router now: ${before}`)).toBeVisible({ timeout: CHANGE });
      await expect(home.activity.getByText('Passwords stay: Lastmile keeps none.').first()).toBeVisible();
    });

    test('task 12: a reboot in two clicks, watched until the router is back', async ({ home, controlled, page }) => {
      test.setTimeout(180_000);
      await open(home, controlled.serials[model]!);
      const clicks = await Clicks.count(page);
      await home.reboot();
      expect(await clicks.sofar()).toBe(2);
      await expect(home.presence).toHaveText('Rebooting', { timeout: 30_000 });
      await expect(home.presence).toHaveText('Online', { timeout: 120_000 });
      await expect(home.activity.getByText('Back online').first()).toBeVisible();
      expect(await clicks.sofar()).toBe(2);
    });

    test('task 13: a factory reset gives back what was there, in three clicks and a serial number', async ({ home, controlled, page }) => {
      test.setTimeout(180_000);
      const serial = controlled.serials[model]!;
      await open(home, serial);
      await home.tab('Wi-Fi').click();
      const form = home.network('Home network');
      await form.getByLabel('Network name').fill('Own Name');
      await form.getByRole('button', { name: 'Apply to router' }).click();
      await expect(form.getByText('Name on 5 GHz: Own Name')).toBeVisible({ timeout: CHANGE });

      const clicks = await Clicks.count(page);
      await home.more('Factory reset');
      await expect(home.dialog.getByRole('group', { name: 'Set again afterwards' })).toContainText('Own Name');
      await home.dialog.getByLabel('Password of Own Name').first().fill('quiet-otter-27');
      await expect(home.dialog.getByRole('button', { name: 'Reset and restore' })).toBeDisabled();
      await home.dialog.getByLabel(/to confirm$/).fill(serial);
      await expectAccessible(page);
      await home.dialog.getByRole('button', { name: 'Reset and restore' }).click();
      expect(await clicks.sofar()).toBe(3);
      await expect(home.presence).toHaveText('Rebooting', { timeout: 30_000 });
      await expect(home.activity.getByText(/The router came back after .* settings are as they were/).first()).toBeVisible({
        timeout: 120_000,
      });
      await expect(home.activity.getByText('Passwords were sent and cannot be read back.').first()).toBeVisible();
      await expect(form.getByText('On the router now: Own Name')).toBeVisible({ timeout: 30_000 });
    });

    test('task 17: a port forward in four clicks, conflicts seen, deleted, and that undone', async ({ home, controlled, page }) => {
      test.setTimeout(120_000);
      await open(home, controlled.serials[model]!);
      const clicks = await Clicks.count(page);
      await home.tab('Home network').click();
      await home.hosts.first().getByRole('button', { name: /^Forward a port to/ }).click();
      await clicks.choose(home.dialog.getByLabel('What for'), 'Web server');
      await home.dialog.getByRole('button', { name: 'Add forward' }).click();
      expect(await clicks.sofar()).toBe(4);
      const row = home.forwards.filter({ hasText: 'Web server' });
      await expect(row).toContainText('port 80', { timeout: CHANGE });

      await home.card('Port forwards').getByRole('button', { name: 'Add forward' }).click();
      await home.dialog.getByLabel('Device in the home').selectOption({ index: 1 });
      await home.dialog.getByLabel('What for').selectOption('Web server');
      await expect(home.dialog.getByRole('alert')).toContainText('TCP port 80 goes to');
      await expect(home.dialog.getByRole('button', { name: 'Add forward' })).toBeDisabled();
      await expectAccessible(page);
      await home.dialog.getByRole('button', { name: 'Cancel' }).click();

      await row.getByRole('button', { name: 'Delete Web server' }).click();
      await home.dialog.getByRole('button', { name: 'Delete forward' }).click();
      await expect(row).toHaveCount(0, { timeout: CHANGE });
      await home.card('Port forwards').getByRole('button', { name: /^Undo/ }).click();
      await expect(row).toContainText('port 80', { timeout: CHANGE });
    });

    test('task 18: the session is reset in three clicks; the login is changed', async ({ home, controlled, page }) => {
      test.setTimeout(120_000);
      await open(home, controlled.serials[model]!);
      const clicks = await Clicks.count(page);
      await home.tab('Home network').click();
      await home.card('Internet connection').getByRole('button', { name: 'Reset session' }).click();
      await home.dialog.getByRole('button', { name: 'Reset session' }).click();
      expect(await clicks.sofar()).toBe(3);
      await expect(home.activity.getByText('Reset the session').first()).toBeVisible({ timeout: CHANGE });
      await expect(home.activity.getByText(/^Read (WANPPPConnection|Interface) 1$/).first()).toBeVisible({ timeout: CHANGE });
      const login = home.network('Internet login');
      await login.getByLabel('Login name').fill('renner@isp.example');
      await login.getByRole('button', { name: 'Change login' }).click();
      await expect(login.getByText('On the router now: renner@isp.example')).toBeVisible({ timeout: CHANGE });
    });
  });
}

test('task 11: a scan shows the neighbours and which channel has the most room', async ({ home, controlled, page }) => {
  test.setTimeout(120_000);
  await open(home, controlled.serials['kestrel-hg645']!);
  await home.tab('Wi-Fi').click();
  const card = home.card('Neighbours');
  await expect(card.getByText('No scan is known')).toBeVisible();
  await card.getByRole('button', { name: 'Scan' }).click();
  await expect(card.getByText(/^\d+ neighbours?, signal in dBm$/)).toBeVisible({ timeout: 45_000 });
  await expect(card.getByRole('img', { name: /neighbours? on 2\.4 GHz/ })).toBeVisible();
  await expect(card.getByText(/^Channel \d+$/).first()).toBeVisible();
  await expectAccessible(page);
});

test.describe('what is refused', () => {
  // The server says no.
  test.use({ expectedErrors: [/422/] });

  test('addresses are checked before they are sent, and what the router refuses is said in words', async ({ home, controlled, page }) => {
    test.setTimeout(120_000);
    const serial = controlled.serials['kestrel-hg645']!;
    await open(home, serial);
    await home.tab('Home network').click();
    const form = home.network('Addresses in the home');
    await form.getByLabel('First address').fill('192.168.9.20');
    await expect(form.getByRole('alert')).toContainText('192.168.1.1 to 192.168.1.254');
    await expect(form.getByRole('button', { name: 'Apply to router' })).toBeDisabled();
    await form.getByLabel('First address').fill('192.168.1.30');
    await controlled.fleet.act(serial, 'faults', { fault: 'answer', method: 'SetParameterValues', code: 9007, times: 1 });
    await form.getByRole('button', { name: 'Apply to router' }).click();
    await expect(form.getByText('The router refused the value. Nothing was changed.')).toBeVisible({ timeout: CHANGE });
    await expect(form.getByText('On the router now: 192.168.1.20')).toBeVisible();
    await expectAccessible(page);
  });
});

test('a change of an offline router waits, is shown as waiting, and can be cancelled', async ({ home, controlled }) => {
  test.setTimeout(120_000);
  const serial = controlled.serials['kestrel-hg640']!;
  await open(home, serial);
  await controlled.fleet.act(serial, 'offline');
  try {
    await home.tab('Wi-Fi').click();
    const form = home.network('Home network');
    await form.getByLabel('Network name').fill('Later');
    await form.getByRole('button', { name: 'Apply to router' }).click();
    const cancel = home.activity.getByRole('button', { name: /^Cancel Change/ });
    await expect(cancel).toBeVisible({ timeout: 60_000 });
    await cancel.click();
    await expect(home.activity.getByText('Cancelled before the router got it. Nothing was changed.').first()).toBeVisible();
  } finally {
    await controlled.fleet.act(serial, 'online');
  }
});

test.describe('@look', () => {
  for (const model of ['kestrel-hg640', 'harbour-mesh3']) {
    for (const section of ['/wifi', '/network']) {
      test(`${model}${section} is accessible and stays inside the window`, async ({ home, controlled, page }) => {
        const id = await open(home, controlled.serials[model]!);
        await home.goto(id, section);
        await expect(home.heading).toBeVisible();
        await expectAccessible(page);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        expect(wide).toBeLessThanOrEqual(0);
      });
    }
  }
});
