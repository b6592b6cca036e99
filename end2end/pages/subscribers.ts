import type { Locator } from '@playwright/test';
import { PortalPage } from './portal';

/** `/subscribers` and the pages below it. */
export class SubscribersPage extends PortalPage {
  async goto(path = ''): Promise<void> {
    await this.open(`/subscribers${path}`);
  }

  /** The rows of the list. */
  get rows(): Locator {
    return this.page.getByRole('region', { name: 'Subscribers, scrollable table' }).locator('tbody').getByRole('row');
  }

  row(text: string): Locator {
    return this.rows.filter({ hasText: text });
  }

  get dialog(): Locator {
    return this.page.getByRole('dialog');
  }

  /** A card of a subscriber's page: `Details`, `Routers`, `Notes`, `History`. */
  card(name: string): Locator {
    return this.page.getByRole('region', { name, exact: true });
  }

  async openNew(): Promise<void> {
    await this.goto('/new');
  }

  /** Fills fields of the form by their labels. */
  async fill(fields: Record<string, string>): Promise<void> {
    for (const [label, value] of Object.entries(fields)) {
      await this.page.getByLabel(label, { exact: true }).fill(value);
    }
  }

  /** Uploads a table and waits for its columns. */
  async upload(name: string, text: string): Promise<void> {
    await this.goto('/import');
    await this.page.getByLabel('File').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });
    await this.page.getByRole('button', { name: 'Read the file' }).click();
    await this.page.waitForURL(/\/subscribers\/import\/.+/);
  }

  /** What a column of the table is taken for. */
  column(name: string): Locator {
    return this.page.getByLabel(name, { exact: true });
  }

  /** How the import goes. */
  get outcome(): Locator {
    return this.page.getByRole('heading', { level: 2 }).getByRole('status');
  }
}
