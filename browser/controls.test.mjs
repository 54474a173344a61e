// Does with every control of every page what a person does: chooses, types, drags, mistakes, goes back, prints.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chartsOf, pages, withDataset } from './pages.mjs';
import { browserPath, open, other, settled, short } from './world.mjs';

const options = browserPath() ? {} : { skip: 'no browser found: install chromium, or name one in CHROMIUM' };

let world;
before(async () => { if (browserPath()) world = await open(); });
after(async () => { await world?.close(); });

const home = 'synthetic-demo';
const definition = (criterion) => `id = "mine"\ntitle = "Mine"\nsource = "me"\ncriteria = ["${criterion}"]`;

/** typed says what to type into a field: two values that are right, one that is wrong. Fields of one page come before those of all. */
const typed = {
  'industry importers': { right: ['DEU', 'USA'], wrong: 'Atlantis' },
  'product products': { right: ['720820', '8414', 'EV batteries'], wrong: '123456' },
  importers: { right: ['DEU', 'EU27'], wrong: 'Atlantis' },
  partners: { right: ['JPN', 'IND'], wrong: 'Mordor' },
  products: { right: ['85', '720820'], wrong: '9' },
  beside: { right: ['EU27,JPN', 'IND'], wrong: 'Atlantis' },
  'min-value': { right: ['1000000', '5 million'], wrong: 'lots' },
  definition: { right: [definition('partner_share >= 0.4'), definition('import_hhi >= 0.5')], wrong: definition('partner_share >= 40 %') },
};

/** of says what to do with a control. */
const of = (page, c) => {
  if (page === 'compare' && c.name === 'against') return { right: [c.value], wrong: 'nonsense' }; // the other dataset has no year in common
  if (c.kind === 'select') return { right: c.options.filter((o) => o !== c.value), wrong: 'nonsense' };
  if (c.kind === 'range') return { right: ['ArrowRight', 'ArrowLeft'] };
  if (c.kind === 'threshold') return { right: [String(c.max * 0.4), String(c.max * 0.2)], wrong: 'a third' };
  return typed[`${page} ${c.name}`] || typed[c.name];
};

/** controlsOf reads the controls of a page from the page itself. */
const controlsOf = (page) => page.evaluate(() => [...document.querySelectorAll('main form :is(select, input, textarea)')]
  .filter((e) => e.type !== 'hidden' && e.type !== 'file' && !e.closest('.filter, #rows, .years')) // jobs.test.mjs does with these what a person does
  .map((e) => ({
    id: e.id, name: e.name, value: e.value, max: Number(document.getElementById(e.name)?.max),
    kind: e.tagName === 'SELECT' ? 'select' : e.type === 'range' ? 'range' : e.classList.contains('exact') ? 'threshold' : 'text',
    options: [...(e.options || [])].map((o) => o.value),
  })));

/** shown is what a page says and draws. */
const shown = (page) => page.evaluate(() => ({
  lead: document.querySelector('.lead')?.textContent || '',
  problem: document.querySelector('.problem')?.innerText || '',
  notices: [...document.querySelectorAll('.notice')].map((e) => e.innerText),
  charts: document.querySelectorAll('.chart').length,
  empty: [...document.querySelectorAll('.chart')].filter((e) => !e.querySelector('canvas')).map((e) => e.closest('figure').id),
  wrong: [...document.querySelectorAll('[aria-invalid]')].map((e) => ({ name: e.name, value: e.value, says: document.getElementById(e.getAttribute('aria-describedby'))?.innerText || '' })),
}));

/** act does to a control what a person does, and waits for the answer. */
const act = async (page, c, value) => {
  const field = page.locator(`[id="${c.id}"]`);
  const own = c.name === 'definition';
  if (own && !(await field.isVisible())) await page.locator('details.write summary').click();
  if (c.kind === 'range') {
    await field.focus();
    const answered = page.waitForResponse((r) => r.url().includes('/workbench'));
    await page.keyboard.press(value);
    await answered;
  } else {
    if (c.kind === 'select') await field.selectOption(value);
    else await field.fill(value);
    await settled(page);
    if (own) await page.getByRole('button', { name: 'Use this text' }).click();
    else if (c.kind !== 'select' || await page.locator('#bench').count() === 0) await page.locator('main form').first().getByRole('button', { name: 'Show' }).click(); // the workbench answers a choice at once
  }
  await settled(page);
};

const drawn = async (page, what) => {
  const s = await shown(page);
  assert.equal(s.problem, '', what);
  assert.deepEqual(s.empty, [], `${what}: charts without a drawing`);
  return s;
};

/** withForm are the pages of which each has a form of its own. */
const withForm = pages.filter((p) => ['overview', 'pair', 'product', 'chokepoints', 'industry', 'policy', 'map', 'workbench', 'compare', 'brief', 'data'].includes(p.name));

/** mistake gives a control a value that is wrong: typed, or for a choice by an old link. */
const mistake = async (page, c, value) => {
  if (c.kind !== 'select') return act(page, c, value);
  const address = new URL(await page.locator('.permalink').getAttribute('href'), world.base);
  address.searchParams.set(c.name, value);
  if (c.name === 'method') for (const name of ['t1', 't2', 't3', 't4']) address.searchParams.delete(name);
  await page.goto(address.href);
  return settled(page);
};

test('every control of every page says what is wrong and takes what is right', options, async (t) => {
  for (const p of withForm) {
    if (short && p.name === 'brief') continue; // it takes long, and has one list to choose from
    await t.test(p.name, async () => {
      const v = await world.visit(withDataset(p.path, home));
      const { page } = v;
      try {
        const all = await controlsOf(page);
        assert.ok(all.length > 0, 'the page has no controls');
        for (const { id } of all.filter((c) => c.name !== 'dataset')) {
          if (await page.locator(`[id="${id}"]`).count() === 0) { // of another definition
            await page.goto(world.base + withDataset(p.path, home));
            await settled(page);
          }
          const c = (await controlsOf(page)).find((c) => c.id === id);
          const what = `${p.name} ${id}`;
          const doing = of(p.name, c);
          assert.ok(doing, `${what}: say in this file what to type into it`);
          if (doing.wrong) {
            await mistake(page, c, doing.wrong);
            const s = await shown(page);
            assert.match(s.problem, /Nothing is shown/, `${what} = ${doing.wrong}`);
            assert.equal(s.charts, 0, `${what} = ${doing.wrong}: old charts stay`);
            assert.deepEqual(s.wrong.map((w) => [w.name, w.value]), [[c.name, doing.wrong]], `${what}: the field that is wrong`);
            assert.ok(s.wrong[0].says.length > 10, `${what}: the field says nothing`);
          }
          for (const value of doing.right.slice(0, short ? 1 : 2)) {
            v.errors.length = 0;
            await act(page, c, value);
            const s = await drawn(page, `${what} = ${value}`);
            assert.deepEqual(v.errors.filter((e) => !e.startsWith('htmx:')), [], `${what} = ${value}`); // a request may be overtaken
            assert.ok(s.charts > 0 || chartsOf(p, home) === 0 || p.name === 'policy' || s.lead.startsWith('Nobody'), `${what} = ${value}: the charts are gone`);
          }
        }
      } finally {
        await v.close();
      }
    });
  }
});

test('the dataset is switched on every page, and what it lacks is said', options, async (t) => {
  for (const p of withForm.filter((p, i) => !short || i % 2 === 0)) {
    await t.test(p.name, async () => {
      const v = await world.visit(withDataset(p.path, home));
      try {
        const c = { id: 'f-dataset', name: 'dataset', kind: 'select' };
        for (const to of [other, home]) {
          const years = await v.page.locator('#f-years').count() > 0;
          await act(v.page, c, to);
          const s = await drawn(v.page, `${p.name} with ${to}`);
          if (years && to === other) assert.ok(s.notices.some((n) => n.includes('Year') && n.includes('is shown instead')), `${p.name} with ${to} says ${s.notices}`);
          assert.equal(await v.page.locator('#f-dataset').inputValue(), to);
          const link = await v.page.locator('.permalink').getAttribute('href');
          const again = await world.visit(link);
          assert.deepEqual({ ...await shown(again.page), notices: [] }, { ...s, notices: [] }, 'the permanent link shows something else');
          await again.close();
        }
        assert.deepEqual(v.errors, []);
        assert.ok((await shown(v.page)).charts >= chartsOf(p, home));
      } finally {
        await v.close();
      }
    });
  }
});

test('the workbench: from definition to definition, by slider, by text, and back', options, async () => {
  const v = await world.visit(withDataset('/workbench', home));
  const { page } = v;
  try {
    const methods = (await controlsOf(page)).find((c) => c.name === 'method');
    for (const m of methods.options.slice(0, short ? 4 : methods.options.length)) {
      await page.locator('#f-method').selectOption(m);
      await settled(page);
      const s = await drawn(page, m);
      const name = await page.locator('.sliders legend').innerText().then((text) => text.replace('Thresholds of ', ''));
      assert.ok(name && !methods.options.includes(name), `${m}: the definition is named, not called by its id`);
      assert.ok(s.lead.includes(`As published, ${name} flags`), s.lead);
      for (const slider of await page.locator('.slide').all()) {
        await slider.focus();
        for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowRight'); // faster than answers come
        await settled(page);
        assert.ok((await drawn(page, `${m}, slid`)).charts >= 1);
        const id = await slider.getAttribute('id');
        assert.equal(new URL(page.url()).searchParams.get(id), await page.locator(`#f-${id}`).inputValue(), 'the figures are of another place of the slider');
      }
    }
    await page.locator('#f-method').selectOption('merics-2024');
    await settled(page);
    const before = await shown(page);
    const text = { id: 'f-definition', name: 'definition', kind: 'text' };
    await act(page, text, definition('partner_share >= 0.4'));
    const own = await drawn(page, 'own text');
    assert.notEqual(own.lead, before.lead);
    await page.locator('#f-partners').fill('IND');
    await page.keyboard.press('Tab');
    await settled(page);
    assert.notEqual((await drawn(page, 'own text, another partner')).lead, own.lead);
    await page.getByRole('link', { name: 'Back to the published numbers' }).click();
    await settled(page);
    await page.locator('.slide').nth(1).focus();
    for (let i = 0; i < 8; i++) await page.keyboard.press('ArrowRight');
    await settled(page);
    await drawn(page, 'slid again');
    assert.equal(new URL(page.url()).searchParams.get('t2'), '0.38');
    await page.goBack();
    await settled(page);
    await page.goBack();
    await settled(page);
    assert.equal((await drawn(page, 'gone back')).lead, before.lead);
  } finally {
    await v.close();
  }
});

test('figures give way to what went wrong on the way', options, async (t) => {
  const answers = {
    'no connection': [(route) => route.abort(), /cannot be reached/],
    'too many requests': [(route) => route.fulfill({ status: 429, contentType: 'application/problem+json', body: '{"title":"Too many requests","detail":"more than 50 requests a second"}' }), /more than 50 requests/],
    'a failure': [(route) => route.fulfill({ status: 502, contentType: 'text/html', body: '<h1>Bad gateway</h1>' }), /502/],
  };
  for (const [name, [answer, says]] of Object.entries(answers)) {
    await t.test(name, async () => {
      const v = await world.visit(withDataset('/workbench', home));
      const { page } = v;
      try {
        await page.route('**/workbench?**', answer);
        await page.locator('.slide').first().focus();
        await page.keyboard.press('ArrowRight');
        await settled(page);
        const s = await shown(page);
        assert.match(s.problem, says);
        assert.equal(s.charts, 0);
        assert.equal(s.lead, '');
        await page.unroute('**/workbench?**');
        await page.getByRole('button', { name: 'Try again' }).click();
        await settled(page);
        assert.ok((await drawn(page, 'tried again')).charts > 0);
        await page.route('**/search?**', answer);
        await page.locator('#q').fill('germany');
        await page.locator('#found .problem').waitFor();
        assert.match(await page.locator('#found').innerText(), says);
      } finally {
        await v.close();
      }
    });
  }
});

test('the map leaves the wheel to the page and comes closer by buttons', options, async () => {
  const v = await world.visit(withDataset('/map', home));
  const { page } = v;
  try {
    const zoom = () => page.evaluate(() => window.echarts.getInstanceByDom(document.querySelector('.chart')).getOption().series[0].zoom || 1);
    const box = page.locator('.chart');
    await page.locator('.zoom').waitFor();
    await box.hover();
    await page.mouse.wheel(0, 300);
    await page.waitForFunction(() => window.scrollY > 0);
    assert.equal(await zoom(), 1);
    await page.getByRole('button', { name: 'Zoom in' }).click();
    assert.ok(await zoom() > 1);
    await page.getByRole('button', { name: 'Whole world' }).click();
    assert.equal(await zoom(), 1);
    await box.hover();
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, -300);
    await page.keyboard.up('Control');
    await page.waitForFunction(() => window.echarts.getInstanceByDom(document.querySelector('.chart')).getOption().series[0].zoom > 1);
  } finally {
    await v.close();
  }
});

/** madeUpTable writes an input-output table of three areas with four industries, which balances, and the mapping that names them. */
const madeUpTable = (folder) => {
  const areas = ['CHN', 'JPN', 'USA'];
  const industries = ['A', 'C10', 'C29', 'D'];
  writeFileSync(join(folder, 'mapping.toml'), `id = "made"\nform = "wide"\ntitle = "SYNTHETIC: a made-up table"\nsource = "a test"\nseparator = "_"\noutput = ["OUT"]\nunit = 1\nmanufacturing = "C10:C29"
industries = [${industries.map((code) => `{code = "${code}", name = "Industry ${code}"}`).join(', ')}]\ncategories = [{code = "HFCE", name = "Households"}]\n`);
  const labels = areas.flatMap((a) => industries.map((i) => `${a}_${i}`));
  const rows = labels.map((label, i) => {
    const sales = labels.map((_, j) => ((7 * i + 5 * j) % 9) * (Math.floor(i / 4) === Math.floor(j / 4) ? 3 : 1));
    const all = [...sales, ...areas.map(() => 90)];
    return [label, ...all, all.reduce((a, b) => a + b)].join(',');
  });
  const path = join(folder, 'made_2020.csv');
  writeFileSync(path, `${['V1', ...labels, ...areas.map((a) => `${a}_HFCE`), 'OUT'].join(',')}\n${rows.join('\n')}\n`);
  return path;
};

test('the chain of any industries: by the form, by the list of the tables, and what is wrong', options, async () => {
  world.run('tables', 'ingest', madeUpTable(world.folder), '--mapping', join(world.folder, 'mapping.toml'), '--name', 'made', '--synthetic');
  const v = await world.visit('/chain?importers=USA&partners=CHN');
  const { page } = v;
  try {
    const lead = () => page.locator('.lead').textContent();
    assert.match(await lead(), /inputs of manufacturing from the same industries/);
    const whole = await page.locator('.facts .big').first().getAttribute('title');
    const choose = async (name, value) => {
      const fields = (await controlsOf(page)).find((c) => c.name === name);
      if (!(await page.locator(`[id="${fields.id}"]`).isVisible())) await page.locator('.choose').click();
      await act(page, fields, value);
    };
    await choose('industries', 'C29');
    await drawn(page, 'industries = C29');
    assert.match(await lead(), /inputs of Industry C29 \(C29\) from the same industry/);
    assert.equal(new URL(page.url()).searchParams.get('industries'), 'C29');
    assert.notEqual(await page.locator('.facts .big').first().getAttribute('title'), whole, 'one industry has the figures of all manufacturing');
    await choose('inputs', 'A,D');
    assert.match(await lead(), /inputs of Industry C29 \(C29\) from Industry A \(A\) and Industry D \(D\)/);
    assert.deepEqual([...new URL(page.url()).searchParams].filter(([name]) => name === 'industries' || name === 'inputs'), [['industries', 'C29'], ['inputs', 'A,D']]);
    await page.locator('main details summary', { hasText: 'Choose one of the industries' }).click();
    await page.getByRole('link', { name: 'Industry C10 (C10)' }).click();
    await settled(page);
    assert.match(await lead(), /inputs of Industry C10 \(C10\)/);
    await choose('industries', 'C99');
    const s = await shown(page);
    assert.match(s.problem, /Nothing is shown/);
    assert.deepEqual(s.wrong.map((w) => [w.name, w.value]), [['industries', 'C99']]);
    assert.match(s.wrong[0].says, /expected codes of A to D/);
  } finally {
    await v.close();
    world.run('tables', 'remove', 'made');
  }
});
