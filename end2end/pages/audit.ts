import type { Locator } from '@playwright/test';
import { PortalPage } from './portal';

/** `/settings/audit`. */
export class AuditPage extends PortalPage {
  async goto(query = ''): Promise<void> {
    await this.open(`/settings/audit${query}`);
  }

  get rows(): Locator {
    return this.page.getByRole('region', { name: 'Audit log, scrollable table' }).locator('tbody').getByRole('row');
  }

  row(text: string): Locator {
    return this.rows.filter({ hasText: text });
  }

  /** Sets fields of the filter by their labels, and applies them. */
  async filter(choices: Record<string, string>): Promise<void> {
    await this.page.getByRole('button', { name: 'Filter', exact: true }).click();
    for (const [label, choice] of Object.entries(choices)) {
      await this.page.getByLabel(label, { exact: true }).selectOption(choice);
    }
    await this.page.getByRole('button', { name: 'Apply' }).click();
  }

  /** What an entry says of itself. */
  async details(row: Locator): Promise<Locator> {
    await row.getByText('Details', { exact: true }).click();
    return row.getByRole('rowheader');
  }
}
