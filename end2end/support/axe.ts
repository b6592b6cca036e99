import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

/** The page has no violation that axe can find of WCAG 2.2 A and AA. */
export async function expectAccessible(page: Page): Promise<void> {
  // What stands half below the bar at the top would count as too small.
  await page.evaluate(() => window.scrollTo(0, 0));
  const result = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
    .analyze();
  const found = result.violations.map(
    (violation) => `${violation.id}: ${violation.help}\n  ${violation.nodes.map((node) => node.target.join(' ')).join('\n  ')}`,
  );
  expect(found, found.join('\n')).toEqual([]);
  // A page that axe saw nothing on proves nothing.
  expect(result.passes.length).toBeGreaterThan(5);
}
