import type { Locator } from '@playwright/test';
import { PortalPage } from './portal';

/** The search of every page, and the command palette. */
export class Find extends PortalPage {
  async goto(path: string): Promise<void> {
    await this.open(path);
  }

  get box(): Locator {
    return this.page.getByRole('search').getByRole('combobox');
  }

  /** Pinned and recent ones, or matches. */
  get list(): Locator {
    return this.page.getByRole('search').getByRole('listbox');
  }

  get palette(): Locator {
    return this.page.getByRole('dialog', { name: 'Commands' });
  }

  /** The palette's field. */
  get command(): Locator {
    return this.palette.getByRole('combobox');
  }

  /** Types a text as a person does, in place of what is there. */
  async type(text: string): Promise<void> {
    await this.box.fill('');
    await this.box.pressSequentially(text);
  }

  match(text: string): Locator {
    return this.list.getByRole('option').filter({ hasText: text }).first();
  }
}
