// Takes a picture of every page at desktop and phone width, light and dark, into shots/.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pages, withDataset } from './pages.mjs';
import { browserPath, open, settled } from './world.mjs';

if (!browserPath()) {
  console.error('no browser found: install chromium, or name one in CHROMIUM');
  process.exit(1);
}
const world = await open();
const folder = join(import.meta.dirname, 'shots');
try {
  for (const dataset of world.datasets) {
    mkdirSync(join(folder, dataset), { recursive: true });
    for (const [width, height, size] of [[1440, 900, 'desktop'], [390, 844, 'phone']]) {
      for (const colorScheme of ['light', 'dark']) {
        const context = await world.browser.newContext({ viewport: { width, height }, colorScheme });
        const page = await context.newPage();
        for (const { name, path } of pages) {
          await page.goto(world.base + withDataset(path, dataset));
          await settled(page);
          await page.screenshot({ path: join(folder, dataset, `${name}-${size}-${colorScheme}.png`), fullPage: true });
        }
        await context.close();
      }
    }
  }
  console.log(`pictures of ${pages.length} pages of ${world.datasets.join(' and ')} are in browser/shots`);
} finally {
  await world.close();
}
