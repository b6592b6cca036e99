import type { Locator } from '@playwright/test';
import { PortalPage } from './portal';

/** `/sign-in` */
export class SignInPage extends PortalPage {
  async goto(): Promise<void> {
    await this.open('/sign-in');
  }

  async signIn(username: string, password: string): Promise<void> {
    await this.page.getByLabel('Username').fill(username);
    await this.page.getByLabel('Password', { exact: true }).fill(password);
    await this.submit.click();
  }

  get submit(): Locator {
    return this.page.getByRole('button', { name: 'Sign in' });
  }

  /** The message at the password field. */
  get error(): Locator {
    return this.page.locator('#password-err');
  }
}
