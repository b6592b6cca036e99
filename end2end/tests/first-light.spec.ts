import { expect, test } from '../support/test';

// What `cargo xtask demo` promises, with the real executable and real CWMP.
test('gateways come online, one is changed and rebooted', async ({ fleet, devices, devicesPage, devicePage, page }) => {
  test.setTimeout(180_000);
  expect(fleet).toBeDefined();

  await devicesPage.goto('?state=online');
  await expect(async () => {
    await devicesPage.goto('?state=online');
    await expect(devicesPage.rows).toHaveCount(devices, { timeout: 1000 });
  }).toPass({ timeout: 60_000 });

  await test.step('open the first one', async () => {
    await devicesPage.rows.first().getByRole('rowheader').getByRole('link').click();
    await expect(page).toHaveURL(/\/devices\/\d+$/);
    await expect(devicePage.presence).toHaveText('Online');
  });

  await test.step('change its Wi-Fi channel and see it verified', async () => {
    const radio = devicePage.radio('2.4 GHz');
    await expect(radio).toBeVisible();
    const field = radio.getByLabel('New channel');
    const wanted = (await field.inputValue()) === '11' ? '6' : '11';
    await devicePage.changeChannel('2.4 GHz', wanted);
    await expect(radio.getByText('Verified')).toBeVisible({ timeout: 30_000 });
    await expect(radio.getByText('On the router now:')).toContainText(`channel ${wanted}`);
  });

  await test.step('reboot it, see it leave and return', async () => {
    await devicePage.reboot();
    await expect(devicePage.presence).toHaveText('Rebooting', { timeout: 30_000 });
    await expect(devicePage.presence).toHaveText('Online', { timeout: 90_000 });
    await expect(devicePage.activity.getByText('Back online').first()).toBeVisible();
  });
});
