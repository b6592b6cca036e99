import { expect, type Locator } from '@playwright/test';
import { PortalPage } from './portal';

/** `/devices` */
export class DevicesPage extends PortalPage {
  async goto(query = ''): Promise<void> {
    await this.open(`/devices${query}`);
  }

  /** The number of a router that is online, as soon as there is one. */
  async firstOnline(): Promise<string> {
    await expect(async () => {
      await this.goto('?state=online');
      await expect(this.rows).not.toHaveCount(0, { timeout: 1000 });
    }).toPass({ timeout: 60_000 });
    const href = await this.rows.first().getByRole('rowheader').getByRole('link').getAttribute('href');
    return href!.split('/').pop()!;
  }

  get table(): Locator {
    return this.page.getByRole('region', { name: 'Devices, scrollable table' });
  }

  /** The rows of devices, without the head. */
  get rows(): Locator {
    return this.table.locator('tbody').getByRole('row');
  }

  /** The row of a device, by anything that stands in it, such as its serial number. */
  row(text: string): Locator {
    return this.rows.filter({ hasText: text });
  }

  /** A ready-made view: `All devices`, `Online`, `Offline`, `New this week`. */
  view(name: string): Locator {
    return this.page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name });
  }

  /** Heads of the columns, in order. */
  get heads(): Locator {
    return this.table.getByRole('columnheader');
  }

  /** Opens and closes the menu of columns. */
  get columns(): Locator {
    return this.page.getByRole('button', { name: 'Columns', exact: true });
  }

  column(name: string): Locator {
    return this.page.getByRole('group', { name: 'Columns of this list' }).getByLabel(name, { exact: true });
  }

  /** What can be done with the selected devices. */
  get bulk(): Locator {
    return this.page.getByRole('region', { name: 'Selected devices' });
  }

  /** Orders for many devices, and what came of them. */
  get orders(): Locator {
    return this.page.getByRole('region', { name: 'Orders for many routers' });
  }

  async selectPage(): Promise<void> {
    await this.table.getByLabel('Select all on this page').check();
  }

  get dialog(): Locator {
    return this.page.getByRole('dialog');
  }

  /** Keeps what the list shows under a name. */
  async saveView(name: string, shared = false): Promise<void> {
    await this.page.getByRole('button', { name: 'Save view', exact: true }).click();
    await this.dialog.getByLabel('Name').fill(name);
    if (shared) await this.dialog.getByLabel('Everybody has this view').check();
    await this.dialog.getByRole('button', { name: 'Save view' }).click();
    await this.dialog.waitFor({ state: 'hidden' });
  }

  /** Opens a device from the list. */
  async openDevice(text: string): Promise<void> {
    await this.row(text).getByRole('rowheader').getByRole('link').click();
  }
}
