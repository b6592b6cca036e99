import type { Locator } from '@playwright/test';
import { PortalPage } from './portal';

/** `/devices/{id}` with its sections. */
export class DevicePage extends PortalPage {
  async goto(id: string, section = ''): Promise<void> {
    await this.open(`/devices/${id}${section}`);
  }

  /** `Online`, `Late`, `Offline` or `Rebooting`, beside the name. */
  get presence(): Locator {
    return this.heading.locator('xpath=following-sibling::*[1]');
  }

  /** A section's tab: `Summary`, `Parameters`, `Tasks`, `Timeline`. */
  tab(name: string): Locator {
    return this.page.getByRole('navigation').getByRole('link', { name });
  }

  /** Where the trouble is, with its evidence. */
  get verdict(): Locator {
    return this.page.getByRole('region', { name: /likely cause|All is well|Not known yet/ });
  }

  /** One of the five values: `Internet`, `Line`, `Wi-Fi`, `Home`, `Firmware`. */
  tile(label: string): Locator {
    return this.page.getByRole('region', { name: 'Key values' }).getByRole('link', { name: new RegExp(`^${label}`) });
  }

  /** What goes on with the device. */
  get activity(): Locator {
    return this.page.getByRole('complementary', { name: 'Activity on this device' });
  }

  /** The form of a radio, by its band, such as `2.4 GHz`. */
  radio(band: string): Locator {
    return this.page.getByRole('group', { name: `${band} radio` });
  }

  async changeChannel(band: string, channel: string): Promise<void> {
    const radio = this.radio(band);
    await radio.getByLabel('New channel').selectOption(channel);
    await radio.getByRole('button', { name: 'Change channel' }).click();
  }

  async reboot(): Promise<void> {
    await this.page.getByRole('group', { name: 'Device actions' }).getByRole('button', { name: 'Reboot' }).click();
    await this.page.getByRole('dialog').getByRole('button', { name: 'Reboot now' }).click();
  }

  /** An entry of the menu behind the actions. */
  async more(name: string): Promise<void> {
    await this.page.getByRole('button', { name: 'More actions' }).click();
    await this.page.getByRole('button', { name, exact: true }).click();
  }

  /** Has the device load a file, by the words of its entry. */
  async load(file: RegExp): Promise<void> {
    await this.more('Load a file…');
    const dialog = this.page.getByRole('dialog');
    const words = await dialog.getByRole('option', { name: file }).textContent();
    await dialog.getByLabel('File').selectOption({ label: words ?? '' });
    await dialog.getByRole('button', { name: 'Load it now' }).click();
  }

  async refresh(): Promise<void> {
    await this.page.getByRole('group', { name: 'Device actions' }).getByRole('button', { name: 'Refresh' }).click();
  }

  /** A parameter's row in the open object, by its short name. */
  parameter(name: string): Locator {
    return this.page
      .getByRole('region', { name: 'Values, scrollable table' })
      .getByRole('row')
      // Behind the name stands what it is for.
      .filter({ has: this.page.getByRole('rowheader', { name: new RegExp(`^${name}(\\s|$)`) }) });
  }

  /** Opens the editor of a parameter and returns the control that its new value goes into. */
  async editParameter(name: string): Promise<Locator> {
    await this.parameter(name).getByRole('button', { name: `Edit ${name}` }).click();
    return this.page.getByLabel(`New value for ${name}`);
  }
}
