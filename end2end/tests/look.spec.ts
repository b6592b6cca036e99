import { expectAccessible } from '../support/axe';
import { NOBODY, expect, test } from '../support/test';

test.describe('@look', () => {
  test('home is accessible', async ({ page }) => {
    await page.goto('/');
    await expectAccessible(page);
  });

  test('the device list is accessible', async ({ page, fleet, devicesPage }) => {
    expect(fleet).toBeDefined();
    await expect(async () => {
      await devicesPage.goto();
      await expect(devicesPage.rows).not.toHaveCount(0, { timeout: 1000 });
    }).toPass({ timeout: 60_000 });
    await expectAccessible(page);
  });

  for (const section of ['', '/diagnostics', '/parameters', '/tasks', '/timeline', '/protocol']) {
    test(`a device is accessible: ${section || '/summary'}`, async ({ page, fleet, devicesPage, devicePage }) => {
      expect(fleet).toBeDefined();
      await expect(async () => {
        await devicesPage.goto();
        await expect(devicesPage.rows).not.toHaveCount(0, { timeout: 1000 });
      }).toPass({ timeout: 60_000 });
      const link = devicesPage.rows.first().getByRole('rowheader').getByRole('link');
      const id = (await link.getAttribute('href'))!.split('/').pop()!;
      await devicePage.goto(id, section);
      await expect(devicePage.heading).toBeVisible();
      await expectAccessible(page);
    });
  }

  test('files are accessible', async ({ page, filesPage }) => {
    await filesPage.goto();
    await expectAccessible(page);
    await filesPage.openUpload();
    await expect(filesPage.dialog.getByRole('heading')).toBeVisible();
    await expectAccessible(page);
  });

  test('search is accessible', async ({ page }) => {
    await page.goto('/search?q=a');
    await expectAccessible(page);
  });
});

test.describe('@look without a session', () => {
  test.use({ storageState: NOBODY });

  test('sign-in is accessible', async ({ page, administrator, signInPage }) => {
    expect(administrator.cookies.length).toBeGreaterThan(0);
    await signInPage.goto();
    await expectAccessible(page);
  });
});
