// Jobs that people come with, done as they do them. A step is a choice, something typed, or a press; each job has a bound on them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { asked, browserPath, jobIn, open, settled } from './world.mjs';

const options = browserPath() ? {} : { skip: 'no browser found: install chromium, or name one in CHROMIUM' };

let world;
before(async () => { if (browserPath()) world = await open(); });
after(async () => { await world?.close(); });

/** download presses something and gives the file that comes. */
const download = async (page, press) => {
  const coming = page.waitForEvent('download');
  await press();
  const file = await coming;
  return { name: file.suggestedFilename(), path: await file.path() };
};

/** sheet reads the texts and numbers of the first column of a workbook's first sheet, in order, by its XML. */
const workbook = (path) => {
  const part = (name) => execFileSync('python3', ['-c', 'import sys, zipfile; sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]))', path, name], { maxBuffer: 1 << 28 }).toString();
  return part('xl/worksheets/sheet1.xml');
};

/** drawn counts the colours of a picture: a blank one has one. */
const drawn = (page, path) => page.evaluate(async (data) => {
  const image = new Image();
  image.src = 'data:image/png;base64,' + data;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = image.width;
  canvas.height = image.height;
  const pen = canvas.getContext('2d');
  pen.drawImage(image, 0, 0);
  const { data: pixels } = pen.getImageData(0, 0, canvas.width, canvas.height);
  const colours = new Set();
  for (let i = 0; i < pixels.length; i += 4 * 7) colours.add(pixels[i] << 16 | pixels[i + 1] << 8 | pixels[i + 2]);
  return { width: image.width, colours: colours.size };
}, readFileSync(path).toString('base64'));

test('(a) Germany, the EU and the USA on China: how it changed, the top 20, a workbook, a chart with its source', options, async (t) => t.diagnostic(`${await jobIn(world, 'synthetic-demo', 4, async (page, step) => {
  await asked(page, step, 'Germany China', /\/pair\?.*importers=DEU.*partners=CHN/);
  const changes = await page.locator('#beside-table').innerText();
  for (const name of ['Germany', 'European Union of 27', 'USA', 'Change since 2019', 'Change since 2000']) assert.ok(changes.includes(name), `the table of changes lacks ${name}: ${changes}`);
  assert.equal(await page.locator('#on-b tbody tr').count(), 20, 'the top 20 are there');
  await page.locator('#on-b th .by', { hasText: 'since 2019' }).first().click(); // how it changed is a column to sort by
  await page.waitForURL(/on-b\.sort=-imports_from_partner_change_since_2019/);
  await page.goBack();
  await settled(page);
  const values = await page.locator('#on-b tbody tr td:nth-child(3)').evaluateAll((cells) => cells.map((c) => Number(c.title || c.textContent.replace(/,/g, ''))));
  assert.deepEqual(values, values.toSorted((a, b) => b - a), 'by value');
  const file = await step(download(page, () => page.locator('#on-b [data-download=xlsx]').click()));
  const codes = await page.locator('#on-b tbody tr th').allInnerTexts();
  const text = workbook(file.path);
  const places = codes.map((code) => text.indexOf(`>${code}<`));
  assert.ok(places.every((at, i) => at > 0 && (i === 0 || at > places[i - 1])), 'the workbook has the rows in the order of the page');
  const svg = await step(download(page, () => page.locator('#beside [data-image=svg]').click()));
  const words = readFileSync(svg.path).toString().replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
  for (const word of ['Germany and China', 'SYNTHETIC DATA', 'own computation by Chokepoint', 'merics-2024-floor', 'European Union of 27']) assert.ok(words.includes(word), `the image lacks ${word}`);
  assert.match(svg.name, /germany-and-china-2024/);
  const png = await download(page, () => page.locator('#beside [data-image=png]').click());
  const picture = await drawn(page, png.path);
  assert.ok(picture.colours > 20 && picture.width >= 1280, `a picture of ${picture.colours} colours, ${picture.width} pixels wide`);
})} steps`));

test('a table is sorted, filtered and opened in its place, and the address says so', options, async () => {
  const { page, errors, close } = await world.visit('/overview?importers=USA&dataset=synthetic-demo');
  await page.locator('#top-table th .by', { hasText: "Partner's share" }).click();
  await page.waitForURL(/top\.sort=-partner_share/);
  assert.equal(await page.locator('#top-table th[aria-sort=descending]').innerText().then((t) => t.includes("Partner's share")), true);
  await page.locator('#top-table').getByRole('link', { name: /^all/ }).click();
  await page.waitForURL(/top\.rows=all/);
  assert.ok(await page.locator('#top-table tbody tr').count() > 20);
  await page.locator('#top-filter').fill('chapter 72');
  await page.locator('#top-filter').press('Enter');
  await page.waitForURL(/top\.filter=/);
  for (const row of await page.locator('#top-table tbody tr').allInnerTexts()) assert.ok(row.includes('chapter') && row.includes('72'), row);
  assert.deepEqual(errors, []);
  await close();
});

test('a slider moves along the years with the keyboard; the address, the figures and going back follow', options, async () => {
  const { page, errors, close } = await world.visit('/map?dataset=synthetic-demo');
  const slider = page.locator('[data-steps=f-years]');
  const year = () => page.locator('h1 .year').innerText();
  const last = Number(await year());
  await slider.focus();
  for (let n = 1; n <= 2; n++) {
    await page.keyboard.press('ArrowLeft');
    await page.waitForURL(new RegExp(`years=${last - n}`));
    await settled(page);
    assert.equal(await year(), String(last - n));
    assert.equal(await page.locator('#f-years').inputValue(), String(last - n));
    assert.equal(await slider.getAttribute('aria-valuetext'), String(last - n));
    assert.match(await page.title(), new RegExp(String(last - n)));
    assert.match(await page.locator('.permalink').getAttribute('href'), new RegExp(`years=${last - n}`));
    assert.equal(await page.evaluate(() => document.activeElement.dataset.steps), 'f-years', 'the keyboard stays on the slider');
  }
  assert.ok(await page.locator('#map canvas').count() > 0, 'the map is drawn anew');
  await page.goBack();
  await settled(page);
  assert.equal(await year(), String(last - 1));
  assert.deepEqual(errors, []);
  await close();
});

for (const dataset of ['real-2024']) {
  test('(b) 850760: who, alternatives, why', options, async (t) => {
    if (!world.datasets.includes(dataset)) return t.skip('needs the real extract');
    t.diagnostic(`${await jobIn(world, dataset, 4, async (page, step) => {
    await asked(page, step, '850760', /\/product\?.*products=850760/);
    assert.match(await page.locator('.lead', { hasText: 'bought' }).innerText(), /USA bought .*\sUSD of it abroad, .* from China\. By \d+ of \d+ definitions/);
    assert.match(await page.locator('#alternatives-table').innerText(), /Rep\. of Korea/);
    assert.match(await page.locator('#verdicts-table').innerText(), /Margin/);
    assert.equal(await page.locator('#dependents-table tbody tr th').first().innerText(), 'USA', 'the largest buyer that depends comes first');
    assert.ok(await page.locator('#explain .verdict').count() > 0);
    await page.locator('#flows .chart').scrollIntoViewIfNeeded();
    assert.ok(await page.locator('#flows canvas').count() > 0, 'who sells to whom is drawn');
    })} steps`);
  });
}

test('(d) an own definition: made, used on another page, saved and loaded', options, async (t) => t.diagnostic(`${await jobIn(world, 'synthetic-demo', 6, async (page, step) => {
  await step(page.getByRole('link', { name: 'Workbench', exact: true }).click());
  await settled(page);
  const criteria = page.getByRole('button', { name: 'Use these criteria' });
  const before = await page.locator('.lead').innerText();
  assert.equal(await page.locator('#i2').inputValue(), 'partner_share');
  await step(page.locator('#n2').fill('45 %'));
  await step(criteria.click());
  await page.waitForURL(/n2=45/);
  await settled(page);
  const products = (await page.locator('.lead .big').innerText()).replace(/\s/g, ' ');
  assert.notEqual(await page.locator('.lead').innerText(), before);
  const file = await step(download(page, () => page.getByRole('link', { name: 'Save as a method file' }).click()));
  const saved = readFileSync(file.path).toString();
  assert.match(saved, /partner_share >= 0\.45/);
  await step(page.getByRole('link', { name: 'Pair', exact: true }).last().click());
  await settled(page);
  assert.ok((await page.locator('.lead').first().innerText()).replace(/\s/g, ' ').includes(products), `the pair page counts ${products} too`);
  const shared = page.url();
  assert.ok(shared.length < 450, `a link of ${shared.length} letters`);
  await page.goto(world.base + '/workbench?dataset=synthetic-demo');
  await settled(page);
  const copy = join(world.folder, 'own.toml');
  writeFileSync(copy, saved);
  await page.locator('details.write summary').click();
  await step(page.locator('[data-load]').setInputFiles(copy));
  await page.waitForURL(/definition=/);
  await settled(page);
  assert.equal((await page.locator('.lead .big').innerText()).replace(/\s/g, ' '), products, 'the file counts the same');
})} steps`));

test('(f) what the policy did', options, async (t) => t.diagnostic(`${await jobIn(world, 'synthetic-demo', 4, async (page, step) => {
  await step(page.getByRole('link', { name: 'Policy', exact: true }).click());
  await settled(page);
  assert.match(await page.locator('#effect').innerText(), /Since the policy|may be due to chance/);
  await page.locator('#event .chart').scrollIntoViewIfNeeded();
  await page.locator('#event canvas').first().waitFor();
})} steps`));

test('what if it stops, with the keyboard alone: from a product to its scenario, every assumption, and the file', options, async () => {
  const { page, errors, close } = await world.visit('/product?products=850650&importers=DEU&dataset=synthetic-demo');
  /** reach presses Tab until what is wanted has the focus, and says after how many times. */
  const reach = async (what, key = 'Tab') => {
    for (let pressed = 1; pressed < 400; pressed++) {
      await page.keyboard.press(key);
      if (await page.evaluate((selector) => document.activeElement.matches(selector), what)) return pressed;
    }
    assert.fail(`${what} is not reached`);
  };
  const focused = () => page.evaluate(() => document.activeElement.id);
  await reach('a[href^="/scenario"][href*="partners="]');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/scenario\?/);
  await settled(page);
  const said = () => page.locator('#live').innerText();
  let before = await said();
  for (const [slider, key, times, address] of [['s-cut', 'ArrowLeft', 10, /cut=0\.5(&|$)/], ['s-spare', 'ArrowRight', 2, /spare=0\.2(&|$)/], ['s-stock-days', 'ArrowRight', 12, /stock-days=60(&|$)/], ['s-ramp', 'ArrowRight', 6, /ramp=12(&|$)/]]) {
    assert.ok(await reach('#' + slider) < 40, `${slider} is far from where the focus was`);
    for (let i = 0; i < times; i++) await page.keyboard.press(key);
    await page.waitForURL(address);
    await settled(page);
    assert.equal(await focused(), slider, 'the focus stays on the slider');
    const now = await said();
    assert.notEqual(now, before, `${slider} changes nothing`);
    before = now;
  }
  await reach('#f-rule', 'Shift+Tab');
  await page.keyboard.type('whoever'); // whoever exports: the rule is called by what it says
  await page.waitForURL(/rule=capacity/);
  await settled(page);
  assert.notEqual(await said(), before, 'the rule changes nothing');
  assert.match(await said(), /not a prediction/);
  await reach('#live [data-download=csv]');
  const file = await download(page, () => page.keyboard.press('Enter'));
  const text = readFileSync(file.path).toString();
  for (const assumption of ['rule,capacity', 'spare,0.2', 'ramp,12', 'stock-days,60']) assert.ok(text.includes(assumption), `the file lacks ${assumption}: ${text.slice(0, 500)}`);
  assert.deepEqual(errors.filter((text) => !/^htmx:(afterRequest|sendAbort)$/.test(text)), []); // requests that the next press overtakes end
  await close();
});

test('what if it stops: every single point of failure, with its products, and what is wrong is said in the form', options, async () => {
  const { page, errors, close } = await world.visit('/scenario?dataset=synthetic-demo');
  await page.getByRole('link', { name: 'Every single point of failure, its supplier stops' }).click();
  await page.waitForURL(/scenario=single-points/);
  await settled(page);
  const said = () => page.locator('#live').innerText();
  let before = await said();
  assert.match(before, /the supplier of every single point of failure/);
  assert.ok(await page.locator('#singles tbody tr').count() > 0, 'no products');
  const [product, supplier, stops] = await Promise.all(['/product?', '/chokepoints?', '/scenario?'].map((path) => page.locator(`#singles tbody a[href^="${path}"]`).first().getAttribute('href')));
  assert.match(product, /products=\d{6}/);
  assert.match(supplier, /partners=[A-Z]{3}/);
  assert.match(stops, /partners=[A-Z]{3}.*products=\d{6}/);
  assert.doesNotMatch(stops, /single-points/);
  for (const [name, value] of [['cut', '0.5'], ['spare', '0.25'], ['ramp', '12'], ['stock-days', '30']]) {
    await page.fill('#f-' + name, value);
    await page.press('#f-' + name, 'Tab');
    await page.waitForURL(new RegExp(`${name}=${value}(&|$)`));
    await settled(page);
    const now = await said();
    assert.notEqual(now, before, `${name} changes nothing`);
    before = now;
  }
  await page.selectOption('#f-rule', 'sqrt');
  await page.waitForURL(/rule=sqrt/);
  await settled(page);
  assert.match(page.url(), /scenario=single-points/, 'a control leaves the scenario');
  assert.notEqual(await said(), before, 'the rule changes nothing');
  assert.deepEqual(errors.filter((text) => !/^htmx:(afterRequest|sendAbort)$/.test(text)), []);
  await page.fill('#f-cut', '7');
  await page.press('#f-cut', 'Tab');
  await page.locator('#live .problem').waitFor();
  assert.match(await said(), /expected a number from 0 to 1/);
  assert.equal(await page.locator('.facts').count(), 0, 'old figures stay under what is wrong');
  await page.fill('#f-cut', '0.9');
  await page.press('#f-cut', 'Tab');
  await page.locator('.facts').first().waitFor();
  await page.getByRole('link', { name: 'Let one supplier stop instead' }).click();
  await settled(page);
  assert.doesNotMatch(page.url(), /single-points/);
  await close();
});
