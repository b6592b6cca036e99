import { defineConfig } from '@playwright/test';

// `cargo xtask e2e` sets it; on its own Playwright looks where Debian puts Chromium.
const executablePath = process.env.LASTMILE_CHROMIUM ?? '/usr/bin/chromium';

const wide = { width: 1440, height: 900 };
const narrow = { width: 360, height: 780 };

export default defineConfig({
  testDir: './tests',
  outputDir: './test-results',
  // A failure is a failure: a test that passes the second time hides a race, in it or in the product.
  retries: 0,
  forbidOnly: !!process.env.CI,
  // Every worker starts a server and a fleet; more than one needs more than a CI machine's two cores.
  workers: 1,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: process.env.CI ? [['list']] : [['list'], ['html', { open: 'never' }]],
  use: {
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    launchOptions: {
      executablePath,
      args: [
        '--no-sandbox',
        '--disable-quic',
        '--disable-gpu',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  projects: [
    { name: 'light', use: { viewport: wide, colorScheme: 'light' } },
    // How things look and reach people is checked in every appearance; how they work, in one.
    { name: 'dark', grep: /@look/, use: { viewport: wide, colorScheme: 'dark' } },
    { name: 'narrow', grep: /@look/, use: { viewport: narrow, colorScheme: 'light', hasTouch: true } },
  ],
});
