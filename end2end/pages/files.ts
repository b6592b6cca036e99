import type { Locator } from '@playwright/test';
import { PortalPage } from './portal';

/** `/files` */
export class FilesPage extends PortalPage {
  async goto(query = ''): Promise<void> {
    await this.open(`/files${query}`);
  }

  /** The rows of the list. */
  get rows(): Locator {
    return this.page.getByRole('region', { name: 'Files, scrollable table' }).locator('tbody').getByRole('row');
  }

  /** The row of a file. */
  row(name: string): Locator {
    return this.rows.filter({ hasText: name });
  }

  get dialog(): Locator {
    return this.page.getByRole('dialog');
  }

  async openUpload(): Promise<void> {
    await this.page.getByRole('button', { name: 'Upload a file' }).first().click();
  }

  /** Fills the form of the open dialog and sends it. */
  async upload(file: { name: string; mimeType: string; buffer: Buffer }, version = '', models = ''): Promise<void> {
    await this.dialog.getByLabel('File', { exact: true }).setInputFiles(file);
    await this.dialog.getByLabel('Version', { exact: true }).fill(version);
    await this.dialog.getByLabel('Models').fill(models);
    await this.dialog.getByRole('button', { name: 'Upload', exact: true }).click();
  }
}
