import { expect, type Locator } from '@playwright/test';
import { PortalPage } from './portal';

/** `/settings/people` */
export class PeoplePage extends PortalPage {
  async goto(): Promise<void> {
    await this.open('/settings/people');
  }

  row(username: string): Locator {
    return this.page.getByRole('row').filter({ hasText: username });
  }

  /** Invites somebody and returns the one-time link. */
  async invite(person: { username: string; name: string; role: string }): Promise<string> {
    await this.page.getByRole('button', { name: 'Invite somebody' }).click();
    const dialog = this.page.getByRole('dialog', { name: 'Invite somebody' });
    await dialog.getByLabel('Username').fill(person.username);
    await dialog.getByLabel('Name', { exact: true }).fill(person.name);
    await dialog.getByLabel('Role').selectOption({ label: person.role });
    await dialog.getByRole('button', { name: 'Make the link' }).click();
    return this.link();
  }

  /** The link that is shown, and closes its dialog. */
  async link(): Promise<string> {
    const dialog = this.page.getByRole('dialog', { name: 'A link to set a password' });
    const link = (await dialog.getByRole('button', { name: /^Copy link/ }).innerText()).trim();
    await dialog.getByRole('button', { name: 'Done' }).click();
    await expect(dialog).toBeHidden();
    return link;
  }

  async manage(username: string): Promise<Locator> {
    await this.row(username).getByRole('button', { name: 'Manage' }).click();
    const dialog = this.page.getByRole('dialog').filter({ has: this.page.getByRole('button', { name: 'Save' }) });
    await expect(dialog).toBeVisible();
    return dialog;
  }

  /** "Confirm that it is you". */
  get confirmation(): Locator {
    return this.page.getByRole('dialog', { name: 'Confirm that it is you' });
  }

  async confirm(password: string): Promise<void> {
    await this.confirmation.getByLabel('Your password', { exact: true }).fill(password);
    await this.confirmation.getByRole('button', { name: 'Confirm' }).click();
    await expect(this.confirmation).toBeHidden();
  }
}
