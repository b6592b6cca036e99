import { expect, type Locator, type Page } from '@playwright/test';

/** What all pages of the portal have in common. */
export abstract class PortalPage {
  constructor(readonly page: Page) {}

  /** Opens a path and waits until the page reacts to clicks. */
  protected async open(path: string): Promise<void> {
    await this.page.goto(path);
    await this.hydrated();
  }

  /** Waits until the browser half has taken over the page. */
  async hydrated(): Promise<void> {
    await expect(this.page.locator('html')).toHaveAttribute('data-hydrated', '');
  }

  get heading(): Locator {
    return this.page.getByRole('heading', { level: 1 });
  }

  get search(): Locator {
    return this.page.getByRole('search').getByRole('searchbox');
  }
}
