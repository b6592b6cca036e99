import type { Page } from '@playwright/test';
import { CampaignsPage } from '../pages/campaigns';
import { GuidePage } from '../pages/guide';
import { TimelinePage } from '../pages/timeline';
import { expectAccessible } from '../support/axe';
import { NOBODY, expect, test } from '../support/test';

// Every page of the portal with a real fleet on it, in both themes, wide and on a phone: nothing that axe finds,
// nothing that scrolls sideways, nothing that the browser complains about (`quietConsole`).

const LOOKS = [
  { name: 'light', colorScheme: 'light', viewport: { width: 1440, height: 900 } },
  { name: 'dark', colorScheme: 'dark', viewport: { width: 1440, height: 900 } },
  { name: 'light on a phone', colorScheme: 'light', viewport: { width: 320, height: 568 } },
  { name: 'dark on a phone', colorScheme: 'dark', viewport: { width: 320, height: 568 } },
] as const;

/** A page as this test addresses it; `{device}` and its like are filled in from what the fleet made. */
const PAGES = [
  '/',
  '/search',
  '/search?q=a',
  '/search?q=qqzzxx',
  '/devices',
  '/devices?columns=state.account.plan.tags.maker.hardware.data_model.ip.reach.approval.first_contact',
  '/devices?model=nothing-like-it',
  '/subscribers',
  '/subscribers?q=qqzzxx',
  '/subscribers/new',
  '/subscribers/import',
  '{import}',
  '/subscribers/{subscriber}',
  '/settings',
  '/settings/people',
  '/settings/tokens',
  '/settings/audit',
  '/settings/webhooks',
  '/settings/roles',
  '/settings/linking',
  '/settings/aliases',
  '/settings/verdict',
  '/files',
  '/campaigns',
  '/campaigns?view=decide',
  '/campaigns?view=finished',
  '/campaigns?view=calendar',
  '/campaigns/new',
  '/campaigns/new?kind=configuration',
  '{draft}',
  '{draft}/edit',
  '{campaign}',
  '{campaign}?show=active',
  '{campaign}?show=failed',
  '{campaign}?show=verified',
  '{campaign}?show=waiting',
  '{campaign}?show=left-out',
  '{paused}',
  '/profile',
  '/traces',
  '{snapshot}',
  '/devices/{device}',
  '/devices/{device}/diagnostics',
  '/devices/{device}/wifi',
  '/devices/{device}/network',
  '/devices/{device}/parameters',
  '/devices/{device}/tasks',
  '/devices/{device}/timeline',
  '/devices/{device}/timeline?since=7',
  '/devices/{device}/compare',
  '/devices/{device}/protocol',
  '/devices/{device}/guide/slow-wifi',
  '/devices/{device}/guide/no-internet',
  '/devices/{device}/guide/new-router',
];

/** Waits until the page is there and reacts, and holds it against what every page must be. */
async function expectWell(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await expect(page.locator('html'), path).toHaveAttribute('data-hydrated', '');
  await expect(page.getByRole('heading', { level: 1 }), path).toBeVisible();
  await expect(page.getByRole('main'), path).toHaveCount(1);
  await expectAccessible(page);
  const [wide, seen] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
  expect(wide, `${path} scrolls sideways`).toBeLessThanOrEqual(seen ?? 0);
}

test.use({ devices: 6 });

test.describe('every page', () => {
  /** Made once for all looks: a snapshot, an uploaded table, and campaigns that wait, stand still and are over. */
  let made: Record<string, string> | undefined;

  async function make(page: Page, subscribers: { name?: string }[]): Promise<Record<string, string>> {
    const id = async (path: string): Promise<string> => {
      let href = '';
      await expect(async () => {
        await page.goto(path);
        const link = page.getByRole('rowheader').getByRole('link').first();
        href = (await link.getAttribute('href', { timeout: 1000 })) ?? '';
      }).toPass({ timeout: 60_000 });
      return href.split('/').pop() ?? '';
    };
    const device = await id('/devices?state=online');
    const subscriber = await id(`/subscribers?q=${encodeURIComponent(subscribers[0]?.name ?? '')}`);
    // The first sessions read the whole router.
    await expect(async () => {
      await page.goto(`/devices/${device}/parameters`);
      await expect(page.getByRole('region', { name: 'Values, scrollable table' })).toBeVisible({ timeout: 1000 });
    }).toPass({ timeout: 60_000 });

    // A campaign that is over, one that a person has paused, and a draft. What is under way keeps a router from the next.
    const campaigns = new CampaignsPage(page);
    await campaigns.plan('Read all', 'Refresh', 1);
    await campaigns.start('Read all');
    await expect(campaigns.head.getByText('Finished', { exact: true })).toBeVisible({ timeout: 90_000 });
    const campaign = new URL(page.url()).pathname;
    await campaigns.plan('Restart one a minute', 'Reboot', 1);
    await campaigns.fill({ 'Per minute': '1' });
    await campaigns.start('Restart one a minute');
    await expect(campaigns.head.getByText('Running, stage 1 of 2')).toBeVisible();
    await campaigns.act('Pause').click();
    await campaigns.dialog.getByRole('button', { name: 'Pause', exact: true }).click();
    await expect(campaigns.head.getByText(/^Paused, stage/)).toBeVisible();
    const paused = new URL(page.url()).pathname;
    await campaigns.plan('Not yet', 'Reboot', 1);
    await campaigns.act('Save draft').click();
    await page.waitForURL(/\/campaigns\/\d+$/);
    const draft = new URL(page.url()).pathname;

    // One guide runs; the others say what they would do.
    const guide = new GuidePage(page);
    await guide.goto(device, 'slow-wifi');
    await guide.begin();

    await page.goto('/subscribers/import');
    await expect(page.locator('html')).toHaveAttribute('data-hydrated', '');
    const table = 'account,name\nEVERY-1,Ada Quill\n';
    await page.getByLabel('File').setInputFiles({ name: 'p.csv', mimeType: 'text/csv', buffer: Buffer.from(table) });
    await page.getByRole('button', { name: 'Read the file' }).click();
    await page.waitForURL(/\/subscribers\/import\/.+/);
    const imported = new URL(page.url()).pathname;

    const timeline = new TimelinePage(page, device);
    await timeline.goto();
    await timeline.escalate('The line drops every evening.');
    await page.waitForURL(/\/snapshots\/\d+$/);
    const snapshot = new URL(page.url()).pathname;
    return { device, subscriber, campaign, paused, draft, import: imported, snapshot };
  }

  for (const look of LOOKS) {
    test.describe(look.name, () => {
      test.use({ viewport: look.viewport, colorScheme: look.colorScheme, hasTouch: look.viewport.width < 400 });

      test(`is well: ${look.name}`, async ({ page, fleet, subscribers }) => {
        test.setTimeout(480_000);
        expect(fleet).toBeDefined();
        made ??= await make(page, subscribers);
        for (const path of PAGES) {
          const address = path.replace(/\{(\w+)\}/, (_, name: string) => made?.[name] ?? '');
          await test.step(address, () => expectWell(page, address));
        }
      });

      test.describe('that is not there', () => {
        test.use({ expectedErrors: [/404/] });

        test(`is well: ${look.name}`, async ({ page }) => {
          for (const path of ['/nothing-here', '/devices/999999', '/subscribers/999999', '/snapshots/999999']) {
            await test.step(path, () => expectWell(page, path));
          }
        });
      });

      test.describe('without a session', () => {
        test.use({ storageState: NOBODY });

        test(`is well: ${look.name}`, async ({ page, administrator }) => {
          expect(administrator.cookies.length).toBeGreaterThan(0);
          for (const path of ['/sign-in', '/setup']) {
            await test.step(path, () => expectWell(page, path));
          }
        });
      });
    });
  }
});

test('dialogs and menus are accessible, and give the focus back', async ({ page, fleet, devicesPage }) => {
  test.setTimeout(120_000);
  expect(fleet).toBeDefined();
  await expect(async () => {
    await devicesPage.goto();
    await expect(devicesPage.rows).not.toHaveCount(0, { timeout: 1000 });
  }).toPass({ timeout: 60_000 });

  const closes = async (name: string, label: string) => {
    const opener = page.getByRole('button', { name, exact: true }).first();
    await opener.click();
    await expect(page.getByRole('dialog').getByRole('heading').first(), label).toBeVisible();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog'), label).toBeHidden();
    await expect(opener, label).toBeFocused();
  };
  await closes('Save view', 'saving a view');
  await devicesPage.columns.click();
  await expect(page.getByRole('checkbox', { name: 'Data model' })).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await page.goto('/files');
  await expect(page.locator('html')).toHaveAttribute('data-hydrated', '');
  await closes('Upload a file', 'uploading');
});
