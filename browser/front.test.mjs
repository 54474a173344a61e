// Does the jobs that people come for, and counts the steps: choosing, typing, pressing. A job takes at most four, one with lists and
// blocs of the visitor's own six.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { asked, browserPath, jobIn, open, settled } from './world.mjs';

const options = browserPath() ? {} : { skip: 'no browser found: install chromium, or name one in CHROMIUM' };
const data = process.env.CHOKEPOINT_TEST_DATA || resolve(import.meta.dirname, '../../shared/data');
const paper = join(data, 'baci-hs92-paper-1995-2018');

let world;
before(async () => { if (browserPath()) world = await open(); });
after(async () => { await world?.close(); });

const job = (...of) => jobIn(world, ...of);

test('(c) is the dependence mutual?', options, async (t) => {
  t.diagnostic(`${await job('synthetic-demo', 4, async (page, step) => {
    await asked(page, step, 'USA China', /\/pair\?.*importers=USA.*partners=CHN/);
    assert.match(await page.locator('.lead').innerText(), /depended on .* in \d+ products?.*, .* on .* in (\d+|none)/);
  })} steps`);
});

test('(e) choke points in Made in China 2025', options, async (t) => {
  t.diagnostic(`${await job('synthetic-demo', 4, async (page, step) => {
    await asked(page, step, 'mic25', /\/chokepoints\?.*products=list%3Amic25/);
    assert.match(await page.locator('.lead').innerText(), /Among the goods of Made in China 2025/);
  })} steps`);
});

test('(g) thirty codes and a bloc of the visitor\'s own', options, async (t) => {
  const codes = JSON.parse(world.run('products', '85', '--dataset', 'synthetic-demo', '--format', 'json')).rows.slice(0, 30).map((r) => r.product);
  assert.equal(codes.length, 30);
  t.diagnostic(`${await job('synthetic-demo', 6, async (page, step) => {
    await step(page.getByRole('link', { name: /^What does/ }).click());
    await settled(page);
    await step(page.locator('#f-products').evaluate((field, text) => { // pasted, a code a line with its name, as a table has them
      const clipboard = new DataTransfer();
      clipboard.setData('text/plain', text);
      field.dispatchEvent(new ClipboardEvent('paste', { clipboardData: clipboard, bubbles: true, cancelable: true }));
    }, `code,name\n${codes.map((c) => `${c},"some, thing"`).join('\n')}`));
    await step(page.locator('#f-importers').fill('Mine=USA+JPN+GBR'));
    await step(page.getByRole('button', { name: 'Show', exact: true }).click());
    await settled(page);
    assert.match(await page.locator('h1').innerText(), /^Mine and/);
    assert.match(await page.locator('.lead').first().innerText(), /30 chosen products/);
    assert.ok(page.url().includes(codes[29]), 'the address has the codes');
    for (const path of ['/overview', '/product', '/map', '/compare']) { // carried through other pages
      const address = new URL(page.url());
      address.pathname = path;
      for (const name of ['form-dataset', ...(path === '/map' ? ['importers'] : []), ...(path === '/overview' ? ['partners'] : []), ...(path === '/product' ? ['min-value'] : []), 'beside', 'unit']) address.searchParams.delete(name);
      const response = await page.request.get(address.href);
      assert.equal(response.status(), 200, path);
      assert.match(await response.text(), /30 chosen products|000000|30 products/, path);
    }
    await page.locator('#f-importers').fill('mine'); // by its name: the browser has kept it
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await settled(page);
    assert.match(await page.locator('h1').innerText(), /^Mine and/);
  })} steps`);
});

test('a list of a thousand codes of the visitor\'s own', options, async () => {
  const [, ...rows] = world.run('indicators', '--importers', 'USA', '--years', '2024', '--dataset', 'synthetic-demo', '--format', 'csv').toString().trim().split('\n');
  const codes = rows.map((row) => row.split(',')[2]).filter((code) => /^[0-9]{6}$/.test(code)).slice(0, 1000);
  assert.equal(codes.length, 1000);
  const v = await world.visit('/pair?importers=USA&partners=CHN&dataset=synthetic-demo');
  try {
    const show = async () => {
      await v.page.getByRole('button', { name: 'Show', exact: true }).click();
      await v.page.waitForURL(/products=packed/);
      await settled(v.page);
    };
    await v.page.getByRole('button', { name: 'Own list or bloc' }).click();
    await v.page.locator('#mine-name').fill('Thousand');
    await v.page.locator('#mine-text').fill(codes.join('\n'));
    await v.page.locator('#mine [data-own=products]').click();
    await v.page.waitForURL(/products=packed/);
    await settled(v.page);
    const product = '#f-products';
    assert.equal(await v.page.locator(product).inputValue(), 'Thousand');
    assert.match(await v.page.locator('.lead').first().innerText(), /1,000 products of your list/);
    const link = v.page.url();
    assert.ok(link.length < 4200, `an address of ${link.length} characters`);
    await show(); // by its name again
    const file = await v.page.request.get(new URL(await v.page.locator('#on-b [data-download=csv]').getAttribute('href'), world.base).href);
    assert.equal(file.status(), 200);
    const listed = (await file.text()).trim().split('\n').slice(1).map((row) => row.split(','));
    assert.ok(listed.length > 10 && listed.every((row) => row.some((field) => codes.includes(field))), 'the file has products of the list alone');
    for (const path of ['/overview?importers=USA', '/product?importers=USA', '/map?partners=CHN', '/compare?importers=USA', '/chokepoints?partners=CHN']) { // carried through other pages
      const response = await v.page.request.get(`${world.base}${path}&dataset=synthetic-demo&products=${new URL(link).searchParams.get('products')}`);
      assert.equal(response.status(), 200, path);
    }
    await v.page.evaluate(() => localStorage.clear()); // as in the browser of whoever gets the link
    await v.page.goto(link);
    await settled(v.page);
    assert.equal(await v.page.locator(product).inputValue(), 'List of 1000 codes');
    await show();
    assert.match(await v.page.locator('.lead').first().innerText(), /1,000 products of your list/);
    const cut = await v.page.request.get(link.replace(/(products=packed%3A|products=packed:)[^&]{20}/, '$1'));
    assert.equal(cut.status(), 422);
    assert.match(await cut.text(), /packed list of products cannot be read/);
    assert.deepEqual(v.errors, []);
  } finally {
    await v.close();
  }
});

test('(h) waste paper between China and the USA, 2016 to 2018', options, async (t) => {
  if (!existsSync(paper)) return t.skip(`the series of paper is not there (${paper})`);
  world.run('ingest', 'baci', paper, '--name', 'paper');
  for (let i = 0; i < 50 && (await fetch(`${world.base}/?dataset=paper`)).status !== 200; i++) await new Promise((r) => setTimeout(r, 100)); // the server looks for new datasets every two seconds
  t.diagnostic(`${await job('paper', 4, async (page, step) => {
    await asked(page, step, 'China USA waste paper', /\/pair\?.*products=4707/);
    for (const [year, value] of [['2016', '1.92 bn'], ['2017', '1.77 bn'], ['2018', '1.37 bn']]) {
      const row = page.locator('#trade tbody tr', { has: page.locator(`th:has-text("${year}")`) });
      assert.ok((await row.textContent()).includes(value), `${year}: ${await row.textContent()}`);
    }
  })} steps`);
});

test('the menu and the form of a telephone', options, async () => {
  const v = await world.visit('/product?dataset=synthetic-demo', { viewport: { width: 390, height: 844 }, colorScheme: 'light' });
  try {
    const { page } = v;
    const screens = await page.evaluate(() => document.documentElement.scrollHeight / window.innerHeight);
    assert.ok(screens < 8, `the page is ${screens.toFixed(1)} screens long`);
    assert.equal(await page.locator('nav a').first().isVisible(), false);
    await page.getByRole('button', { name: 'Menu' }).click();
    for (const link of await page.locator('nav a').all()) {
      const box = await link.boundingBox();
      assert.ok(box && box.x >= 0 && box.x + box.width <= 390 && box.y >= 0 && box.height >= 24, await link.innerText());
    }
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Change what is shown' }).click();
    assert.equal(await page.locator('#f-products').isVisible(), true);
    await page.keyboard.press('Escape');
    const rows = page.locator('#importers-table tbody tr').locator('visible=true');
    await page.locator('#importers .twin summary').click();
    const first = await rows.count();
    await page.locator('#importers .unfold input').check();
    assert.ok(first > 0 && await rows.count() > first, `${first} rows at first, ${await rows.count()} of the ticked table`);
    assert.equal(await page.locator('#flows .chart').isVisible(), false);
    await page.locator('#flows > .whole input').check();
    await page.locator('#flows canvas').first().waitFor();
  } finally {
    await v.close();
  }
});

test('terms of art are explained where they are pressed', options, async () => {
  const v = await world.visit('/product?dataset=synthetic-demo');
  try {
    await v.page.getByRole('button', { name: 'HHI' }).first().click();
    assert.match(await v.page.locator('#term-hhi').innerText(), /sum of the squares/);
    await v.page.keyboard.press('Escape');
    assert.equal(await v.page.locator('#term-hhi').isVisible(), false);
  } finally {
    await v.close();
  }
});

test('a form does not grow when its script comes late', options, async () => {
  const context = await world.browser.newContext({ viewport: { width: 1440, height: 900 } });
  try {
    const page = await context.newPage();
    const heights = () => page.evaluate(() => document.querySelector('#choices').getBoundingClientRect().height);
    let release;
    const late = new Promise((done) => { release = done; });
    await page.route('**/assets/*asking*', async (route) => { await late; await route.continue(); });
    await page.goto(`${world.base}/chain?dataset=synthetic-demo`, { waitUntil: 'commit' });
    await page.locator('#foot').waitFor({ state: 'attached' });
    await page.evaluate(() => document.fonts.ready);
    const before = await heights();
    release();
    await page.locator('html.js').waitFor();
    assert.equal(await heights(), before);
  } finally {
    await context.close();
  }
});

test('Enter goes to what was typed, also where the answer to it comes late', options, async () => {
  const v = await world.visit('/?dataset=synthetic-demo');
  try {
    await v.page.route('**/search?**', async (route) => {
      if (new URL(route.request().url()).searchParams.get('q') === 'USA China') await new Promise((done) => setTimeout(done, 1500));
      await route.continue();
    });
    await v.page.keyboard.press('/');
    await v.page.keyboard.type('USA');
    await v.page.locator('#found [aria-selected=true]').waitFor();
    await v.page.keyboard.type(' China');
    await v.page.keyboard.press('Enter');
    await v.page.waitForURL(/\/pair\?.*importers=USA.*partners=CHN/);
  } finally {
    await v.close();
  }
});
