import type { Page } from '@playwright/test';
import { expectAccessible } from '../support/axe';
import { expect, test } from '../support/test';

// Numbers and dates as the person writes them. `quietConsole` fails a test whose page does not fit what the server wrote.
test.use({ devices: 4 });

const GERMAN = /^\d\d\.\d\d\.\d{4}, \d\d:\d\d:\d\d$/;
const AMERICAN = /^[A-Z][a-z]{2} \d{1,2}, \d{4}, \d{1,2}:\d\d:\d\d\s[AP]M$/;
const BRITISH = /^\d{1,2} [A-Z][a-z]{2} \d{4}, \d\d:\d\d:\d\d$/;

/** The exact moments that a page shows, all of them. */
async function moments(page: Page): Promise<string[]> {
  const times = page.getByRole('main').locator('time[title]');
  await expect(times).not.toHaveCount(0);
  return times.evaluateAll((all) => all.map((one) => (one as HTMLElement).title));
}

/** A page as the server writes it, before the browser has touched it. */
async function written(page: Page, path: string): Promise<string> {
  return (await page.goto(path))!.text();
}

test.describe('in Germany', () => {
  test.use({ locale: 'de-DE' });

  test('numbers and dates are German, from the server on, until something else is chosen', async ({
    page,
    fleet,
    devicesPage,
    devicePage,
  }) => {
    test.setTimeout(180_000);
    expect(fleet).toBeDefined();
    const id = await devicesPage.firstOnline();
    for (const at of await moments(page)) expect(at).toMatch(GERMAN);
    await devicePage.goto(id);
    await devicePage.refresh();
    const line = devicePage.tile('Line');
    await expect(line).toContainText(/\d,\d/, { timeout: 60_000 });
    for (const at of await moments(page)) expect(at).toMatch(GERMAN);
    // The server alone: decimals and dates stand in the page that it sends.
    const html = await written(page, `/devices/${id}`);
    expect(html).toMatch(/title="\d\d\.\d\d\.\d{4}, \d\d:\d\d:\d\d"/);
    expect(html).toMatch(/<bdi>−?\d+,\d</);
    await devicePage.hydrated();
    await expect(line).toContainText(/\d,\d/);
    await expect(line).not.toContainText(/\d\.\d/);
    // The browser alone: a page that it makes itself.
    await devicePage.tab('Timeline').click();
    await expect(page.getByRole('heading', { name: 'Timeline', exact: true })).toBeVisible();
    for (const at of await moments(page)) expect(at).toMatch(GERMAN);

    await page.goto('/profile');
    await devicePage.hydrated();
    const choice = page.getByLabel('Numbers and dates').and(page.getByRole('combobox'));
    await expect(page.getByText('Now: 1.234.567,8, 22.11.2026, 14:08.')).toBeVisible();
    await expect(choice).toHaveValue('');
    const kept = page.waitForResponse(/profile\/choose/);
    await choice.selectOption({ label: '1,234,567.8, Nov 22, 2026, 2:08 PM' });
    await kept;
    await expect(page.getByText('Now: 1,234,567.8, Nov 22, 2026, 2:08 PM.')).toBeVisible();
    await expectAccessible(page);
    expect(await written(page, `/devices/${id}`)).toMatch(/<bdi>−?\d+\.\d</);
    await devicePage.hydrated();
    await expect(line).toContainText(/\d\.\d/);
    for (const at of await moments(page)) expect(at).toMatch(AMERICAN);
    await devicesPage.goto();
    for (const at of await moments(page)) expect(at).toMatch(AMERICAN);

    await page.goto('/profile');
    await devicePage.hydrated();
    await expect(choice).toHaveValue('en-US');
    const forgotten = page.waitForResponse(/profile\/choose/);
    await choice.selectOption('');
    await forgotten;
    await devicesPage.goto();
    for (const at of await moments(page)) expect(at).toMatch(GERMAN);
  });
});

test.describe('where nobody knows the language', () => {
  test.use({ locale: 'eo' });

  test('numbers and dates are British', async ({ page, fleet, devicesPage }) => {
    expect(fleet).toBeDefined();
    await devicesPage.firstOnline();
    for (const at of await moments(page)) expect(at).toMatch(BRITISH);
  });
});
