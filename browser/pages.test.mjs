// Opens every page as visitors do: with a mouse, with the keyboard alone, on a phone, without scripts, on paper.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { chartsOf, pages, withDataset } from './pages.mjs';
import { browserPath, open, settled, short } from './world.mjs';

const path = browserPath();
const options = path ? {} : { skip: 'no browser found: install chromium, or name one in CHROMIUM' };
const desktop = { viewport: { width: 1440, height: 900 }, colorScheme: 'light' };
const phone = { viewport: { width: 390, height: 844 }, colorScheme: 'dark' };

/** forms are those in which every page is looked at; the short form leaves two out. */
const forms = short ? [desktop, phone] : [desktop, phone, { ...desktop, colorScheme: 'dark' }, { ...phone, colorScheme: 'light' }];

let world;
before(async () => { if (path) world = await open(); });
after(async () => { await world?.close(); });

const visit = (address, how = desktop) => world.visit(address, how);

/** eachWorld runs a check on every dataset and page; the short form on every second page, of one dataset or the other. */
const eachWorld = async (t, check) => {
  for (const [w, dataset] of world.datasets.entries()) {
    for (const p of pages.filter((p, i) => !short || i % 4 === 2 * (w % 2))) await t.test(`${dataset} ${p.name}`, () => check(p, withDataset(p.path, dataset), dataset));
  }
};

const said = (page) => page.evaluate(() => [...document.querySelectorAll('h1, .lead')].map((e) => e.textContent.replace(/\s+/g, ' ').trim()));

test('pages open, draw, fit and are accessible', options, async (t) => eachWorld(t, async (p, address, dataset) => {
  for (const how of forms) {
    const v = await visit(address, how);
    try {
      assert.equal(v.response.status(), 200);
      assert.deepEqual(v.errors, []);
      assert.ok((await v.page.locator('h1').innerText()).length > 2);
      if (chartsOf(p, dataset) > 0) {
        await v.page.evaluate(async () => { for (const c of document.querySelectorAll('.chart')) { c.scrollIntoView(); await new Promise((r) => setTimeout(r, 30)); } });
        assert.ok(await v.page.locator('.chart canvas').count() >= chartsOf(p, dataset), `fewer than ${chartsOf(p, dataset)} charts are drawn`);
      }
      const alone = await v.page.evaluate(() => [...document.querySelectorAll('.chart')].filter((c) => !c.closest('figure').querySelector('table')).length);
      assert.equal(alone, 0, 'charts without the same numbers as a table');
      const over = await v.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(over <= 0, `${over} pixels stand out to the right`);
      const shifted = await v.page.evaluate(() => window.shifted);
      assert.ok(shifted < 0.1, `the page moved by ${shifted}`);
      const axe = await new AxeBuilder({ page: v.page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze();
      assert.deepEqual(axe.violations.map((x) => `${x.id} (${x.impact}): ${x.nodes[0].target}`), []);
      if (dataset.startsWith('synthetic')) assert.ok((await v.page.locator('body').innerText()).includes('SYNTHETIC') || p.name === 'reference');
    } finally {
      await v.close();
    }
  }
}));

test('pages need no scripts', options, async (t) => eachWorld(t, async (p, address, dataset) => {
  const v = await visit(address, { ...desktop, javaScriptEnabled: false });
  try {
    assert.equal(v.response.status(), 200);
    assert.ok(await v.page.locator(chartsOf(p, dataset) > 0 ? 'figure table' : 'h1').count() > 0);
  } finally {
    await v.close();
  }
}));

test('a brief fills its table without scripts', options, async () => {
  const v = await visit(withDataset('/brief', world.datasets[0]), { ...desktop, javaScriptEnabled: false });
  try {
    assert.match(await v.page.locator('#complete').innerText(), /^All \d+ claims were weighed\.$/);
    assert.equal(await v.page.locator('.arriving').getByText(/not weighed yet|being weighed/).locator('visible=true').count(), 0);
    assert.ok(await v.page.locator('.brief > .verdict-word').first().isVisible());
    assert.equal(await v.page.locator('.weighing').locator('visible=true').count(), 0);
  } finally {
    await v.close();
  }
});

test('pages print, and a permanent link gives the same view', options, async (t) => eachWorld(t, async (p, address) => {
  const v = await visit(address);
  try {
    const pdf = await v.page.pdf({ format: 'A4' });
    const sheets = pdf.toString('latin1').split('/Type /Page\n').length - 1;
    assert.equal(pdf.subarray(0, 5).toString(), '%PDF-');
    assert.ok(sheets >= 1 && sheets <= 24, `${sheets} sheets`);
    // On a sheet of A4 with margins of 12 mm nothing stands out to the right.
    await v.page.setViewportSize({ width: 703, height: 900 });
    await v.page.emulateMedia({ media: 'print' });
    await v.page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
    const cut = await v.page.evaluate(() => [...document.querySelectorAll('.chart, .chart canvas, table, img, svg')]
      .filter((e) => e.checkVisibility() && e.getBoundingClientRect().right > innerWidth + 1).map((e) => `${e.tagName} of ${e.closest('[id]')?.id}`));
    assert.deepEqual(cut, [], 'what stands out of the sheet');
    const idle = await v.page.evaluate(() => [...document.querySelectorAll('nav, form, .related, .files, button:not(.term), .choices > a:not([aria-current])')]
      .filter((e) => e.checkVisibility()).map((e) => e.innerText.slice(0, 40)));
    assert.deepEqual(idle, [], 'what is of no use on paper');
    const pale = await v.page.evaluate(() => [...document.querySelectorAll('.chart')].filter((e) => e.clientWidth > 0 && e.querySelector('canvas')?.clientHeight !== e.clientHeight).length);
    assert.equal(pale, 0, 'charts that were not drawn in the size of paper');
    await v.page.evaluate(() => window.dispatchEvent(new Event('afterprint')));
    const link = v.page.locator('.permalink');
    if (await link.count() === 0) return; // search and reference have no state of their own
    const again = await visit(await link.getAttribute('href'));
    assert.deepEqual(await said(again.page), await said(v.page));
    await again.close();
  } finally {
    await v.close();
  }
}));

/** commandOf is the command line that asks what an address of the API asks. A definition in the address becomes a file. */
const commandOf = (address) => {
  const url = new URL(address, world.base);
  const [path, format] = url.pathname.replace(/^\/api\/v\d+\//, '').split('.');
  if (path.startsWith('datasets/')) return ['datasets', 'show', path.slice('datasets/'.length), '--format', format];
  const args = path.split('/');
  if (url.searchParams.has('definition')) {
    const file = join(world.folder, 'own.toml');
    writeFileSync(file, url.searchParams.get('definition'));
    const methods = (url.searchParams.get('method') || 'own').split(',');
    url.searchParams.delete('definition');
    url.searchParams.set('method', methods.map((id) => (id === 'own' ? file : id)).join(','));
  }
  for (const name of ['a', 'b']) if (url.searchParams.has(name)) args.push(url.searchParams.get(name));
  for (const [name, value] of url.searchParams) if (!['a', 'b'].includes(name)) args.push(`--${name}=${value}`);
  return [...args, '--format', format];
};

/** compared counts the downloads looked at, by dataset, question and format: three of a kind are enough. */
const compared = new Map();
const enough = (dataset, href) => {
  const kind = dataset + new URL(href, world.base).pathname;
  compared.set(kind, (compared.get(kind) || 0) + 1);
  return compared.get(kind) > (href.includes('.csv') ? 3 : 1);
};

test('downloads are the files of the command line', options, async (t) => eachWorld(t, async (p, address, dataset) => {
  const v = await visit(address);
  try {
    const links = await v.page.locator('a[data-download]').evaluateAll((list) => list.map((a) => ({ format: a.dataset.download, href: a.getAttribute('href') })));
    const seen = new Set();
    for (const { format, href } of links) {
      if (seen.has(href)) continue;
      seen.add(href);
      if (enough(dataset, href)) continue;
      const response = await v.page.request.get(world.base + href);
      assert.equal(response.status(), 200, href);
      const body = await response.body();
      if (format === 'csv') assert.ok(body.equals(world.run(...commandOf(href))), `${href} differs from the command line`);
      if (format === 'json') assert.ok(Array.isArray(JSON.parse(body).rows), href);
      if (format === 'xlsx') assert.equal(body.subarray(0, 2).toString(), 'PK', href);
      if (format === 'parquet') assert.equal(body.subarray(0, 4).toString() + body.subarray(-4).toString(), 'PAR1PAR1', href);
    }
    assert.ok(chartsOf(p, dataset) === 0 || seen.size >= 4, `${seen.size} downloads`);
  } finally {
    await v.close();
  }
}));

test('images of charts say where they come from', options, async () => {
  const v = await visit('/overview?dataset=synthetic-demo');
  try {
    for (const kind of ['svg', 'png']) {
      const waiting = v.page.waitForEvent('download');
      await v.page.locator(`[data-image=${kind}]`).first().click();
      const bytes = readFileSync(await (await waiting).path());
      if (kind === 'svg') assert.match(bytes.toString(), /SYNTHETIC/);
      else assert.equal(bytes.subarray(1, 4).toString(), 'PNG');
    }
  } finally {
    await v.close();
  }
});

test('images and files of what is partial say so', options, async (t) => {
  if (!world.datasets.includes('real-2024')) return t.skip('the real extract is not there');
  const v = await visit('/overview?importers=EU27&dataset=real-2024');
  try {
    let waiting = v.page.waitForEvent('download');
    await v.page.locator('#partners [data-image=svg]').click();
    const image = await waiting;
    assert.match(image.suggestedFilename(), /^european-union-.*partners.*-partial\.svg$/);
    const text = readFileSync(await image.path()).toString();
    assert.match(text, /\(partial\)/);
    assert.match(text, /the dataset has no imports of France/);
    waiting = v.page.waitForEvent('download');
    await v.page.locator('#top a[data-download=csv]').click();
    assert.equal((await waiting).suggestedFilename(), 'dependencies-partial.csv');
    assert.match(await v.page.title(), /\(partial\)/);
  } finally {
    await v.close();
  }
});

test('choices go into the address, and back again', options, async () => {
  const v = await visit('/overview?dataset=synthetic-demo');
  try {
    const first = await said(v.page);
    await v.page.getByLabel('Importer').fill('EU27');
    await v.page.getByRole('button', { name: 'Show' }).click();
    await settled(v.page);
    assert.match(v.page.url(), /importers=EU27/);
    const second = await said(v.page);
    assert.notDeepEqual(second, first);
    await v.page.goBack();
    await settled(v.page);
    assert.deepEqual(await said(v.page), first);
    await v.page.goForward();
    await settled(v.page);
    assert.deepEqual(await said(v.page), second);
  } finally {
    await v.close();
  }
});

test('what others style in a form stays theirs when figures are swapped', options, async () => {
  const v = await visit(withDataset('/scenario', world.datasets[0]));
  try {
    await v.page.locator('#f-partners').evaluate((e) => e.style.setProperty('caret-color', 'red')); // as extensions of browsers do
    await v.page.locator('#f-partners').fill('USA');
    await v.page.locator('#f-partners').press('Enter');
    await v.page.waitForFunction(() => /USA stops/.test(document.querySelector('#live h2')?.innerText));
    await settled(v.page);
    assert.deepEqual(v.errors.filter((e) => /Content Security Policy/.test(e)), []);
  } finally {
    await v.close();
  }
});

test('a wrong choice is explained', options, async () => {
  const v = await visit('/overview?importers=Atlantis&dataset=synthetic-demo');
  try {
    assert.equal(v.response.status(), 422);
    assert.match(await v.page.locator('main').innerText(), /Atlantis/);
  } finally {
    await v.close();
  }
});

test('the workbench answers while a slider moves', options, async (t) => {
  for (const dataset of world.datasets) {
    const v = await visit(withDataset('/workbench', dataset));
    try {
      const before = await said(v.page);
      const slider = v.page.locator('.slide').nth(1);
      await slider.focus();
      const times = [];
      for (let i = 0; i < 8; i++) {
        const answered = v.page.waitForResponse((r) => r.url().includes('/workbench'));
        await v.page.keyboard.press('ArrowRight');
        const timing = (await answered).request().timing();
        await (await answered).finished();
        times.push(timing.responseStart - timing.requestStart);
        await v.page.waitForTimeout(60);
      }
      await settled(v.page);
      assert.notDeepEqual(await said(v.page), before);
      assert.deepEqual(v.errors, []);
      t.diagnostic(`${dataset}: a move is answered in ${times.map((x) => Math.round(x)).join(', ')} ms`);
      const link = await v.page.locator('.permalink').getAttribute('href');
      const again = await visit(link);
      assert.deepEqual(await said(again.page), await said(v.page));
      await again.close();
    } finally {
      await v.close();
    }
  }
});

test('search forgives a typing error and is left with the keyboard', options, async () => {
  const v = await visit('/overview?dataset=synthetic-demo');
  try {
    await v.page.keyboard.press('/');
    await v.page.keyboard.type('germny');
    await v.page.locator('#found a[href*="importers=DEU"]').first().waitFor();
    await settled(v.page); // an answer to half a word is replaced, and what had the keyboard with it
    await v.page.keyboard.press('ArrowDown');
    await v.page.keyboard.press('Enter');
    await settled(v.page);
    assert.match(v.page.url(), /importers=DEU/);
  } finally {
    await v.close();
  }
});

test('the keyboard alone reaches everything, and shows where it is', options, async () => {
  const v = await visit('/pair?dataset=synthetic-demo');
  try {
    const reached = [];
    for (let i = 0; i < 60; i++) {
      await v.page.keyboard.press('Tab');
      reached.push(await v.page.evaluate(() => {
        const e = document.activeElement;
        const style = getComputedStyle(e);
        return { what: e.id || e.className || e.tagName, seen: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0 };
      }));
    }
    assert.equal(reached[0].what, 'skip');
    for (const id of ['q', 'f-importers', 'f-partners', 'f-method']) assert.ok(reached.some((r) => r.what === id), `${id} is not reached`);
    assert.deepEqual(reached.filter((r) => !r.seen).map((r) => r.what), []);
  } finally {
    await v.close();
  }
});

test('threshold lines over the bubbles can be typed', options, async () => {
  const v = await visit('/pair?dataset=synthetic-demo');
  try {
    const box = v.page.locator('#bubbles');
    await box.scrollIntoViewIfNeeded();
    const sum = box.locator('.lines output');
    await sum.waitFor();
    const before = await sum.innerText();
    const field = box.locator('.lines input').first();
    await field.fill('90');
    await field.press('Enter');
    await field.blur();
    assert.notEqual(await sum.innerText(), before);
  } finally {
    await v.close();
  }
});
