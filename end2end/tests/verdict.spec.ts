import { expectAccessible } from '../support/axe';
import { expect, test } from '../support/test';

// Tasks 1 to 4 and 6 of the helpdesk: what an agent sees without a click, of routers of both data models.
for (const model of ['HG640', 'HG645']) {
  test(`tasks 2 to 4 and 6: the page of a ${model} says where the trouble is`, async ({ fleet, devicesPage, devicePage, page }) => {
    test.setTimeout(120_000);
    expect(fleet).toBeDefined();
    await expect(async () => {
      await devicesPage.goto('?state=online');
      await expect(devicesPage.row(model).first()).toBeVisible({ timeout: 1000 });
    }).toPass({ timeout: 60_000 });
    const link = devicesPage.row(model).first().getByRole('rowheader').getByRole('link');
    const id = (await link.getAttribute('href'))!.split('/').pop()!;
    await devicePage.goto(id);

    await test.step('a verdict with its evidence and words for the caller', async () => {
      await expect(devicePage.verdict.getByRole('heading')).toHaveText(/likely cause|All is well/);
      await expect(devicePage.verdict.getByRole('listitem')).not.toHaveCount(0);
      expect(await devicePage.verdict.getByRole('listitem').count()).toBeLessThanOrEqual(3);
      await expect(devicePage.verdict).toContainText('Tell the caller');
    });

    await test.step('five tiles, with what everybody asks for', async () => {
      for (const label of ['Internet', 'Line', 'Wi-Fi', 'Home', 'Firmware']) {
        await expect(devicePage.tile(label)).toBeVisible();
      }
      await expect(devicePage.tile('Line')).toContainText('dB margin');
      await expect(devicePage.tile('Wi-Fi')).toContainText('busy');
      await expect(devicePage.tile('Home')).toContainText(/\d+ on Wi-Fi, \d+ on cable/);
    });

    await test.step('online, since when, and how its connection fares', async () => {
      await expect(devicePage.presence).toHaveText('Online');
      await expect(page.getByText(/^Checked in/)).toBeVisible();
      await expect(devicePage.tile('Internet')).toContainText(/Connected|Connecting|No connection/);
      await expect(devicePage.tile('Firmware')).toContainText('Running for');
    });

    await test.step('the devices of the home, with their signal', async () => {
      const home = page.getByRole('region', { name: 'Home devices' });
      await expect(home.getByRole('row')).not.toHaveCount(1);
      await expect(home.getByText(/−\d+ dBm/).first()).toBeVisible();
    });

    await test.step('what it shows is read from the router at once', async () => {
      await expect(devicePage.activity.getByText('Read the values of the page').first()).toBeVisible();
      await expect(page.getByRole('region', { name: 'Last 24 hours' }).getByRole('img').first()).toBeVisible();
      await page.getByRole('navigation', { name: 'Period' }).getByRole('link', { name: '7d' }).click();
      await expect(page).toHaveURL(/period=7d/);
      await expect(page.getByRole('heading', { name: 'Last 7 days' })).toBeVisible();
    });

    await expectAccessible(page);
  });
}

test('an operator moves a rule, and the verdict follows', async ({ fleet, devicesPage, devicePage, page }) => {
  test.setTimeout(120_000);
  expect(fleet).toBeDefined();
  await devicePage.open('/settings/verdict');
  const busy = page.getByRole('textbox', { name: /channel is busy for more than/ });
  await busy.fill('5');
  await expect(page.getByRole('alert').or(page.getByRole('status')).filter({ hasText: 'from 20 to 100' })).toBeVisible();
  await busy.fill('20');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('The rules count from now on.')).toBeVisible();
  await expectAccessible(page);
  await expect(async () => {
    await devicesPage.goto('?state=online');
    await expect(devicesPage.row('HG645').first()).toBeVisible({ timeout: 1000 });
  }).toPass({ timeout: 60_000 });
  await devicesPage.row('HG645').first().getByRole('rowheader').getByRole('link').click();
  await expect(devicePage.verdict).toContainText('2.4 GHz is crowded', { timeout: 30_000 });
  await devicePage.open('/settings/verdict');
  await page.getByRole('button', { name: "Back to the product's" }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('The rules count from now on.')).toBeVisible();
});

test('an alias is tried on a router, extended, and taken back', async ({ fleet, devicesPage, devicePage, page }) => {
  test.setTimeout(120_000);
  expect(fleet).toBeDefined();
  await expect(async () => {
    await devicesPage.goto('?state=online');
    await expect(devicesPage.row('HG640').first()).toBeVisible({ timeout: 1000 });
  }).toPass({ timeout: 60_000 });
  const id = (await devicesPage.row('HG640').first().getByRole('rowheader').getByRole('link').getAttribute('href'))!
    .split('/')
    .pop()!;
  await devicePage.open(`/settings/aliases?device=${id}&alias=box.cpu`);
  const row = page.getByRole('row').filter({ has: page.getByRole('link', { name: 'dsl.margin_down' }) });
  await expect(row).toContainText('dB');
  await expect(row).toContainText('WANDSLInterfaceConfig.DownstreamNoiseMargin');
  await page.getByLabel(/^Your places/).fill('/DeviceInfo.MemoryStatus.Total as /10000');
  await page.getByRole('button', { name: 'Try on the router' }).click();
  await expect(page.getByText('13.1 %').first()).toBeVisible();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('The alias looks there from now on.')).toBeVisible();
  await devicePage.open(`/settings/aliases?device=${id}&alias=box.cpu`);
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Remove your places' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('/DeviceInfo.MemoryStatus.Total as /10000');
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Remove' }).click();
  await expect(page.getByText('Your places are gone')).toBeVisible();
});
