import { expectAccessible } from '../support/axe';
import { Fleet } from '../support/fleet';
import { expect, test } from '../support/test';

// Both data models: the older one on DSL, the newer one.
const MODELS = ['kestrel-hg640', 'kestrel-hg645'] as const;

// A fleet of its own: what is done to it must not be in the way of other tests.
test.use({ devices: 0 });

test.describe('tests of a router', () => {
  let fleet: Fleet;
  let serials: Record<string, string>;

  test.beforeAll(async ({ server }) => {
    fleet = await Fleet.start(server, 4, 31, ['--control', '127.0.0.1:0', '--speed', '4']);
    serials = await fleet.serials();
  });

  test.afterAll(async () => {
    await fleet.stop();
  });

  for (const model of MODELS) {
    test(`tasks 14 to 16: ping, name, route and speed of a ${model}`, async ({ devicesPage, diagnosticsPage, page }) => {
      test.setTimeout(180_000);
      const id = await known(devicesPage, serials[model]!);

      await test.step('task 14: ping is two clicks', async () => {
        await page.goto(`/devices/${id}`);
        await diagnosticsPage.hydrated();
        await diagnosticsPage.action('Ping').click();
        await diagnosticsPage.start.click();
        await expect(diagnosticsPage.running).toBeVisible();
        await expect(diagnosticsPage.found(/^Ping 127/)).toContainText('All answered', { timeout: 30_000 });
        await expect(diagnosticsPage.running).toHaveCount(0);
        await expectAccessible(page);
      });

      await test.step('task 14: a name is looked up', async () => {
        await diagnosticsPage.choose('Name lookup');
        await expect(page).toHaveURL(/test=names/);
        await diagnosticsPage.start.click();
        await expect(diagnosticsPage.found(/^Look up example.com/)).toContainText('192.0.2.', { timeout: 30_000 });
      });

      await test.step('task 15: a route has its hops', async () => {
        await diagnosticsPage.choose('Route');
        await diagnosticsPage.form('Route').getByLabel('Name or address').fill('host.example.net');
        await diagnosticsPage.start.click();
        const found = diagnosticsPage.found(/^Route to host.example.net/);
        await expect(found).toContainText('gw.isp.example', { timeout: 30_000 });
        await expect(found).toContainText('Did not answer');
        await expect(page).toHaveURL(/target=host.example.net/);
        await expectAccessible(page);
      });

      await test.step('task 16: speed is one click', async () => {
        await page.goto(`/devices/${id}`);
        await diagnosticsPage.hydrated();
        await diagnosticsPage.action('Speed test').click();
        await expect(page).toHaveURL(/test=speed/);
        await expect(diagnosticsPage.found('Download')).toContainText('bit/s down', { timeout: 60_000 });
        await expect(diagnosticsPage.found('Upload')).toContainText('bit/s up', { timeout: 60_000 });
        await expectAccessible(page);
      });

      await test.step('all of it is kept, and can be run again', async () => {
        await page.reload();
        await diagnosticsPage.hydrated();
        await expect(diagnosticsPage.history).toHaveCount(5);
        await diagnosticsPage.history.filter({ hasText: 'Look up' }).getByRole('button', { name: /^Run again/ }).click();
        await expect(diagnosticsPage.history).toHaveCount(6, { timeout: 30_000 });
      });
    });
  }

  test('a wrong target is refused with its rule, and a name that does not resolve is said so', async ({ devicesPage, diagnosticsPage, page }) => {
    const id = await known(devicesPage, serials['kestrel-hg645']!);
    await diagnosticsPage.goto(id);
    const target = diagnosticsPage.form('Ping').getByLabel('Name or address');
    await target.fill('http://example.com/');
    await diagnosticsPage.start.click();
    await expect(page.getByRole('alert').filter({ hasText: 'not a URL' })).toBeVisible();
    await target.fill('nowhere.invalid');
    await diagnosticsPage.start.click();
    const found = diagnosticsPage.found(/^Ping nowhere.invalid/);
    await expect(found).toContainText('could not resolve the name', { timeout: 30_000 });
    await expect(found).toContainText('Error_CannotResolveHostName');
  });

  test('a test that never finishes is seen by everybody, stopped, and the next one runs', async ({ devicesPage, diagnosticsPage, browser, server, administrator }) => {
    const serial = serials['kestrel-hg645']!;
    const id = await known(devicesPage, serial);
    await fleet.act(serial, 'faults', { fault: 'test-never-ends', times: 1 });
    await diagnosticsPage.goto(id, '?target=192.0.2.7');
    await diagnosticsPage.start.click();
    await expect(diagnosticsPage.running).toContainText('Running on the router', { timeout: 30_000 });
    await expect(diagnosticsPage.running).toContainText('of about');

    // Another agent sees the same test, and whose it is.
    const context = await browser.newContext({ baseURL: server.portal, storageState: administrator });
    const other = await context.newPage();
    await other.goto(`/devices/${id}/diagnostics`);
    await expect(other.getByRole('region', { name: 'Running test' })).toContainText('Asked by Ada Admin');
    await context.close();

    await diagnosticsPage.stop.click();
    await expect(diagnosticsPage.running).toHaveCount(0);
    await expect(diagnosticsPage.history.first()).toContainText('Cancelled');
    await expect(diagnosticsPage.history.first()).toContainText('told to stop');
    await diagnosticsPage.start.click();
    await expect(diagnosticsPage.found(/^Ping 192.0.2.7/)).toContainText('All answered', { timeout: 30_000 });
  });

  test('a test of a router that is away waits, and can be cancelled', async ({ devicesPage, diagnosticsPage }) => {
    const serial = serials['norrlink-gx21']!;
    const id = await known(devicesPage, serial);
    await fleet.act(serial, 'offline');
    try {
      await diagnosticsPage.goto(id, '?test=route&target=host.example.net');
      await diagnosticsPage.start.click();
      await expect(diagnosticsPage.running).toContainText('It runs at the router', { timeout: 30_000 });
      await diagnosticsPage.stop.click();
      await expect(diagnosticsPage.running).toHaveCount(0);
      await expect(diagnosticsPage.history.first()).toContainText('Cancelled');
    } finally {
      await fleet.act(serial, 'online');
    }
  });
});

/** The number of a device that the server knows wholly. */
async function known(devicesPage: import('../pages/devices').DevicesPage, serial: string): Promise<string> {
  let id = '';
  await expect(async () => {
    await devicesPage.goto('?state=online');
    const link = devicesPage.row(serial).getByRole('rowheader').getByRole('link');
    await expect(link).toBeVisible({ timeout: 1000 });
    id = (await link.getAttribute('href'))!.split('/').pop()!;
  }).toPass({ timeout: 60_000 });
  await expect(async () => {
    await devicesPage.page.goto(`/devices/${id}/diagnostics`);
    await expect(devicesPage.page.getByRole('button', { name: 'Start' })).toBeEnabled({ timeout: 1000 });
  }).toPass({ timeout: 60_000 });
  return id;
}
