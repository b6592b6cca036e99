import type { Locator, Page } from '@playwright/test';
import { DevicePage } from './device';

/** Counts what a person would press, so that a test can hold a task to its number of clicks. */
export class Clicks {
  private constructor(private readonly page: Page) {}

  /** Begins to count; survives navigation inside the portal. */
  static async count(page: Page): Promise<Clicks> {
    await page.evaluate(() => {
      const counter = window as unknown as { pressed: number; counts?: boolean };
      counter.pressed = 0;
      if (counter.counts) return;
      counter.counts = true;
      document.addEventListener('pointerdown', () => (counter.pressed += 1), true);
    });
    return new Clicks(page);
  }

  /** A choice from a list is one click, too; the driver makes it without the pointer. */
  async choose(list: Locator, option: string | { label: string } | { value: string }): Promise<void> {
    await list.selectOption(option);
    await this.page.evaluate(() => ((window as unknown as { pressed: number }).pressed += 1));
  }

  async sofar(): Promise<number> {
    return this.page.evaluate(() => (window as unknown as { pressed: number }).pressed);
  }
}

/** The sections `wifi` and `network` of a device. */
export class HomePage extends DevicePage {
  card(name: string): Locator {
    return this.page.getByRole('region', { name, exact: true });
  }

  /** `Home network` or `Guest network`. */
  network(name: string): Locator {
    return this.page.getByRole('form', { name });
  }

  get clients(): Locator {
    return this.page.getByRole('region', { name: 'Devices on Wi-Fi, scrollable table' }).locator('tbody').getByRole('row');
  }

  get hosts(): Locator {
    return this.page.getByRole('region', { name: 'Devices in the home, scrollable table' }).locator('tbody').getByRole('row');
  }

  get forwards(): Locator {
    return this.page.getByRole('region', { name: 'Port forwards, scrollable table' }).locator('tbody').getByRole('row');
  }

  /** The radio's card on the Wi-Fi section. */
  radioCard(band: string): Locator {
    return this.page.getByRole('region', { name: band, exact: true });
  }

  get dialog(): Locator {
    return this.page.getByRole('dialog');
  }
}
