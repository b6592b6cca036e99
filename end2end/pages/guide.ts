import { expect, type Locator } from '@playwright/test';
import { PortalPage } from './portal';

/** `/devices/{id}/guide/{kind}`: a way through a complaint. */
export class GuidePage extends PortalPage {
  async goto(device: string, kind: 'slow-wifi' | 'no-internet' | 'new-router'): Promise<void> {
    await this.open(`/devices/${device}/guide/${kind}`);
  }

  /** Begins the guide of the open page. */
  async begin(): Promise<void> {
    await this.beginning.click();
    await expect(this.beginning).toHaveCount(0);
  }

  /** The button before the first step; without it the guide runs. */
  get beginning(): Locator {
    return this.page.getByRole('button', { name: 'Begin the guide' });
  }

  /** All steps, those behind first. */
  get steps(): Locator {
    return this.page.getByRole('main').locator('ol').first().locator(':scope > li');
  }

  /** The step that is open. */
  get now(): Locator {
    return this.page.locator('[aria-current="step"]');
  }

  /** What can be done at the open step; the first is the one to take. */
  choice(name: string | RegExp): Locator {
    return this.now.getByRole('button', { name });
  }

  /** How it ended. */
  get end(): Locator {
    return this.page.getByRole('region', { name: /^(Wi-Fi is slow|No internet|New router)$/ }).getByRole('status');
  }
}
