import type { Locator } from '@playwright/test';
import { PortalPage } from './portal';

/** `/setup`: the first administrator. */
export class SetupPage extends PortalPage {
  /** Opens the one-time link. */
  async openLink(link: string): Promise<void> {
    await this.open(link);
  }

  async create(person: { name: string; username: string; password: string }): Promise<void> {
    await this.page.getByLabel('Your name').fill(person.name);
    await this.page.getByLabel('Username').fill(person.username);
    await this.page.getByLabel('Password', { exact: true }).fill(person.password);
    await this.submit.click();
  }

  get submit(): Locator {
    return this.page.getByRole('button', { name: 'Create the administrator' });
  }

  /** What the page says instead of the form when the link is used up. */
  get usedUp(): Locator {
    return this.page.getByText('This link is used up.');
  }
}
