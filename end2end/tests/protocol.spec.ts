import { readFile } from 'node:fs/promises';
import { TracesPage } from '../pages/traces';
import { expectAccessible } from '../support/axe';
import { expect, test } from '../support/test';

test.describe('the protocol of a device', () => {
  test.beforeEach(async ({ fleet, devicesPage, devicePage }) => {
    expect(fleet).toBeDefined();
    await expect(async () => {
      await devicesPage.goto('?state=online');
      await expect(devicesPage.rows).not.toHaveCount(0, { timeout: 1000 });
    }).toPass({ timeout: 60_000 });
    const link = devicesPage.rows.first().getByRole('rowheader').getByRole('link');
    const id = (await link.getAttribute('href'))!.split('/').pop()!;
    await devicePage.goto(id, '/protocol');
  });

  test('a session is recorded, opened and downloaded', async ({ page, devicePage }) => {
    test.setTimeout(90_000);
    const trace = page.getByRole('region', { name: 'Protocol trace' });
    await trace.getByRole('button', { name: 'Start recording' }).click();
    await expect(trace.getByText(/^Recording, /)).toBeVisible();
    await devicePage.refresh();

    const inform = trace.getByText(/^Inform/).first();
    await expect(inform).toBeVisible({ timeout: 30_000 });
    const values = trace.locator('summary').filter({ hasText: 'GetParameterValuesResponse' }).first();
    await expect(values).toBeVisible({ timeout: 30_000 });
    await values.click();
    await expect(trace.getByRole('region', { name: /^From the router, exchange/ })).toContainText('<Name>');
    await expectAccessible(page);

    await trace.getByRole('button', { name: 'Stop' }).click();
    await expect(trace.getByRole('button', { name: 'Start recording' })).toBeVisible();
    const downloading = page.waitForEvent('download');
    await trace.getByRole('link', { name: 'Download' }).click();
    const download = await downloading;
    expect(download.suggestedFilename()).toMatch(/^trace-device-\d+\.txt$/);
    const text = await readFile((await download.path())!, 'utf8');
    expect(text).toContain('<Name>');
    expect(text).toMatch(/Authorization: Digest username="[^"]*".*response=\*\*\*/);

    await trace.getByRole('button', { name: 'Discard' }).click();
    await expect(trace.getByText('Nothing is recorded.')).toBeVisible();
  });

  test('what is decided is kept', async ({ page, devicePage }) => {
    const card = page.getByRole('region', { name: 'Decided for this router' });
    await card.getByLabel('Values in one request, at most').fill('32');
    await card.getByLabel('Begin messages with').check();
    await card.getByLabel('Methods never to send').fill('GetOptions, Upload');
    await card.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByText('Saved.')).toBeVisible();
    await page.reload();
    await devicePage.hydrated();
    await expect(card.getByLabel('Values in one request, at most')).toHaveValue('32');
    await expect(card.getByLabel('Begin messages with')).toBeChecked();
    await expect(card.getByLabel('Methods never to send')).toHaveValue('GetOptions, Upload');
    await card.getByLabel('Values in one request, at most').fill('0');
    await card.getByRole('button', { name: 'Save' }).click();
    await expect(card.getByRole('alert').filter({ hasText: 'between 1 and 1,000' })).toBeVisible();
    await card.getByRole('button', { name: 'Decide nothing' }).click();
    await card.getByRole('button', { name: 'Save' }).click();
    await expect(card.getByRole('button', { name: 'Save' })).toBeDisabled();
  });
});

for (const theme of ['light', 'dark'] as const) {
  test(`a router that is not listed is watched: ${theme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: theme });
    const traces = new TracesPage(page);
    await traces.goto();
    await traces.watch(`NOT-LISTED ${theme}`);
    await expect(page).toHaveURL(/of=serial-NOT-LISTED/);
    await expect(page.getByRole('heading', { name: `Serial number NOT-LISTED ${theme}` })).toBeVisible();
    await expect(page.getByText('Nothing has come yet.')).toBeVisible();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Stop' }).click();
  });
}
