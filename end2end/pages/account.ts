import type { Locator } from '@playwright/test';
import { PortalPage } from './portal';

/** `/profile`: what somebody signs in with, and where. */
export class AccountPage extends PortalPage {
  async goto(): Promise<void> {
    await this.open('/profile');
  }

  get sessions(): Locator {
    return this.page.getByRole('list', { name: 'Sessions' }).getByRole('listitem');
  }

  section(name: string): Locator {
    return this.page.getByRole('region', { name });
  }

  get setUp(): Locator {
    return this.page.getByRole('dialog', { name: 'Set up an app for codes' });
  }

  async changePassword(old: string, fresh: string): Promise<void> {
    const section = this.section('Password');
    await section.getByLabel('Password you have', { exact: true }).fill(old);
    await section.getByLabel('New password', { exact: true }).fill(fresh);
    await section.getByRole('button', { name: 'Change the password' }).click();
  }
}
