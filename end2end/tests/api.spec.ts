import { WebhooksPage } from '../pages/webhooks';
import { expectAccessible } from '../support/axe';
import { expect, test } from '../support/test';

// What other programs use: personal tokens, webhooks, and the page that lists the API.

test('a personal token is made on the profile, does what was chosen, and is revoked', async ({ page }) => {
  await page.goto('/profile');
  await expect(page.locator('html')).toHaveAttribute('data-hydrated', '');
  await page.getByRole('button', { name: 'New token' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('What it is for').fill('Night export');
  await dialog.getByLabel('All that you may').uncheck();
  await expect(dialog.getByLabel('See devices')).toBeChecked();
  await dialog.getByLabel('See subscribers').uncheck();
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Make the token' }).click();
  const token = (await dialog.getByText(/^lastmile_/).textContent())!.trim();
  const read = (path: string) => page.request.get(`/api/v1/${path}`, { headers: { Authorization: `Bearer ${token}` } });
  expect((await read('devices')).status()).toBe(200);
  expect((await read('subscribers')).status()).toBe(403);
  await dialog.getByRole('button', { name: 'Done' }).click();
  const row = page.getByRole('row', { name: /Night export/ });
  await row.getByRole('button', { name: 'Revoke' }).click();
  await dialog.getByRole('button', { name: 'Revoke' }).click();
  await expect(row).toContainText('Revoked');
  expect((await read('devices')).status()).toBe(401);
});

test.describe('webhooks', () => {
  // An address that is refused is a 422.
  test.use({ expectedErrors: [/422/] });

  test('a webhook is made, tried, changed and deleted', async ({ page }) => {
    const webhooks = new WebhooksPage(page);
    await webhooks.goto();
    await expect(page.getByRole('heading', { name: 'No webhooks yet' })).toBeVisible();
    await page.getByRole('button', { name: 'New webhook' }).click();
    await webhooks.dialog.getByLabel('Name').fill('CRM');
    await webhooks.dialog.getByLabel(/Address/).fill('file:///etc/passwd');
    await webhooks.dialog.getByRole('button', { name: 'Save' }).click();
    await expect(webhooks.dialog).toContainText('no other kind of address');
    await webhooks.dialog.getByLabel(/Address/).fill('http://169.254.169.254/hook');
    await webhooks.dialog.getByLabel('Every kind of event').uncheck();
    await webhooks.dialog.getByLabel('A task ended').check();
    await expectAccessible(page);
    await webhooks.dialog.getByRole('button', { name: 'Save' }).click();
    await expect(webhooks.dialog.getByText(/^whsec_/)).toBeVisible();
    await webhooks.dialog.getByRole('button', { name: 'Done' }).click();
    await expect(webhooks.row('CRM')).toContainText('task ended');

    // Where it must not go, it does not go; and that is said.
    await webhooks.row('CRM').getByRole('button', { name: 'Deliveries' }).click();
    await webhooks.dialog.getByRole('button', { name: 'Send a test' }).click();
    await expect(async () => {
      await webhooks.dialog.getByRole('button', { name: 'Look again' }).click();
      await expect(webhooks.dialog).toContainText('not allowed by the egress settings', { timeout: 500 });
    }).toPass();
    await expectAccessible(page);
    await webhooks.dialog.getByRole('button', { name: 'Close' }).click();

    await webhooks.row('CRM').getByRole('button', { name: 'Delete' }).click();
    await webhooks.dialog.getByRole('button', { name: 'Delete' }).click();
    await expect(webhooks.row('CRM')).toHaveCount(0);
  });
});

test.describe('@look', () => {
  test('the page of the API is accessible and works without scripts', async ({ page }) => {
    await page.goto('/api');
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('API');
    await expect(page.locator('script')).toHaveCount(0);
    await page.getByText('/api/v1/devices/{id}/tasks').first().click();
    await expectAccessible(page);
    await page.goto('/settings/webhooks');
    await expectAccessible(page);
  });
});
