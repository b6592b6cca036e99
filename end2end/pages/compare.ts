import { expect, type Locator } from '@playwright/test';
import { HomePage } from './home';

/** `/devices/{id}/compare`, and what else of a router is held up to the light: its passwords, its door to the outside. */
export class ComparePage extends HomePage {
  /** Opens a router by its serial number once it was read whole; its number. */
  async find(serial: string): Promise<string> {
    let id = '';
    await expect(async () => {
      await this.page.goto(`/devices?q=${serial}`);
      const link = this.page.getByRole('rowheader').getByRole('link').first();
      id = (await link.getAttribute('href', { timeout: 1000 }))!.split('/').pop()!;
      await this.goto(id, '/wifi');
      await expect(this.network('Home network')).toBeVisible({ timeout: 1000 });
    }).toPass({ timeout: 90_000 });
    await this.goto(id);
    return id;
  }

  /** Waits until enough routers of the model were read to say what is usual. */
  async comparable(id: string): Promise<void> {
    await expect(async () => {
      await this.goto(id, '/compare');
      await expect(this.section).toContainText(/settings compared with those of \d+ routers/, { timeout: 1000 });
      await expect(this.section).not.toContainText('Too few routers', { timeout: 1000 });
    }).toPass({ timeout: 90_000 });
  }

  get section(): Locator {
    return this.page.getByRole('region', { name: 'Compare', exact: true });
  }

  /** The line of a setting, by its short name. */
  setting(name: string): Locator {
    return this.page
      .getByRole('region', { name: 'What differs, scrollable table' })
      .getByRole('row')
      .filter({ has: this.page.getByRole('rowheader', { name: new RegExp(`^${name}(\\s|$)`) }) });
  }

  async with(name: string): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Compare with' }).getByRole('link', { name }).click();
  }

  async withRouter(serial: string): Promise<void> {
    const form = this.page.getByRole('form', { name: 'Compare with another router' });
    await form.getByLabel('Another router').fill(serial);
    await form.getByRole('button', { name: 'Compare' }).click();
  }

  /** The door to the router's own pages. */
  get door(): Locator {
    return this.card('Its own pages from outside');
  }
}
