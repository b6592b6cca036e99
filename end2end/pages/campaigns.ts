import { expect, type Locator } from '@playwright/test';
import { PortalPage } from './portal';

/** The list of campaigns, the page of one, and the form in which one is planned. */
export class CampaignsPage extends PortalPage {
  async goto(path = '/campaigns'): Promise<void> {
    await this.open(path);
  }

  get main(): Locator {
    return this.page.getByRole('main');
  }

  /** Name, state and facts of the campaign that is shown. */
  get head(): Locator {
    return this.main.locator('header');
  }

  get dialog(): Locator {
    return this.page.getByRole('dialog');
  }

  /** A campaign in the list. */
  row(name: string): Locator {
    return this.page.getByRole('row', { name: new RegExp(name) });
  }

  /** What can be done with the campaign that is shown. */
  act(name: string): Locator {
    return this.main.getByRole('button', { name, exact: true });
  }

  /** Devices in the list of the campaign that is shown. */
  get routers(): Locator {
    return this.page.getByRole('region', { name: 'Routers, scrollable table' }).getByRole('row').filter({ has: this.page.getByRole('rowheader') });
  }

  tab(name: string): Locator {
    return this.page.getByRole('navigation', { name: 'States of routers' }).getByRole('link', { name });
  }

  /** Why routers failed: a class of failures in the table. */
  reason(name: string): Locator {
    const table = this.page.getByRole('region', { name: 'Why routers failed, scrollable table' });
    return table.getByRole('row').filter({ hasText: name });
  }

  /** How a model fares. */
  model(name: string): Locator {
    const table = this.page.getByRole('region', { name: 'By model, scrollable table' });
    return table.getByRole('row').filter({ hasText: name });
  }

  get log(): Locator {
    return this.page.getByRole('list', { name: 'Log' });
  }

  /** A field of the form, by its label and, where there are several, its place. */
  field(label: string, nth = 0): Locator {
    return this.main.getByLabel(label, { exact: true }).nth(nth);
  }

  /**
   * Plans one of two stages that runs at once: nothing is waited for, no window, gates open by themselves. `more`: what the
   * kind asks for, and for whom it is.
   */
  async plan(name: string, kind: string, first: number, more: () => Promise<void> = async () => {}): Promise<void> {
    await this.goto('/campaigns/new');
    await this.kind(kind);
    await more();
    await this.main.getByRole('checkbox', { name: /^Only in a window/ }).uncheck();
    await this.main.getByRole('button', { name: 'Remove stage 2' }).click();
    await this.field('How many').fill(`${first}`);
    await this.field('Of at least').fill('1');
    await this.field('Then wait').fill('0');
    await this.field('Then stays well for').fill('0');
    await this.field('Name').fill(name);
    await expect(this.main.getByText('Ready', { exact: true })).toBeVisible();
  }

  /**
   * Plans one with an image, in three stages (so many, 10 %, all) that runs at once: no window, gates open by themselves as
   * soon as a stage is done.
   */
  async planFirmware(name: string, image: string, first: number): Promise<void> {
    await this.goto('/campaigns/new?kind=firmware');
    await this.main.getByRole('checkbox', { name: image }).check();
    await this.main.getByRole('checkbox', { name: /^Only in a window/ }).uncheck();
    await this.field('How many').fill(`${first}`);
    for (const stage of [0, 1]) {
      await this.field('Of at least', stage).fill('1');
      await this.field('Then wait', stage).fill('0');
    }
    await this.fill({ 'Has to be done in': '1', 'Called for': '1', 'Tried again after': '0', 'Then stays well for': '0' });
    await this.fill({ 'Per minute': '600', Name: name });
    await expect(this.main.getByText('Ready', { exact: true })).toBeVisible();
  }

  /** Names the routers of the first stage. */
  async canaries(serials: string[]): Promise<void> {
    await this.main.getByText(/^Canaries, by serial number/).click();
    await this.main.getByRole('textbox', { name: 'Serial numbers' }).fill(serials.join('\n'));
    await this.main.getByRole('button', { name: 'Add these' }).click();
    await expect(this.main.getByText(`${serials.length} found.`)).toBeVisible({ timeout: 60_000 });
    await this.field('Up to').selectOption('Named canaries');
  }

  /** Waits until the audience of the form has so many routers. */
  async counted(routers: number, timeout = 30_000): Promise<void> {
    await expect(async () => {
      await this.main.getByRole('button', { name: 'Count', exact: true }).click();
      await expect(this.main.locator('#audience')).toContainText(`${routers} routers`, { timeout: 2000 });
    }).toPass({ timeout });
  }

  /** Fills fields of the form, by their labels. */
  async fill(fields: Record<string, string>): Promise<void> {
    for (const [label, value] of Object.entries(fields)) await this.field(label).fill(value);
  }

  async kind(label: string): Promise<void> {
    await this.main.getByRole('group', { name: 'Kind' }).getByText(label, { exact: true }).click();
  }

  /** Saves the plan and starts it, after the name was typed. */
  async start(name: string): Promise<void> {
    await this.act('Save and start').click();
    await expect(this.dialog).toContainText('Start this campaign?');
    await this.dialog.getByLabel(/to confirm$/).fill(name);
    await this.dialog.getByRole('button', { name: 'Start', exact: true }).click();
    await expect(this.dialog).toBeHidden();
  }
}
