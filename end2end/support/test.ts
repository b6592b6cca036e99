import { test as base, expect } from '@playwright/test';
import { AuditPage } from '../pages/audit';
import { DevicePage } from '../pages/device';
import { DiagnosticsPage } from '../pages/diagnostics';
import { DevicesPage } from '../pages/devices';
import { FilesPage } from '../pages/files';
import { Find } from '../pages/find';
import { GuidePage } from '../pages/guide';
import { SetupPage } from '../pages/setup';
import { SignInPage } from '../pages/sign-in';
import { SubscribersPage } from '../pages/subscribers';
import { Fleet, type Subscriber } from './fleet';
import { Server } from './server';

export { expect } from '@playwright/test';

/** The administrator that the tests create over the one-time link. */
export const ADMINISTRATOR = { name: 'Ada Admin', username: 'ada', password: 'correct horse battery staple' };

/** Cookies of a browser in which nobody is signed in. */
export const NOBODY = { cookies: [], origins: [] };

type State = Awaited<ReturnType<import('@playwright/test').BrowserContext['storageState']>>;

interface Shared {
  /** How many gateways there are; 0 for none. */
  devices: number;
  /** Further lines of the server's settings. */
  settings: string;
  /** A server with an administrator, the fleet and its subscribers. */
  server: Server;
  subscribers: Subscriber[];
  /** The fleet, running. Tests that look at devices ask for it. */
  fleet: Fleet | undefined;
  /** The cookies of the signed-in administrator. */
  administrator: State;
}

interface Own {
  auditPage: AuditPage;
  setupPage: SetupPage;
  signInPage: SignInPage;
  devicesPage: DevicesPage;
  devicePage: DevicePage;
  diagnosticsPage: DiagnosticsPage;
  filesPage: FilesPage;
  find: Find;
  guidePage: GuidePage;
  subscribersPage: SubscribersPage;
  /** Messages of the browser console that a test expects: errors that match are not a failure. */
  expectedErrors: RegExp[];
  /** Fails a test whose page threw, or logged an error. */
  quietConsole: void;
}

const SEED = 7;

export const test = base.extend<Own, Shared>({
  devices: [12, { option: true, scope: 'worker' }],
  settings: ['', { option: true, scope: 'worker' }],

  server: [
    async ({ settings }, use) => {
      const server = await Server.start(settings);
      try {
        await use(server);
      } finally {
        await server.dispose();
      }
      // A page that panicked may have been reloaded by the browser, and look well.
      expect(server.panics).toEqual([]);
    },
    { scope: 'worker', timeout: 120_000 },
  ],

  subscribers: [
    async ({ server, devices }, use) => {
      await use(devices > 0 ? await Fleet.importSubscribers(server, devices, SEED) : []);
    },
    { scope: 'worker' },
  ],

  fleet: [
    async ({ server, devices, subscribers }, use) => {
      void subscribers;
      const fleet = devices > 0 ? await Fleet.start(server, devices, SEED) : undefined;
      try {
        await use(fleet);
      } finally {
        await fleet?.stop();
      }
    },
    { scope: 'worker', timeout: 120_000 },
  ],

  administrator: [
    async ({ server, browser }, use) => {
      const context = await browser.newContext({ baseURL: server.portal });
      const page = await context.newPage();
      const setup = new SetupPage(page);
      await setup.openLink(server.setupLink);
      await setup.create(ADMINISTRATOR);
      await expect(page).toHaveURL(`${server.portal}/`);
      const state = await context.storageState();
      await context.close();
      await use(state);
    },
    { scope: 'worker', timeout: 120_000 },
  ],

  baseURL: async ({ server }, use) => use(server.portal),

  // Every page is the administrator's, unless a test says otherwise with `test.use({ storageState: NOBODY })`.
  storageState: async ({ administrator }, use) => use(administrator),

  expectedErrors: [[], { option: true }],

  quietConsole: [
    async ({ page, expectedErrors }, use) => {
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(`${error}`));
      page.on('console', (message) => {
        if (message.type() === 'error') errors.push(message.text());
      });
      // Of a panic the first ten frames are the panic's own.
      await page.addInitScript(() => {
        Error.stackTraceLimit = 40;
      });
      await use();
      const unexpected = errors.filter((text) => !expectedErrors.some((expected) => expected.test(text)));
      expect(unexpected, 'errors in the browser console').toEqual([]);
    },
    { auto: true },
  ],

  auditPage: async ({ page }, use) => use(new AuditPage(page)),
  setupPage: async ({ page }, use) => use(new SetupPage(page)),
  signInPage: async ({ page }, use) => use(new SignInPage(page)),
  devicesPage: async ({ page }, use) => use(new DevicesPage(page)),
  diagnosticsPage: async ({ page }, use) => use(new DiagnosticsPage(page)),
  devicePage: async ({ page }, use) => use(new DevicePage(page)),
  filesPage: async ({ page }, use) => use(new FilesPage(page)),
  find: async ({ page }, use) => use(new Find(page)),
  guidePage: async ({ page }, use) => use(new GuidePage(page)),
  subscribersPage: async ({ page }, use) => use(new SubscribersPage(page)),
});
