import path from 'node:path';
import { runToEnd } from '../support/process';
import { Server } from '../support/server';
import { ADMINISTRATOR, NOBODY, expect, test } from '../support/test';

const folder = path.resolve(import.meta.dirname, '../foreign');
const python = process.env.LASTMILE_FOREIGN_PYTHON ?? path.join(folder, '.venv/bin/python');

test.use({ storageState: NOBODY });

// Whatever a CPE gets wrong, the session ends in good order and the device is there.
test('a CPE that none of us wrote is discovered and takes values', async ({ page, setupPage, devicesPage, devicePage }) => {
  const server = await Server.start('[cwmp.auth]\nmode = "off"\n');
  try {
    const said = await runToEnd(python, [path.join(folder, 'cpe.py'), `${server.cwmp}/`, 'FOREIGN-1']);
    expect(said).toContain('GetParameterNamesResponse');
    expect(said).toContain('GetParameterValuesResponse');
    // Its last answer was taken, and nothing more was wanted: HTTP 204 with no body.
    expect(said).toMatch(/Status 204, Data: \s*\n/);

    await setupPage.openLink(server.setupLink);
    await setupPage.create(ADMINISTRATOR);
    await expect(page).toHaveURL(`${server.portal}/`);
    await page.goto(`${server.portal}/devices`);
    await expect(devicesPage.row('FOREIGN-1')).toHaveCount(1);
    await devicesPage.openDevice('FOREIGN-1');
    await expect(devicePage.presence).toBeVisible();
    await page.goto(`${page.url()}/parameters?path=Device.`);
    await expect(devicePage.parameter('RootDataModelVersion')).toContainText('2.15');

    // A change waits for its next session: it has no connection-request server. Its list of names is one level deep.
    const device = Number(/devices\/(\d+)/.exec(page.url())![1]);
    const values = [{ path: 'Device.RootDataModelVersion', value: '2.16' }];
    const asked = await page.request.post(`${server.portal}/fn/device/task`, {
      data: { device, kind: { kind: 'set_values', values } },
      headers: { Origin: server.portal, Accept: 'application/json' },
    });
    expect(asked.status()).toBe(200);
    const next = await runToEnd(python, [path.join(folder, 'cpe.py'), `${server.cwmp}/`, 'FOREIGN-1']);
    expect(next).toContain('SetParameterValuesResponse');
    await page.goto(`${server.portal}/devices/${device}/tasks`);
    await expect(page.getByRole('main')).toContainText('Verified');
  } finally {
    await server.dispose();
  }
  expect(server.panics).toEqual([]);
});
