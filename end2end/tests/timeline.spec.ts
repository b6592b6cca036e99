import { readFile } from 'node:fs/promises';
import { expectAccessible } from '../support/axe';
import { expect, test } from '../support/test';
import { Clicks } from '../pages/home';
import { TimelinePage } from '../pages/timeline';

test.describe('@helpdesk the timeline of a device', () => {
  let timeline: TimelinePage;

  test.beforeEach(async ({ page, fleet, devicesPage }) => {
    expect(fleet).toBeDefined();
    timeline = new TimelinePage(page, await devicesPage.firstOnline());
  });

  test('task 19: one click shows what is different from last week, and who changed it', async ({ page, devicePage }) => {
    test.setTimeout(120_000);
    await devicePage.goto(timeline.device);
    const radio = devicePage.radio('2.4 GHz');
    const channel = (await radio.getByLabel('New channel').inputValue()) === '11' ? '6' : '11';
    await devicePage.changeChannel('2.4 GHz', channel);
    await expect(radio.getByText('Verified')).toBeVisible({ timeout: 60_000 });
    await timeline.goto();
    // One click.
    await timeline.compare('Changed since last week');
    await expect(page).toHaveURL(/since=7/);
    const wifi = timeline.differences('Wi-Fi');
    await expect(wifi).toContainText('Channel');
    await expect(wifi).toContainText(/By [A-Z]/);
    await expectAccessible(page);
    // The other way round it is a link: it opens again as it is.
    await page.reload();
    await expect(timeline.differences('Wi-Fi')).toContainText('Channel');
  });

  test('task 20: a note, an escalation with a snapshot, its outcome', async ({ page }) => {
    test.setTimeout(90_000);
    await timeline.goto();
    await timeline.addNote('Called back at noon.\nStill slow.');
    await timeline.showNew();
    await expect(timeline.entries.filter({ hasText: 'Called back at noon.' })).toBeVisible();

    const clicks = await Clicks.count(page);
    await timeline.escalate('The line drops every evening.');
    await expect(page).toHaveURL(/\/snapshots\/\d+$/);
    expect(await clicks.sofar()).toBe(2);
    await expect(page.getByRole('heading', { level: 1 })).toContainText('Escalation');
    await expect(page.getByRole('region', { name: 'Why' })).toContainText('The line drops every evening.');
    await expect(page.getByRole('region', { name: 'Timeline until then' })).toContainText('Called back at noon.');
    await expectAccessible(page);

    const json = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Save as JSON' }).click();
    const text = await readFile((await (await json).path())!, 'utf8');
    const snapshot = JSON.parse(text);
    expect(snapshot.head.reason).toBe('The line drops every evening.');
    expect(snapshot.content.parameters.length).toBeGreaterThan(50);
    const secrets = snapshot.content.parameters.filter((one: { secret: boolean }) => one.secret);
    expect(secrets.length).toBeGreaterThan(0);
    for (const secret of secrets) expect(secret.value).toBeNull();
    const html = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Save as HTML' }).click();
    expect(await readFile((await (await html).path())!, 'utf8')).toContain('The line drops every evening.');

    await page.getByLabel('What came of it').fill('The splitter was exchanged.');
    await page.getByRole('button', { name: 'Close with this outcome' }).click();
    await expect(page.getByRole('region', { name: 'Why' })).toContainText('The splitter was exchanged.');
    await timeline.goto('?kind=notes');
    await expect(timeline.entries.first()).toContainText('The splitter was exchanged.');
    await expect(timeline.entries.filter({ hasText: 'The line drops every evening.' })).toHaveCount(1);
  });

  test('kinds and people are in the address', async ({ page }) => {
    await timeline.goto('?kind=restarts');
    await expect(timeline.entries.first()).toContainText(/Restarted|First contact|factory/);
    await timeline.kind('Notes');
    await expect(page).toHaveURL(/kind=notes/);
    await timeline.goto();
    await timeline.addNote('Mine.');
    await timeline.goto();
    const name = await timeline.people.locator('option').nth(1).textContent();
    await timeline.people.selectOption({ label: name! });
    await page.getByRole('form', { name: 'By whom' }).getByRole('button', { name: 'Show' }).click();
    await expect(page).toHaveURL(/by=/);
    for (const entry of await timeline.entries.all()) await expect(entry).toContainText(`By ${name}`);
  });
});
