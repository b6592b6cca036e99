import { PortalPage } from './portal';

/** `/traces`: recordings of routers that are not listed. */
export class TracesPage extends PortalPage {
  async goto(): Promise<void> {
    await this.open('/traces');
  }

  async watch(serial: string): Promise<void> {
    await this.page.getByLabel('Serial number, or the address').fill(serial);
    await this.page.getByRole('button', { name: 'Record for 15 minutes' }).click();
  }
}
