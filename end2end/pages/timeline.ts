import { expect, type Locator, type Page } from '@playwright/test';
import { PortalPage } from './portal';

/** `/devices/{id}/timeline`. */
export class TimelinePage extends PortalPage {
  constructor(
    page: Page,
    readonly device: string,
  ) {
    super(page);
  }

  async goto(query = ''): Promise<void> {
    await this.open(`/devices/${this.device}/timeline${query}`);
  }

  private get card(): Locator {
    return this.page.getByRole('region', { name: 'Timeline', exact: true });
  }

  /** The entries of the page, newest first. */
  get entries(): Locator {
    return this.card.getByRole('listitem');
  }

  get people(): Locator {
    return this.page.getByLabel('By whom').and(this.page.getByRole('combobox'));
  }

  async kind(name: string): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Kinds of entries' }).getByRole('link', { name }).click();
  }

  async compare(name: string): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Entries or differences' }).getByRole('link', { name }).click();
  }

  /** What is different in a part of the device. */
  differences(part: string): Locator {
    return this.card.getByRole('heading', { name: part }).locator('xpath=following-sibling::*[1]');
  }

  /** Shows what came since the page was opened. */
  async showNew(): Promise<void> {
    await this.card.getByRole('status').getByRole('link').click();
  }

  async addNote(text: string): Promise<void> {
    await this.page.getByRole('button', { name: 'Add a note' }).click();
    const dialog = this.page.getByRole('dialog');
    await dialog.getByLabel('What the next one should know').fill(text);
    await dialog.getByRole('button', { name: 'Save note' }).click();
    await expect(dialog).toBeHidden();
  }

  async escalate(reason: string): Promise<void> {
    await this.page.getByRole('button', { name: 'Escalate' }).click();
    const dialog = this.page.getByRole('dialog');
    await dialog.getByLabel('What is wrong, and what was tried').fill(reason);
    await dialog.getByRole('button', { name: 'Escalate' }).click();
  }
}
