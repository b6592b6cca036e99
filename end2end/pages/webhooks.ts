import type { Locator } from '@playwright/test';
import { PortalPage } from './portal';

/** `/settings/webhooks` */
export class WebhooksPage extends PortalPage {
  async goto(): Promise<void> {
    await this.open('/settings/webhooks');
  }

  row(name: string): Locator {
    return this.page.getByRole('row', { name: new RegExp(name) });
  }

  get dialog(): Locator {
    return this.page.getByRole('dialog');
  }
}
