import type { Page } from '@playwright/test';
import { CampaignsPage } from '../pages/campaigns';
import { SetupPage } from '../pages/setup';
import { SignInPage } from '../pages/sign-in';
import { expectAccessible } from '../support/axe';
import { Fleet } from '../support/fleet';
import { Server } from '../support/server';
import { ADMINISTRATOR, NOBODY, expect, test } from '../support/test';

// Campaigns with a real fleet: planned by the form, started, watched, stopped.
test.use({ devices: 8, actionTimeout: 15_000 });

async function fits(page: Page): Promise<void> {
  const [wide, seen] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
  expect(wide, 'scrolls sideways').toBeLessThanOrEqual(seen ?? 0);
}

test.describe('with a fleet', () => {
  test.beforeEach(async ({ fleet, devices, devicesPage }) => {
    test.setTimeout(300_000);
    expect(fleet).toBeDefined();
    await expect(async () => {
      await devicesPage.goto('?state=online');
      await expect(devicesPage.rows).toHaveCount(devices, { timeout: 1000 });
    }).toPass({ timeout: 120_000 });
  });

  test('a refresh is planned, goes from a canary to all, and every router is verified', async ({ page, devices }) => {
    const campaigns = new CampaignsPage(page);
    await campaigns.goto();
    await expect(campaigns.main).toContainText('No campaigns yet');
    await page.keyboard.press('g');
    await page.keyboard.press('h');
    await expect(page).toHaveURL(/\/$/);
    await page.keyboard.press('g');
    await page.keyboard.press('c');
    await expect(campaigns.heading).toHaveText('Campaigns');

    await test.step('planned, with what it would do beside it', async () => {
      await campaigns.plan('Read the fleet', 'Refresh', 2);
      await expect(campaigns.main).toContainText(`${devices} routers`);
      const blast = page.getByRole('complementary', { name: 'Effect' });
      await expect(blast).toContainText('2 routers at most');
      await expect(blast).toContainText(`${devices - 2} more`);
      await expectAccessible(page);
      // What cannot be taken is said at its place, and nothing can be saved with it.
      await campaigns.field('Per minute').fill('many');
      await expect(campaigns.main).toContainText('1 thing to correct');
      await expect(campaigns.act('Save draft')).toBeDisabled();
      await campaigns.field('Per minute').fill('600');
      await expect(campaigns.act('Save draft')).toBeEnabled();
      // A reload loses nothing; the browser asks before, which the test does not see.
      page.once('dialog', (dialog) => void dialog.accept());
      await page.reload();
      await campaigns.hydrated();
      await expect(campaigns.field('Name')).toHaveValue('Read the fleet');
      await expect(campaigns.field('Per minute')).toHaveValue('600');
    });

    await test.step('saved as a draft, and started by its name', async () => {
      await campaigns.act('Save draft').click();
      await expect(page).toHaveURL(/\/campaigns\/\d+$/);
      await expect(campaigns.main).toContainText('If it goes wrong');
      await expectAccessible(page);
      await campaigns.act('Start').click();
      const go = campaigns.dialog.getByRole('button', { name: 'Start', exact: true });
      await expect(go).toBeDisabled();
      await expectAccessible(page);
      await campaigns.dialog.getByLabel(/to confirm$/).fill('Read the fleet');
      await go.click();
      await expect(campaigns.dialog).toBeHidden();
    });

    await test.step('it is finished, and says so without a reload', async () => {
      await expect(campaigns.head.getByText('Finished', { exact: true })).toBeVisible({ timeout: 120_000 });
      await expect(campaigns.log).toContainText('Gate after Canary passed', { timeout: 10_000 });
      await campaigns.tab('Verified').click();
      await expect(campaigns.routers).toHaveCount(devices);
      await expect(campaigns.act('Pause')).toHaveCount(0);
      await expectAccessible(page);
    });

    await test.step('each router says what happened to it, and its own page names the campaign', async () => {
      const first = campaigns.routers.first();
      await first.getByRole('button', { name: /^Steps/ }).click();
      await expect(campaigns.dialog.getByRole('list', { name: 'Steps' })).toContainText('Verified');
      await expectAccessible(page);
      await page.keyboard.press('Escape');
      await first.getByRole('rowheader').getByRole('link').click();
      await expect(page.getByRole('region', { name: 'Campaigns' })).toContainText('Read the fleet');
      await page.getByRole('region', { name: 'Campaigns' }).getByRole('link', { name: 'Read the fleet' }).click();
      await expect(campaigns.heading).toHaveText('Read the fleet');
    });

    await test.step('the routers are a file', async () => {
      const download = page.waitForEvent('download');
      await campaigns.main.getByRole('link', { name: 'Export' }).click();
      const file = await download;
      expect(file.suggestedFilename()).toMatch(/^campaign-\d+-devices\.csv$/);
      const text = await (await page.request.get(file.url())).text();
      expect(text.trim().split('\n')).toHaveLength(devices + 1);
      expect(text).toContain(',succeeded,Verified,');
    });

    await test.step('the list has it, and it can be cloned', async () => {
      await campaigns.goto('/campaigns?view=finished');
      await expect(campaigns.row('Read the fleet')).toContainText('100 %');
      await campaigns.row('Read the fleet').getByRole('link').click();
      await campaigns.main.getByRole('link', { name: 'Clone' }).click();
      await expect(campaigns.field('Name')).toHaveValue('Copy of Read the fleet');
      await expect(campaigns.field('Then stays well for')).toHaveValue('0');
    });
  });

  test('a campaign is paused, goes on with a reason, and is cancelled by its name', async ({ page }) => {
    const campaigns = new CampaignsPage(page);
    await campaigns.plan('Slow restart', 'Reboot', 1);
    await campaigns.field('Per minute').fill('1');
    await campaigns.start('Slow restart');
    await expect(campaigns.head.getByText('Running, stage 1 of 2')).toBeVisible();

    await campaigns.act('Pause').click();
    await expectAccessible(page);
    await campaigns.dialog.getByLabel(/^Reason/).fill('the phones ring');
    await campaigns.dialog.getByRole('button', { name: 'Pause', exact: true }).click();
    await expect(campaigns.main).toContainText('the phones ring');
    await expect(campaigns.head.getByText(/^Paused, stage/)).toBeVisible();

    await campaigns.goto('/campaigns?view=decide');
    await expect(campaigns.row('Slow restart')).toContainText('Paused by you');
    await expectAccessible(page);
    await campaigns.row('Slow restart').getByRole('link').click();

    await campaigns.act('Resume').click();
    await campaigns.dialog.getByRole('button', { name: 'Resume', exact: true }).click();
    await expect(campaigns.dialog).toContainText('Give a reason.');
    await campaigns.dialog.getByLabel(/^Reason/).fill('it was the weather');
    await campaigns.dialog.getByRole('button', { name: 'Resume', exact: true }).click();
    await expect(campaigns.dialog).toBeHidden();
    await expect(campaigns.log).toContainText('it was the weather');

    await campaigns.goto('/campaigns');
    await page.getByRole('button', { name: 'Stop all rollouts' }).click();
    await expect(campaigns.dialog).toContainText('1 campaign pauses');
    await expectAccessible(page);
    await campaigns.dialog.getByLabel('Reason').fill('to be sure');
    await campaigns.dialog.getByRole('button', { name: 'Stop all rollouts' }).click();
    await expect(campaigns.row('Slow restart')).toContainText('Paused by you');
    await campaigns.row('Slow restart').getByRole('link').click();

    await campaigns.act('Cancel it').click();
    await expect(campaigns.dialog).toContainText('leave the queue');
    const yes = campaigns.dialog.getByRole('button', { name: 'Cancel campaign' });
    await expect(yes).toBeDisabled();
    await campaigns.dialog.getByLabel(/to confirm$/).fill('Slow restart');
    await yes.click();
    await expect(campaigns.head.getByText('Cancelled', { exact: true })).toBeVisible();
    await expect(campaigns.act('Resume')).toHaveCount(0);
  });

  test('settings and a restart go the same way, and what a router does not keep has failed', async ({ devicePage, page }) => {
    const campaigns = new CampaignsPage(page);
    const interval = 'Device.ManagementServer.PeriodicInformInterval';
    const ends = { timeout: 120_000 };
    const only = (model: string) => campaigns.main.getByLabel('Model', { exact: true }).fill(model);
    const set = async (value: string) => {
      await campaigns.act('Setting').click();
      await campaigns.field('Parameter').fill(interval);
      await campaigns.field('Value').fill(value);
    };

    await test.step('a setting is read back', async () => {
      await campaigns.plan('Slower reports', 'Settings', 1, async () => {
        await only('Mesh3');
        await set('240');
      });
      await campaigns.counted(2);
      await campaigns.start('Slower reports');
      await expect(campaigns.head.getByText('Finished', { exact: true })).toBeVisible(ends);
      await expect(campaigns.tab('Verified')).toHaveText('Verified 2');
      await campaigns.tab('Verified').click();
      await campaigns.routers.first().getByRole('rowheader').getByRole('link').click();
      await page.waitForURL(/\/devices\/\d+/);
      const id = /\/devices\/(\d+)/.exec(page.url())![1]!;
      await devicePage.goto(id, '/parameters?path=Device.ManagementServer.');
      await expect(devicePage.parameter('PeriodicInformInterval')).toContainText('240');
    });

    await test.step('one that routers refuse has failed, and says why', async () => {
      await campaigns.plan('No reports', 'Settings', 1, async () => {
        await only('HG645');
        await set('0');
      });
      await campaigns.counted(2);
      await campaigns.fill({ 'Pauses above, failed': '100', 'Ends itself above, failed': '100' });
      await campaigns.field('Gate: verified').fill('0');
      await campaigns.start('No reports');
      await expect(campaigns.head.getByText('Finished with failures')).toBeVisible(ends);
      await expect(campaigns.tab('Failed')).toHaveText('Failed 2');
      await expect(campaigns.reason('The router refused the value.')).toBeVisible();
    });

    await test.step('routers restart, and are back', async () => {
      await campaigns.plan('Restart the mesh', 'Reboot', 1, () => only('Mesh3'));
      await campaigns.counted(2);
      await campaigns.start('Restart the mesh');
      await expect(campaigns.head.getByText('Finished', { exact: true })).toBeVisible(ends);
      await expect(campaigns.tab('Verified')).toHaveText('Verified 2');
    });
  });

  test('the filter of a saved view of the devices is taken over', async ({ page, server }) => {
    const model = 'HG640';
    const view = { name: 'Old ones', query: { filter: { model, software_version: '0.1' } }, shared: false };
    const headers = { Origin: server.portal, Accept: 'application/json' };
    const kept = await page.request.post('/fn/views/save', { data: view, headers });
    expect(kept.status()).toBe(200);
    const campaigns = new CampaignsPage(page);
    await campaigns.goto('/campaigns/new');
    await campaigns.field('Filter of a saved view').selectOption({ label: 'Old ones' });
    await expect(campaigns.field('Model')).toHaveValue(model);
    // What has no field of its own is said, and can be taken off.
    await campaigns.act('Take off: Firmware is 0.1').click();
    await expect(campaigns.main.getByRole('button', { name: /^Take off/ })).toHaveCount(0);
    await campaigns.counted(2);
    await expectAccessible(page);
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    test.describe(`on a phone, ${colorScheme}`, () => {
      test.use({ viewport: { width: 360, height: 740 }, colorScheme, hasTouch: true });

      test('the form, a draft and the calendar fit and are accessible', async ({ page }) => {
        const campaigns = new CampaignsPage(page);
        await campaigns.plan(`By hand, ${colorScheme}`, 'Reboot', 1);
        await expectAccessible(page);
        await fits(page);
        await campaigns.act('Save draft').click();
        await expect(page).toHaveURL(/\/campaigns\/\d+$/);
        await expectAccessible(page);
        await fits(page);
        await campaigns.goto('/campaigns?view=calendar');
        await expect(page.getByRole('list', { name: 'The next 14 days' }).or(page.getByText('Nothing is planned'))).toBeVisible();
        await expectAccessible(page);
        await fits(page);
      });
    });
  }
});

test.describe('a large campaign', () => {
  // A refusal is a 422.
  test.use({ storageState: NOBODY, expectedErrors: [/422/] });

  test('starts only after a second person has approved it', async ({ browser }) => {
    test.setTimeout(300_000);
    const server = await Server.start('[campaigns]\napproval_above = 1\n');
    const fleet = await Fleet.start(server, 3, 11);
    try {
      const open = async () => {
        const context = await browser.newContext({ baseURL: server.portal, storageState: NOBODY });
        return context.newPage();
      };
      const page = await open();
      await new SetupPage(page).openLink(server.setupLink);
      await new SetupPage(page).create(ADMINISTRATOR);
      await expect(page).toHaveURL(`${server.portal}/`);
      await server.addPerson('noor', 'rollout-manager', 'a second pair of eyes');
      const campaigns = new CampaignsPage(page);
      await expect(async () => {
        await page.goto('/devices?state=online');
        await expect(page.getByRole('rowheader')).toHaveCount(3, { timeout: 1000 });
      }).toPass({ timeout: 90_000 });

      await campaigns.plan('For three', 'Refresh', 1);
      await campaigns.act('Ask for approval').click();
      await expect(campaigns.main).toContainText('Waits for a second person');
      const address = page.url();
      // Not by oneself.
      await campaigns.act('Approve').click();
      await campaigns.dialog.getByRole('button', { name: 'Approve', exact: true }).click();
      await expect(campaigns.dialog).toContainText('Somebody else has to decide');

      const other = await open();
      const second = new CampaignsPage(other);
      await new SignInPage(other).goto();
      await new SignInPage(other).signIn('noor', 'a second pair of eyes');
      await expect(other).toHaveURL(`${server.portal}/`);
      await second.goto('/campaigns?view=decide');
      await second.row('For three').getByRole('link').click();
      await second.act('Approve').click();
      await expectAccessible(other);
      await second.dialog.getByRole('button', { name: 'Approve', exact: true }).click();
      await expect(second.main).toContainText('Approved by noor');

      await page.keyboard.press('Escape');
      // The page heard of it.
      await expect(campaigns.main).toContainText('Approved by noor');
      await campaigns.act('Start').click();
      await campaigns.dialog.getByLabel(/to confirm$/).fill('For three');
      await campaigns.dialog.getByRole('button', { name: 'Start', exact: true }).click();
      await expect(campaigns.head.getByText('Finished', { exact: true })).toBeVisible({ timeout: 90_000 });
      expect(page.url()).toContain(new URL(address).pathname);
    } finally {
      await fleet.stop();
      await server.dispose();
    }
  });
});
