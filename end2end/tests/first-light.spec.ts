import { expectAccessible } from '../support/axe';
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

test('a setting is chosen from what its data model allows', async ({ fleet, devicesPage, devicePage, page }) => {
  test.setTimeout(120_000);
  expect(fleet).toBeDefined();
  // A router with the older data model, where every Wi-Fi network says how it is protected.
  await expect(async () => {
    await devicesPage.goto('?state=online');
    await expect(devicesPage.row('HG640').first()).toBeVisible({ timeout: 1000 });
  }).toPass({ timeout: 60_000 });
  const link = devicesPage.row('HG640').first().getByRole('rowheader').getByRole('link');
  const id = (await link.getAttribute('href'))!.split('/').pop()!;
  const object = 'InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.';
  await devicePage.goto(id, `/parameters?path=${object}`);

  await test.step('the page says what a setting is', async () => {
    const channel = devicePage.parameter('Channel');
    await expect(channel).toContainText('Channel of the radio');
    await expect(channel).toContainText('whole number from 0 to 255');
  });

  await test.step('a value out of range is refused with its rule', async () => {
    const value = await devicePage.editParameter('Channel');
    await value.fill('300');
    await page.getByRole('button', { name: 'Keep' }).click();
    await expect(page.getByRole('alert').filter({ hasText: 'A number from 0 to 255.' })).toBeVisible();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Cancel edit' }).click();
  });

  await test.step('one of the values there are is chosen and sent', async () => {
    const value = await devicePage.editParameter('BeaconType');
    await expect(value.getByRole('option')).toContainText(['None', 'Basic', 'WPA', '11i', 'WPAand11i']);
    const wanted = (await value.inputValue()) === 'WPA' ? '11i' : 'WPA';
    await value.selectOption(wanted);
    await page.getByRole('button', { name: 'Keep' }).click();
    await page.getByRole('button', { name: 'Review 1 change' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Send 1 change' }).click();
    await expect(devicePage.activity.getByText('Verified').first()).toBeVisible({ timeout: 30_000 });
    await expect(devicePage.parameter('BeaconType')).toContainText(wanted);
  });

  await test.step('a new row is asked for what its table needs', async () => {
    await devicePage.goto(id, '/parameters?q=PortMappingNumberOfEntries');
    const owner = page.getByRole('rowheader').getByRole('link').filter({ hasText: /WAN(IP|PPP)Connection/ }).first();
    const table = `${await owner.innerText()}PortMapping.`;
    await devicePage.goto(id, `/parameters?path=${table}`);
    await page.getByRole('button', { name: 'Add row' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add a PortMapping' });
    await dialog.getByLabel('PortMappingProtocol').selectOption('UDP');
    await dialog.getByLabel(/^ExternalPort(?!End)/).fill('8080');
    await dialog.getByLabel('PortMappingDescription').fill('Chess');
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Add row' }).click();
    await expect(dialog).toBeHidden();
    await expect(devicePage.activity.getByText(/Added row \d+ of PortMapping/).first()).toBeVisible({ timeout: 30_000 });
  });
});
