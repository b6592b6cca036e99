import { expect, type Locator } from '@playwright/test';
import { PortalPage } from './portal';

/** `/devices/{id}/diagnostics`: tests that the router runs. */
export class DiagnosticsPage extends PortalPage {
  async goto(id: string, query = ''): Promise<void> {
    await this.open(`/devices/${id}/diagnostics${query}`);
  }

  /** Chooses a test by its name, such as `Route`. */
  async choose(name: string): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Test', exact: true }).getByRole('link', { name }).click();
    await expect(this.form(name)).toBeVisible();
  }

  /** The fields of the chosen test. */
  form(name: string): Locator {
    return this.page.getByRole('form', { name });
  }

  get start(): Locator {
    return this.page.getByRole('button', { name: 'Start' });
  }

  get stop(): Locator {
    return this.page.getByRole('button', { name: 'Stop', exact: true });
  }

  /** A test that has not ended. */
  get running(): Locator {
    return this.page.getByRole('region', { name: 'Running test' });
  }

  /** What the newest test of the chosen kind found, by its heading. */
  found(heading: string | RegExp): Locator {
    return this.page.getByRole('region', { name: heading });
  }

  /** Rows of the history, newest first. */
  get history(): Locator {
    return this.page.getByRole('region', { name: 'Earlier tests, scrollable table' }).getByRole('row').filter({
      has: this.page.getByRole('rowheader'),
    });
  }

  /** An action in the head of the page, such as `Speed test`. */
  action(name: string): Locator {
    const group = this.page.getByRole('group', { name: 'Device actions' });
    return group.getByRole('button', { name }).or(group.getByRole('link', { name }));
  }
}
