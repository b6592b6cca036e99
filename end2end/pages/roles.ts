import type { Locator } from '@playwright/test';
import { PortalPage } from './portal';

/** `/settings/roles` */
export class RolesPage extends PortalPage {
  async goto(): Promise<void> {
    await this.open('/settings/roles');
  }

  role(name: string): Locator {
    return this.page.getByRole('region', { name, exact: true });
  }

  get dialog(): Locator {
    return this.page.getByRole('dialog');
  }

  may(what: string): Locator {
    return this.dialog.getByRole('checkbox', { name: new RegExp(`^${what}`) });
  }
}
