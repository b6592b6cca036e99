import type { Locator } from '@playwright/test';
import { PortalPage } from './portal';

/** `/devices` */
export class DevicesPage extends PortalPage {
  async goto(query = ''): Promise<void> {
    await this.open(`/devices${query}`);
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

  /** Opens a device from the list. */
  async openDevice(text: string): Promise<void> {
    await this.row(text).getByRole('rowheader').getByRole('link').click();
  }
}
