// Starts the program on the world of the demonstration and, where the data are there, on the real extract; and the browser.
import assert from 'node:assert/strict';
import { spawn, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright-core';

const root = resolve(import.meta.dirname, '..');
const data = process.env.CHOKEPOINT_TEST_DATA || resolve(root, '../shared/data');
const extract = join(data, 'baci-hs17-2024/BACI_HS17_V202601.zip');

/** short leaves out most of the work: CHOKEPOINT_BROWSER=short. */
export const short = process.env.CHOKEPOINT_BROWSER === 'short';

/** browserPath finds a browser: CHROMIUM, else one on the path; '' where there is none. */
export const browserPath = () => {
  const found = process.env.CHROMIUM ? [process.env.CHROMIUM] : ['chromium', 'chromium-browser', 'google-chrome']
    .flatMap((name) => (process.env.PATH || '').split(':').map((dir) => join(dir, name)));
  return found.find((path) => existsSync(path)) || '';
};

/** other is a small dataset of another revision and other years, so that there is one to switch to. */
export const other = 'small-hs92';

/** writeOther writes its archive. */
const writeOther = (folder) => {
  mkdirSync(folder);
  const economies = [[124, 'Canada', 'CA', 'CAN'], [156, 'China', 'CN', 'CHN'], [251, 'France', 'FR', 'FRA'], [276, 'Germany', 'DE', 'DEU'], [392, 'Japan', 'JP', 'JPN'], [842, 'USA', 'US', 'USA']];
  const products = ['270900', '280461', '284690', '810411', '850650', '854121', '854800', '870332', '880330', '901380'];
  const table = (lines) => lines.map((line) => line.join(',')).join('\n') + '\n';
  writeFileSync(join(folder, 'country_codes_V190001.csv'), table([['country_code', 'country_name', 'country_iso2', 'country_iso3'], ...economies]));
  writeFileSync(join(folder, 'product_codes_HS92_V190001.csv'), table([['code', 'description'], ...products.map((code) => [code, `Made-up product ${code}`])]));
  for (const year of [1999, 2000]) {
    const flows = products.flatMap((code, k) => economies.flatMap(([from], i) => economies
      .filter((to, j) => i !== j && (i + j + k) % 3 > 0).map(([to], j) => [year, from, to, code, ((i === k % 6 ? 9000 : 100) * (j + 1) + k + year / 1000).toFixed(3), 'NA'])));
    writeFileSync(join(folder, `BACI_HS92_Y${year}_V190001.csv`), table([['t', 'i', 'j', 'k', 'v', 'q'], ...flows]));
  }
};

/** open builds and starts everything. close stops it and takes its folder away. */
export const open = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'chokepoint-browser-'));
  const program = join(folder, 'chokepoint');
  const env = { ...process.env, CHOKEPOINT_DATA: join(folder, 'data') };
  const run = (...args) => execFileSync(program, args, { env, maxBuffer: 1 << 28, timeout: 300_000, stdio: ['ignore', 'pipe', 'pipe'] });
  let server;
  let browser;
  const close = async () => {
    await browser?.close();
    server?.kill('SIGTERM');
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  process.once('exit', () => server?.kill('SIGKILL'));
  try {
    execFileSync('go', ['build', '-o', program, './cmd/chokepoint'], { cwd: root, env: { ...env, CGO_ENABLED: '0' }, timeout: 300_000 });
    run('demo');
    writeOther(join(folder, 'other'));
    run('ingest', 'baci', join(folder, 'other'), '--name', other, '--title', 'SYNTHETIC: a small world');
    const datasets = ['synthetic-demo'];
    if (short) {
      console.log('short: the synthetic world and some pages alone');
    } else if (existsSync(extract)) {
      run('ingest', 'baci', extract, '--name', 'real-2024');
      datasets.push('real-2024');
    } else {
      console.log(`the real extract is not there (${extract}): only the synthetic world is looked at`);
    }
    server = spawn(program, ['serve', '--addr', '127.0.0.1:0', '--rate', '-1', '--dataset', 'synthetic-demo'], { env, stdio: ['ignore', 'pipe', 'ignore'] });
    const base = await new Promise((found, failed) => {
      let text = '';
      server.stdout.on('data', (part) => {
        text += part;
        const address = text.match(/http:\/\/[0-9.:]+/);
        if (address) found(address[0]);
      });
      server.once('exit', (code) => failed(new Error(`the server ended with ${code}`)));
      setTimeout(() => failed(new Error('the server said no address in 20 seconds')), 20_000).unref();
    });
    browser = await chromium.launch({ executablePath: browserPath(), args: ['--no-sandbox'] });
    return { base, folder, browser, datasets, run, close, visit: (address, how) => visit(browser, base + address, how) };
  } catch (err) {
    await close();
    throw err;
  }
};

/** visit opens a page and collects what goes wrong in it. */
const visit = async (browser, address, how = { viewport: { width: 1440, height: 900 }, colorScheme: 'light' }) => {
  const context = await browser.newContext(how);
  const page = await context.newPage();
  page.setDefaultTimeout(120_000); // of a machine that does much else
  const errors = [];
  page.on('console', (m) => { if (m.type() === 'error') errors.push(m.text()); });
  page.on('pageerror', (err) => errors.push(String(err)));
  await page.addInitScript(() => {
    window.shifted = 0;
    new PerformanceObserver((list) => { for (const e of list.getEntries()) if (!e.hadRecentInput) window.shifted += e.value; }).observe({ type: 'layout-shift', buffered: true });
  });
  const response = await page.goto(address);
  await settled(page);
  return { page, errors, response, close: () => context.close() };
};

/** jobIn opens the first page of a dataset and counts what is done there: choosing, typing, pressing. */
export const jobIn = async (world, dataset, most, act) => {
  const v = await world.visit(`/?dataset=${dataset}`);
  let steps = 0;
  const step = async (done) => { steps++; return done; };
  try {
    await act(v.page, step);
    assert.deepEqual(v.errors, []);
    assert.ok(steps <= most, `${steps} steps; at most ${most} are allowed`);
  } finally {
    await v.close();
  }
  return steps;
};

/** asked types into the search with the keyboard alone and goes to the first thing found. */
export const asked = async (page, step, text, address) => {
  await page.keyboard.press('/'); // no step: the field may be clicked as well
  await step(page.keyboard.type(text));
  await page.locator('#found [aria-selected=true]').waitFor();
  assert.equal(await page.locator('#q').getAttribute('aria-activedescendant'), 'found-0');
  await step(page.keyboard.press('Enter'));
  await page.waitForURL(address);
  await settled(page);
};

/** settled waits until a page has drawn what is in view. */
export const settled = async (page) => {
  await page.waitForLoadState('load');
  await page.waitForFunction(() => !document.querySelector('.htmx-request'));
  await page.waitForTimeout(400);
};
