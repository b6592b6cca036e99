import { ADMINISTRATOR, NOBODY, expect, test } from '../support/test';

test.describe('without a session', () => {
  test.use({ storageState: NOBODY, expectedErrors: [/status of 40[0-9]/] });

  test('pages lead to the sign-in and back', async ({ page, administrator, signInPage }) => {
    expect(administrator.cookies.length).toBeGreaterThan(0);
    await page.goto('/devices?sort=serial');
    await expect(page).toHaveURL(/\/sign-in\?next=/);
    await signInPage.hydrated();
    await signInPage.signIn(ADMINISTRATOR.username, ADMINISTRATOR.password);
    await expect(page).toHaveURL(/\/devices\?sort=serial$/);
  });

  test('a wrong password does not get in', async ({ page, administrator, signInPage }) => {
    expect(administrator.cookies.length).toBeGreaterThan(0);
    await signInPage.goto();
    await signInPage.signIn(ADMINISTRATOR.username, 'not the password at all');
    await expect(signInPage.error).not.toBeEmpty();
    await expect(page).toHaveURL(/\/sign-in/);
    await page.goto('/devices');
    await expect(page).toHaveURL(/\/sign-in/);
  });

  test('the set-up link works once', async ({ server, administrator, setupPage }) => {
    expect(administrator.cookies.length).toBeGreaterThan(0);
    await setupPage.openLink(server.setupLink);
    await expect(setupPage.usedUp).toBeVisible();
    await expect(setupPage.submit).toHaveCount(0);
  });
});

test.describe('without WebAssembly', () => {
  test.use({ storageState: NOBODY, javaScriptEnabled: false });

  test('sign-in, list and look-up work', async ({ page, administrator, signInPage, devicesPage, fleet, subscribers }) => {
    expect(administrator.cookies.length).toBeGreaterThan(0);
    expect(fleet).toBeDefined();
    await page.goto('/sign-in');
    await signInPage.signIn(ADMINISTRATOR.username, ADMINISTRATOR.password);
    await expect(async () => {
      await page.goto('/devices');
      await expect(devicesPage.rows).not.toHaveCount(0, { timeout: 1000 });
    }).toPass({ timeout: 60_000 });
    const someone = subscribers[0]!;
    await page.goto(`/search?q=${encodeURIComponent(someone.name!)}`);
    await expect(page.getByRole('main')).toContainText(someone.name!);
  });
});
