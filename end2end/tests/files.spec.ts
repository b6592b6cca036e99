import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import type { DevicesPage } from '../pages/devices';
import { expectAccessible } from '../support/axe';
import { expect, test } from '../support/test';

// A file for all models, then a router that loads it and sends its own configuration, with the real server and CWMP.
// What the server refuses is told on the page, and logged by the browser.
// The key and the signature were made by minisign, of a file with the word `test`.
const KEY = 'RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3';
const SIGNATURE = `untrusted comment: signature from minisign secret key
RUQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/z7SrlQgXdy8ofjb7bNJJylDOocrCo8KLzZwo=
trusted comment: timestamp:1556193335\tfile:test
y/rUw2y8/hOUYjZU71eHp/Wo1KZ40fGy2VJEDl34XMJM+TX48Ss/17u3IvIfbVR1FkZZSNCisQbuQY+bHwhEBg==
`;
test.use({ devices: 3, settings: `[files]\nsigning_keys = ["maker:${KEY}"]\n`, expectedErrors: [/422/] });

/** Opens the first router of the list once it is there, and says its id. */
async function firstDevice(devicesPage: DevicesPage, page: Page): Promise<string> {
  await expect(async () => {
    await devicesPage.goto('?state=online');
    await expect(devicesPage.rows).not.toHaveCount(0, { timeout: 1000 });
  }).toPass({ timeout: 60_000 });
  await devicesPage.rows.first().getByRole('rowheader').getByRole('link').click();
  await expect(page).toHaveURL(/\/devices\/\d+$/);
  return page.url().split('/').pop()!;
}

test('a file is uploaded, described, saved and deleted', async ({ filesPage, page }) => {
  await filesPage.goto();
  await expect(page.getByRole('heading', { name: 'No files yet' })).toBeVisible();
  await expectAccessible(page);

  const buffer = Buffer.from('an image of a few bytes');
  await filesPage.openUpload();
  await filesPage.upload({ name: 'gateway <b>1.bin', mimeType: 'text/html', buffer }, '9.1', 'Kestrel\nHG640');
  const row = filesPage.row('gateway <b>1.bin');
  await expect(row).toBeVisible();
  await expect(row).toContainText('9.1');
  await expect(row).toContainText('Kestrel and 1 more');
  await expect(row).toContainText('23 B');
  await expectAccessible(page);

  const [download] = await Promise.all([page.waitForEvent('download'), row.getByRole('link').click()]);
  expect((await readFile(await download.path())).equals(buffer)).toBe(true);

  await row.getByRole('button', { name: /^Edit/ }).click();
  await expect(filesPage.dialog.getByLabel('Name')).toHaveValue('gateway <b>1.bin');
  await expectAccessible(page);
  await filesPage.dialog.getByLabel('Name').fill('../gateway.bin');
  await filesPage.dialog.getByRole('button', { name: 'Save' }).click();
  await expect(filesPage.dialog.getByRole('alert').filter({ hasText: 'no slashes' })).toBeVisible();
  await filesPage.dialog.getByLabel('Name').fill('gateway.bin');
  await filesPage.dialog.getByRole('button', { name: 'Save' }).click();
  await expect(filesPage.row('gateway.bin')).toBeVisible();

  await filesPage.row('gateway.bin').getByRole('button', { name: /^Delete/ }).click();
  await expectAccessible(page);
  await filesPage.dialog.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'No files yet' })).toBeVisible();
});

test('an image that is not the one the maker gave is not kept', async ({ filesPage }) => {
  await filesPage.goto();
  await filesPage.openUpload();
  await filesPage.dialog.getByText('Check against a SHA-256').click();
  await filesPage.dialog.getByLabel('SHA-256', { exact: true }).fill('0'.repeat(64));
  await filesPage.upload({ name: 'cut.bin', mimeType: 'application/octet-stream', buffer: Buffer.from('half') });
  await expect(filesPage.dialog.getByRole('alert').filter({ hasText: 'another SHA-256' })).toBeVisible();
  await filesPage.dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(filesPage.row('cut.bin')).toHaveCount(0);
});

test('an image comes with its signature, its hardware and its versions', async ({ filesPage, page }) => {
  const image = (content: string) => ({
    name: 'fw-4.3.0.bin',
    mimeType: 'application/octet-stream',
    buffer: Buffer.from(content),
  });
  await filesPage.goto();
  await filesPage.openUpload();
  const { dialog } = filesPage;
  await dialog.getByText('Other version strings, hardware, oldest version').click();
  await dialog.getByLabel('Other version strings').fill('4.3.0-b7\nV4.3.0');
  await dialog.getByLabel('Hardware revisions').fill('A1\nA2');
  await dialog.getByLabel('Oldest version it can follow').fill('4.1');
  await dialog.getByLabel('Signature (optional)').setInputFiles({
    name: 'fw-4.3.0.bin.minisig',
    mimeType: 'application/octet-stream',
    buffer: Buffer.from(SIGNATURE),
  });
  await expectAccessible(page);
  await filesPage.upload(image('tesT'), '4.3.0');
  // Where the eye is: the form is longer than the screen.
  await expect(dialog.getByRole('alert').filter({ hasText: 'is not one of “maker” for this file' })).toBeInViewport();
  await filesPage.upload(image('test'), '4.3.0');
  const row = filesPage.row('fw-4.3.0.bin');
  await expect(row).toContainText('Signed by maker');
  await expect(row).toContainText('hardware A1 and 1 more, from 4.1 on');
  await expect(row.getByTitle('4.3.0-b7, V4.3.0')).toBeVisible();
  await expectAccessible(page);

  await row.getByRole('button', { name: /^Edit/ }).click();
  await expect(dialog.getByLabel('Other version strings')).toHaveValue('4.3.0-b7\nV4.3.0');
  await dialog.getByLabel('Hardware revisions').fill('');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(row).toContainText('from 4.1 on');
  await expect(row).not.toContainText('hardware');
  await expect(row).toContainText('Signed by maker');
  await row.getByRole('button', { name: /^Delete/ }).click();
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(row).toHaveCount(0);
});

test('a router loads a file and sends its configuration', async ({
  fleet,
  filesPage,
  devicesPage,
  devicePage,
  page,
}) => {
  test.setTimeout(180_000);
  expect(fleet).toBeDefined();
  // Simulated routers read the version of an image from its first line.
  const buffer = Buffer.concat([Buffer.from('LASTMILE-SIM version=9.9.9\n'), Buffer.alloc(3 << 20, 'firmware ')]);
  await filesPage.goto();
  await filesPage.openUpload();
  await filesPage.upload({ name: 'fw-9.9.9.bin', mimeType: 'application/octet-stream', buffer }, '9.9.9');
  await expect(filesPage.row('fw-9.9.9.bin')).toBeVisible();

  const id = await firstDevice(devicesPage, page);
  await devicePage.goto(id);
  await test.step('it loads the image and comes back with the version', async () => {
    await devicePage.more('Load a file…');
    await expect(page.getByRole('dialog').getByRole('option', { name: /fw-9\.9\.9\.bin/ })).toHaveCount(1);
    await expectAccessible(page);
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await devicePage.load(/fw-9\.9\.9\.bin/);
    await expect(devicePage.activity.getByText('Load fw-9.9.9.bin').first()).toBeVisible();
    await expect(devicePage.activity.getByText('The version is 9.9.9 now.').first()).toBeVisible({ timeout: 120_000 });
  });
  await test.step('it sends its configuration, which can be saved', async () => {
    await devicePage.more('Fetch configuration');
    const link = devicePage.activity.getByRole('link', { name: 'Save the file' }).first();
    await expect(link).toBeVisible({ timeout: 60_000 });
    const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
    expect((await readFile(await download.path())).length).toBeGreaterThan(0);
    await expectAccessible(page);
  });
  await filesPage.goto('?from=routers');
  await expect(filesPage.rows).toHaveCount(1);
  await expectAccessible(page);
});
