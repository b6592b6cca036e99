import { expectAccessible } from '../support/axe';
import { expect, test } from '../support/test';

// Who did what: found by act and by words, with what was before and after, and taken out as a file.
test.use({ devices: 0 });

test('a change is in the audit log with its before and after', async ({ auditPage, subscribersPage, page }) => {
  await subscribersPage.openNew();
  await subscribersPage.fill({ Name: 'Log <i>Quill</i>', Account: 'AUDIT-1', Plan: 'Fibre 100' });
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page).toHaveURL(/\/subscribers\/\d+$/);
  await page.getByRole('button', { name: 'Edit' }).click();
  await subscribersPage.fill({ Plan: 'Fibre 900' });
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(subscribersPage.card('Details')).toContainText('Fibre 900');

  await auditPage.goto();
  await expectAccessible(page);
  const changed = auditPage.row('Subscriber changed').first();
  await expect(changed).toContainText('AUDIT-1');
  const details = await auditPage.details(changed);
  await expect(details).toContainText('Fibre 100');
  await expect(details).toContainText('Fibre 900');
  await expect(changed).toContainText('127.0.0.1');
  await expectAccessible(page);

  await auditPage.filter({ Act: 'Subscriber created' });
  await expect(page).toHaveURL(/act=subscriber\.created/);
  await expect(auditPage.rows).toHaveCount(1);
  await page.getByRole('link', { name: 'Remove filter: Act is Subscriber created' }).click();
  await expect(page).toHaveURL(/\/settings\/audit$/);

  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'CSV' }).click();
  expect((await download).suggestedFilename()).toBe('audit.csv');
});
