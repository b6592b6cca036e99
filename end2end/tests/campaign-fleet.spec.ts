import { CampaignsPage } from '../pages/campaigns';
import { Fleet, image } from '../support/fleet';
import { ADMINISTRATOR, NOBODY, expect, test as base } from '../support/test';

// Firmware for 300 routers: what a good image, a bad one and a bad network do. How often a router really installed an image is
// what the router itself says.

const DEVICES = 300;
const MODEL = { dsl: 'kestrel-hg640', fibre: 'norrlink-gx21', wifi6: 'kestrel-hg645', mesh: 'harbour-mesh3' };
/** From the start of a campaign to its end. */
const ENDS = 240_000;
/** It does not stop itself. */
const NO_LIMITS = { 'Pauses above, failed': '100', 'Pauses above, never back': '100', 'Ends itself above, failed': '100' };

const test = base.extend<{ campaigns: CampaignsPage }, { large: Fleet }>({
  campaigns: async ({ page }, use) => use(new CampaignsPage(page)),
  large: [
    async ({ server, administrator }, use) => {
      expect(administrator.cookies.length).toBeGreaterThan(0);
      // Ten times as fast; a router is heard of twice a minute.
      const pace = ['--speed', '10', '--inform-interval', '30', '--spread', '20'];
      const fleet = await Fleet.start(server, DEVICES, 41, ['--control', '127.0.0.1:0', ...pace]);
      try {
        await use(fleet);
      } finally {
        await fleet.stop();
      }
    },
    { scope: 'worker', timeout: 120_000 },
  ],
});

test.use({ devices: 0, actionTimeout: 15_000, storageState: NOBODY });
// A quarter of an hour, and all that two cores have.
test.skip(process.env.LASTMILE_LARGE === undefined, 'run by hand, with LASTMILE_LARGE=1');

/** How often the routers installed a version, those alone that did. */
async function installed(fleet: Fleet, version: string): Promise<number[]> {
  const counts = Object.values(await fleet.flashes()).map((versions) => versions[version] ?? 0);
  return counts.filter((count) => count > 0);
}

/** Pulls the plugs of some routers; they count as offline some minutes later. */
async function pullPlugs(fleet: Fleet): Promise<string[]> {
  const away = (await fleet.all(MODEL.mesh)).slice(-5);
  for (const serial of away) {
    if ((await fleet.activity(serial)) === 'off') continue;
    // How often they check in is known once they were read.
    await expect.poll(async () => (await fleet.calls(serial)).GetParameterValues ?? 0, { timeout: 120_000 }).toBeGreaterThan(0);
    await expect.poll(async () => fleet.activity(serial)).toBe('idle');
  }
  await Promise.all(away.map((serial) => fleet.act(serial, 'offline')));
  return away;
}

test.beforeEach(async ({ large, devicesPage, page, server, signInPage }) => {
  test.setTimeout(600_000);
  expect(large).toBeDefined();
  // Who signed in some tests ago would be asked for the password again before a campaign starts.
  await signInPage.goto();
  await signInPage.signIn(ADMINISTRATOR.username, ADMINISTRATOR.password);
  await expect(page).toHaveURL(`${server.portal}/`);
  await expect(async () => {
    await devicesPage.goto();
    await expect(devicesPage.view('All devices')).toHaveText(`All devices ${DEVICES}`, { timeout: 1000 });
  }).toPass({ timeout: 180_000 });
});

test('a good image goes from canaries to a tenth to all, once to each router', async ({ campaigns, filesPage, large }) => {
  await filesPage.goto();
  await filesPage.openUpload();
  await filesPage.upload(image('9.0.0'), '9.0.0');
  await expect(filesPage.row('gateway-9.0.0.bin')).toBeVisible();

  await campaigns.planFirmware('All to 9.0.0', '9.0.0', 12);
  await campaigns.counted(DEVICES);
  await campaigns.start('All to 9.0.0');
  await expect(campaigns.head.getByText('Finished', { exact: true })).toBeVisible({ timeout: ENDS });
  for (const stage of ['Canary', '10 %']) await expect(campaigns.log).toContainText(`Gate after ${stage} passed`);
  await expect(campaigns.tab('Verified')).toHaveText(`Verified ${DEVICES}`);
  await expect(campaigns.tab('Failed')).toHaveText('Failed 0');
  expect(await installed(large, '9.0.0')).toEqual(Array(DEVICES).fill(1));
});

test('an image that breaks routers of one model stops by itself, says which, and is taken back', async ({
  campaigns,
  filesPage,
  large,
  page,
}) => {
  // A later test needs them to be away.
  await pullPlugs(large);
  const good = image('9.1.0');
  const bad = image('9.2.0', ['bricks=20', 'only=HG645']);
  await filesPage.goto();
  for (const [file, version] of [
    [good, '9.1.0'],
    [bad, '9.2.0'],
  ] as const) {
    await filesPage.openUpload();
    await filesPage.upload(file, version);
    await expect(filesPage.row(file.name)).toBeVisible();
  }

  await campaigns.planFirmware('All to 9.2.0', '9.2.0', 60);
  // Which routers it breaks follows from their serial numbers: some of these.
  const serials = await Promise.all(Object.values(MODEL).map((model) => large.all(model)));
  const canaries = serials.flatMap((all) => all.slice(0, 15));
  await campaigns.canaries(canaries);
  await campaigns.start('All to 9.2.0');
  await test.step('it pauses itself at the canaries, and says which model it is', async () => {
    await expect(campaigns.head.getByText('Paused itself, stage 1 of 3')).toBeVisible({ timeout: ENDS });
    await expect(campaigns.main).toContainText('HG645 does not come back often enough.');
    await expect(campaigns.log).toContainText('HG645 does not come back often enough.');
    // Routers, verified, failed.
    for (const model of ['HG640', 'GX21', 'Mesh3']) {
      await expect(campaigns.model(model).getByRole('cell').nth(2)).toHaveText('0');
    }
    await expect(campaigns.reason('Did not come back after restart')).toBeVisible();
    // Canaries alone have had it.
    expect(await installed(large, '9.2.0')).toHaveLength(60);
  });

  let lost = 0;
  await test.step('the reason opens the list of those routers, all of that model', async () => {
    await expect(campaigns.tab('Active')).toHaveText('Active 0', { timeout: ENDS });
    const reason = campaigns.reason('Did not come back after restart');
    lost = Number(await reason.getByRole('cell').first().innerText());
    expect(lost).toBeGreaterThanOrEqual(2);
    await reason.getByRole('link').click();
    await expect(page).toHaveURL(/show=failed&why=2/);
    await expect(campaigns.routers).toHaveCount(lost);
    // HG645 begin with these letters.
    await expect(campaigns.routers.filter({ hasText: 'KSTM' })).toHaveCount(lost);
  });

  await test.step('a campaign is drafted that takes it back', async () => {
    await campaigns.act('Roll back').click();
    await campaigns.dialog.getByLabel('Image that is known to be good').selectOption({ label: `9.1.0 (${good.name})` });
    await campaigns.dialog.getByLabel(/^Reason/).fill('they break');
    await campaigns.dialog.getByRole('button', { name: 'Make the draft' }).click();
    await expect(campaigns.heading).toHaveText('Back: All to 9.2.0');
    await expect(campaigns.main).toContainText('Takes another campaign back');
    await expect(campaigns.main).toContainText('they break');
    await expect(campaigns.head.getByText('Draft', { exact: true })).toBeVisible();
  });

  await test.step('and gives those that run it the good image', async () => {
    await campaigns.act('Start').click();
    await campaigns.dialog.getByLabel(/to confirm$/).fill('Back: All to 9.2.0');
    await campaigns.dialog.getByRole('button', { name: 'Start', exact: true }).click();
    await expect(campaigns.head.getByText('Finished', { exact: true })).toBeVisible({ timeout: ENDS });
    const survived = canaries.length - lost;
    await expect(campaigns.tab('Verified')).toHaveText(`Verified ${survived}`);
    expect(await installed(large, '9.1.0')).toEqual(Array(survived).fill(1));
  });

  await test.step('the bad one is ended, by its name', async () => {
    await campaigns.head.getByRole('link', { name: 'Takes another campaign back' }).click();
    await expect(campaigns.heading).toHaveText('All to 9.2.0');
    await campaigns.act('Cancel it').click();
    await campaigns.dialog.getByLabel(/to confirm$/).fill('All to 9.2.0');
    await campaigns.dialog.getByRole('button', { name: 'Cancel campaign' }).click();
    await expect(campaigns.head.getByText('Cancelled', { exact: true })).toBeVisible();
    await expect(campaigns.tab('Left out')).toHaveText(`Left out ${DEVICES - canaries.length}`);
  });
});

/** Plans one for all routers of a model at once, which are watched for a minute, and starts it. */
async function watched(campaigns: CampaignsPage, version: string, model: string, routers: number): Promise<void> {
  const name = `${model} to ${version}`;
  await campaigns.planFirmware(name, version, 10);
  await campaigns.main.getByLabel('Model', { exact: true }).fill(model);
  await campaigns.counted(routers);
  for (const left of [2, 1]) {
    await campaigns.main.getByRole('button', { name: 'Remove stage 1' }).click();
    await expect(campaigns.main.getByRole('button', { name: /^Remove stage/ })).toHaveCount(left - 1);
  }
  await campaigns.fill(NO_LIMITS);
  await campaigns.fill({ 'Then stays well for': '1' });
  await campaigns.start(name);
}

test('routers that crash, go back or refuse the file are found out while they are watched', async ({
  campaigns,
  filesPage,
  large,
  page,
}) => {
  await filesPage.goto();
  await filesPage.openUpload();
  await filesPage.upload(image('9.4.0', ['crashes=12', 'rolls-back=12', 'fails=12:9018']), '9.4.0');
  await expect(filesPage.row('gateway-9.4.0.bin')).toBeVisible();
  await watched(campaigns, '9.4.0', 'HG640', (await large.all(MODEL.dsl)).length);
  const classes = ['The file did not match its checksum.', 'Came back with another version', 'Did not stay healthy'];
  for (const words of classes) await expect(campaigns.reason(words)).toBeVisible({ timeout: ENDS });
  // More may be found out meanwhile.
  await expect(async () => {
    let failed = 0;
    for (const words of classes) {
      const count = Number(await campaigns.reason(words).getByRole('cell').first().innerText());
      await campaigns.reason(words).getByRole('link').click();
      await expect(page.getByRole('group', { name: 'Filters' })).toContainText(words);
      await expect(campaigns.routers).toHaveCount(count, { timeout: 3000 });
      failed += count;
    }
    await expect(campaigns.tab('Failed')).toHaveText(`Failed ${failed}`, { timeout: 1000 });
  }).toPass({ timeout: 60_000 });
  // What was tried again was so once.
  expect(Math.max(...(await installed(large, '9.4.0')))).toBeLessThanOrEqual(2);
});

test('a bad network and odd routers: each failure has its class, and nothing is installed more than twice', async ({
  campaigns,
  devicesPage,
  filesPage,
  large,
  page,
}) => {
  const away = await pullPlugs(large);
  const routers = await large.all(MODEL.mesh);
  const all = routers.length;
  routers.splice(-away.length);
  const group = (size: number) => routers.splice(0, size);
  const faults: Record<string, { serials: string[]; faults: Record<string, unknown>[] }> = {
    'another version': { serials: group(6), faults: [{ fault: 'upgrade-gives', version: '0.9' }] },
    'never loads, never says so': {
      serials: group(5),
      faults: [{ fault: 'transfer-fails', code: 9010 }, { fault: 'transfer-complete-never' }],
    },
    'cannot get it': { serials: group(6), faults: [{ fault: 'transfer-fails', code: 9016 }] },
    'cannot get it once': { serials: group(4), faults: [{ fault: 'transfer-fails', code: 9016, times: 1 }] },
    'the report is lost': { serials: group(8), faults: [{ fault: 'transfer-complete-never' }] },
    'the report comes twice': { serials: group(4), faults: [{ fault: 'transfer-complete-twice', apart: false }] },
    'the report comes twice, apart': { serials: group(4), faults: [{ fault: 'transfer-complete-twice', apart: true }] },
    'the report comes late': { serials: group(4), faults: [{ fault: 'transfer-complete-late', sessions: 1 }] },
    'the report has another key': { serials: group(2), faults: [{ fault: 'transfer-complete-key', key: '' }] },
    'the report comes before the restart': { serials: group(2), faults: [{ fault: 'transfer-complete-before-reboot' }] },
  };
  const good = all - 5 - 6 - 5 - 6;

  await test.step('some routers lose their power, and are missed after a while', async () => {
    for (const { serials, faults: list } of Object.values(faults)) {
      for (const serial of serials) for (const fault of list) await large.act(serial, 'faults', fault);
    }
    await expect(async () => {
      await devicesPage.goto('?state=offline&model=Mesh3');
      await expect(devicesPage.rows).toHaveCount(away.length, { timeout: 1000 });
    }).toPass({ timeout: 400_000, intervals: [5000] });
  });

  // They report another version than the image is called by; the file says so.
  await filesPage.goto();
  await filesPage.openUpload();
  await filesPage.dialog.getByText('Other version strings, hardware, oldest version').click();
  await filesPage.dialog.getByLabel('Other version strings').fill('9.3.0-b7');
  await filesPage.upload(image('9.3.0', ['reports=9.3.0-b7']), '9.3.0');
  await expect(filesPage.row('gateway-9.3.0.bin')).toBeVisible();
  await campaigns.planFirmware('Mesh to 9.3.0', '9.3.0', 10);
  await campaigns.main.getByLabel('Model', { exact: true }).fill('Mesh3');
  await campaigns.counted(all);
  for (const stage of [0, 1]) await campaigns.field('Gate: verified', stage).fill('0');
  await campaigns.fill(NO_LIMITS);
  // Twice in all, and both at once.
  await campaigns.fill({ 'Of them': '2' });
  await campaigns.start('Mesh to 9.3.0');
  await expect(campaigns.head.getByText('Finished with failures')).toBeVisible({ timeout: ENDS });

  await test.step('those that were away are left out, not failed', async () => {
    await expect(campaigns.tab('Left out')).toHaveText(`Left out ${away.length}`);
    await campaigns.tab('Left out').click();
    await expect(campaigns.routers).toHaveCount(away.length);
    for (const serial of away) await expect(campaigns.routers.filter({ hasText: serial })).toContainText('Away');
  });

  const classes = {
    'Came back with another version': faults['another version'],
    'Never loaded the whole file': faults['never loads, never says so'],
    'The router could not get the file.': faults['cannot get it'],
  };
  await expect(campaigns.tab('Verified')).toHaveText(`Verified ${good}`);
  await expect(campaigns.tab('Failed')).toHaveText('Failed 17');
  for (const [words, who] of Object.entries(classes)) {
    await test.step(words, async () => {
      await expect(campaigns.reason(words).getByRole('cell').first()).toHaveText(`${who!.serials.length}`);
      await campaigns.reason(words).getByRole('link').click();
      await expect(page.getByRole('group', { name: 'Filters' })).toContainText(words);
      await expect(campaigns.routers).toHaveCount(who!.serials.length);
      for (const serial of who!.serials) {
        await expect(campaigns.routers.filter({ hasText: serial })).toContainText(words);
      }
    });
  }

  await test.step('a report that is lost or doubled changes nothing: once is once', async () => {
    const flashes = await large.flashes();
    const times = (serial: string) => flashes[serial]?.['9.3.0'] ?? 0;
    expect(Math.max(...Object.keys(flashes).map(times))).toBeLessThanOrEqual(2);
    for (const [words, { serials }] of Object.entries(faults)) {
      const most = words === 'another version' ? 2 : 1;
      for (const serial of serials) expect(times(serial), `${words}: ${serial}`).toBeLessThanOrEqual(most);
    }
    for (const serial of [...routers, ...faults['the report comes twice, apart']!.serials]) expect(times(serial)).toBe(1);
  });
});

test('routers that an image resets have failed', async ({ campaigns, filesPage, large }) => {
  await filesPage.goto();
  await filesPage.openUpload();
  await filesPage.upload(image('9.5.0', ['resets=100']), '9.5.0');
  await expect(filesPage.row('gateway-9.5.0.bin')).toBeVisible();
  const routers = (await large.all(MODEL.fibre)).length;
  await watched(campaigns, '9.5.0', 'GX21', routers);
  await expect(campaigns.tab('Failed')).toHaveText(`Failed ${routers}`, { timeout: ENDS });
  await expect(campaigns.reason('Came back as from the factory').getByRole('cell').first()).toHaveText(`${routers}`);
});
