// What pages do in the browser: draw the charts whose options stand beside them, follow light and dark, save images, drag
// threshold lines, keep a slider and its number together. Everything else is links and forms, and works without.
'use strict';

(() => {
  // Numbers are printed with a minus, not with a hyphen.
  const minus = (text) => text.replace(/(^|[\s(])-(?=\d)/g, '$1−');
  const short = (x) => {
    const scales = [[1e12, ' tn'], [1e9, ' bn'], [1e6, ' m'], [1e3, ' k']];
    for (const [factor, suffix] of scales) {
      if (Math.abs(x) >= factor) return minus(String(Number((x / factor).toPrecision(3)))) + suffix;
    }
    return minus(String(Number(x.toPrecision(3))));
  };
  const count = (x) => minus(Math.round(x).toLocaleString('en-US'));
  const percent = (x) => minus(Number((100 * x).toFixed(1)) + ' %');
  const atEnd = (format, { value }) => (typeof value === 'number' && !Number.isNaN(value) ? format(value) : '');
  const formats = {
    '@usd': short, '@usd-abs': (x) => short(Math.abs(x)),
    '@number': short, '@count': count, '@count-abs': (x) => count(Math.abs(x)),
    '@share': percent, '@index': (x) => minus(x.toFixed(2)), '@year': String,
    '@tip': (p) => (p.data && p.data.tip && minus(p.data.tip)) || (p.name && p.value !== undefined && !Number.isNaN(p.value) ? p.name : 'no data'),
    '@shown': (p) => p.data.shown, '@series': (p) => p.seriesName,
    '@usd-end': (p) => atEnd(short, p), '@count-end': (p) => atEnd(count, p), '@number-end': (p) => atEnd(short, p),
    '@usd-abs-end': (p) => atEnd((x) => short(Math.abs(x)), p), '@count-abs-end': (p) => atEnd((x) => count(Math.abs(x)), p),
    '@share-end': (p) => atEnd((x) => minus((100 * x).toFixed(1) + ' %'), p), '@index-end': (p) => atEnd((x) => minus(x.toFixed(2)), p),
  };

  // Equal Earth (Šavrič, Patterson and Jenny 2018) shows areas as large as they are, and d3 cuts shapes at the date line.
  const projection = () => {
    const p = d3.geoEqualEarth();
    return { project: (point) => p(point), unproject: (point) => p.invert(point), stream: p.stream };
  };

  const resolve = (o) => {
    if (typeof o === 'string') return formats[o] || o;
    if (Array.isArray(o)) return o.map(resolve);
    if (o && typeof o === 'object') {
      const copy = {};
      for (const [k, v] of Object.entries(o)) {
        if (k === 'projection') copy[k] = projection();
        else copy[k] = k === 'tip' || k === 'name' ? v : resolve(v);
      }
      return copy;
    }
    return o;
  };

  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  const still = window.matchMedia('(prefers-reduced-motion: reduce)');
  const palette = (light) => (light
    ? { text: '#17212b', soft: '#52616f', rule: '#d5dbe1', paper: '#ffffff', land: '#c8cdd2',
      marks: { '@paper': '#ffffff', '@apart': '#ecd9a6', '@absent': '#f8f0da', '@nodata': '#c8cdd2', '@ink': '#14507a', '@soft': '#7d93a6', '@pale': '#b4c4d1', '@onlittle': '#17212b', '@onmuch': '#ffffff',
        '@sequential': ['#dcf0ea', '#b5dcd6', '#7fc0c4', '#4a9fb1', '#287a9b', '#1d5583', '#172f5f'] } }
    : { text: '#e6ebf0', soft: '#a3b1bf', rule: '#3a4753', paper: '#10161c', land: '#4b5157',
      marks: { '@paper': '#10161c', '@apart': '#6f5f33', '@absent': '#3f3826', '@nodata': '#4b5157', '@ink': '#6fb2e3', '@soft': '#8396a8', '@pale': '#46596a', '@onlittle': '#e6ebf0', '@onmuch': '#10161c',
        '@sequential': ['#173a52', '#235672', '#2c7391', '#3f98ab', '#6fbcbf', '#aadcd3', '#e9f5f1'] } });

  // painted puts the colours of the paper in the place of their names.
  const painted = (o, marks) => {
    if (typeof o === 'string') return marks[o] || o;
    if (Array.isArray(o)) return o.map((x) => painted(x, marks));
    if (o && typeof o === 'object' && Object.getPrototypeOf(o) === Object.prototype) {
      return Object.fromEntries(Object.entries(o).map(([k, x]) => [k, k === 'tip' || k === 'projection' ? x : painted(x, marks)]));
    }
    return o;
  };

  // A map on a narrow screen stands above its legend, which is at the lower left of a wide one.
  const legendHeight = 182;
  const narrow = (box) => box.clientWidth < 600;

  // apart leaves names at the ends of lines where they do not cover each other, those of larger values first; the legend has all of them.
  const apart = (o, height) => {
    const named = o.series.filter((s) => s.endLabel?.show);
    if (named.length < 2) return o;
    const log = o.yAxis?.type === 'log';
    const valuesOf = (s) => s.data.map((d) => d?.value ?? d).filter((x) => typeof x === 'number' && (!log || x > 0)).map((x) => (log ? Math.log10(x) : x));
    const all = o.series.filter((s) => s.type === 'line' && s.name).flatMap(valuesOf);
    const room = 14 * (Math.max(...all) - Math.min(...all, ...(log ? [] : [0]))) / Math.max(height - 100, 50);
    const taken = [];
    const hidden = named.map((s) => [s, valuesOf(s).at(-1)]).sort((a, b) => b[1] - a[1]).filter(([, at]) => {
      if (taken.some((x) => Math.abs(x - at) < room)) return true;
      taken.push(at);
      return false;
    }).map(([s]) => s);
    o.series = o.series.map((s) => (hidden.includes(s) ? { ...s, endLabel: { show: false } } : s));
    return o;
  };

  // roomy takes the names of areas out that are too small for them: half a code is another code.
  const roomy = (data, pixels) => {
    const sum = (d) => (d.children ? d.children.reduce((n, x) => n + sum(x), 0) : d.value);
    const all = data.reduce((n, d) => n + sum(d), 0);
    const fit = (d) => (d.children ? { ...d, children: d.children.map(fit) } : sum(d) / all * pixels < 4800 ? { ...d, label: { show: false } }
      : sum(d) / all * pixels < 15000 ? { ...d, label: { ...d.label, formatter: d.name } } : d);
    return data.map(fit);
  };

  const lengthOf = (names) => names.reduce((n, name) => n + (name.name || name).length, 0);

  // fitted is an option as the width of its box allows: names of rows have more room on a wide one; on a narrow one the legend alone names lines.
  const fitted = (o, width, height) => {
    const rows = o.yAxis?.type === 'category' && o.yAxis.axisLabel?.width;
    if (rows && width >= 560) o.yAxis = { ...o.yAxis, axisLabel: { ...o.yAxis.axisLabel, width: width >= 900 ? 300 : 230 } };
    if (o.series[0]?.type === 'treemap') o.series = [{ ...o.series[0], data: roomy(o.series[0].data, width * height) }];
    if (width >= 480) return apart(o, height);
    if (o.legend && lengthOf(o.legend.data) * 6 + 30 * o.legend.data.length > width && o.legend.data.length <= 3) { // long names, below each other: none is cut
      o.legend = { ...o.legend, type: 'plain', orient: 'vertical', itemGap: 4 };
      o.grid = { ...o.grid, top: (o.grid?.top || 36) + 18 * (o.legend.data.length - 1) };
    }
    if (o.legend && o.series.some((s) => s.endLabel?.show)) {
      o.series = o.series.map((s) => (s.endLabel ? { ...s, endLabel: { show: false } } : s));
      o.grid = { ...o.grid, right: 16 };
    }
    if (o.thresholds) { // bubbles that leave room for each other, without names, which would cover them
      o.series = o.series.map((s) => ({ ...s, data: s.data.map((d) => ({ ...d, symbolSize: d.symbolSize / 2, label: { show: false } })) }));
    }
    if (o.series[0]?.type === 'heatmap' && o.xAxis.data.length > 12) { // many columns: their names are as narrow as these, and rows leave them room
      o.grid = { ...o.grid, left: 4, right: 4 };
      o.xAxis = { ...o.xAxis, axisLabel: { ...o.xAxis.axisLabel, fontSize: 10 } };
      o.yAxis = { ...o.yAxis, axisLabel: { ...o.yAxis.axisLabel, fontSize: 10, width: 132, overflow: 'truncate' } };
    }
    if (o.xAxis?.axisLabel?.rotate) o.xAxis = { ...o.xAxis, axisLabel: { ...o.xAxis.axisLabel, rotate: 90 } };
    return o;
  };

  const themed = (named, c, below = 0) => {
    const option = painted(named, c.marks);
    const font = "'Source Sans 3', 'Segoe UI', 'Helvetica Neue', 'Liberation Sans', Arial, sans-serif"; // a canvas ignores a name that ends in a number, unless quoted
    const o = { ...option, textStyle: { fontFamily: font, color: c.text }, backgroundColor: 'transparent' };
    if (still.matches) o.animation = false;
    o.tooltip = { ...option.tooltip, backgroundColor: c.paper, borderColor: c.rule, textStyle: { color: c.text, fontFamily: font } };
    if (o.legend) o.legend = { ...o.legend, textStyle: { color: c.text }, pageTextStyle: { color: c.soft }, pageIconColor: c.soft };
    for (const axis of ['xAxis', 'yAxis']) {
      if (!o[axis]) continue;
      o[axis] = {
        ...o[axis],
        axisLabel: { color: c.soft, hideOverlap: o[axis].type !== 'category', ...o[axis].axisLabel },
        axisLine: { lineStyle: { color: c.rule } },
        ...(below && axis === 'xAxis' && o[axis].type === 'value' ? { splitNumber: 2 } : {}),
        splitLine: o[axis].type === 'category' ? { show: false } : { lineStyle: { color: c.rule } },
        nameTextStyle: { ...o[axis].nameTextStyle, color: c.soft },
      };
    }
    if (o.graphic) o.graphic = o.graphic.map((g) => (g.type === 'text' ? { ...g, style: { ...g.style, fontFamily: font } } : g));
    if (o.visualMap) o.visualMap = { ...o.visualMap, textStyle: { color: c.soft } };
    o.series = (o.series || []).map((s) => (s.type === 'map'
      ? { ...s, bottom: s.bottom + below, itemStyle: { areaColor: c.land, borderColor: c.paper, borderWidth: 0.5 }, emphasis: { ...s.emphasis, itemStyle: { areaColor: '#d55e00' } } }
      : s.type === 'heatmap' ? { ...s, itemStyle: { borderColor: c.paper, borderWidth: 1 } }
        : s.type === 'bar' && s.label?.show && s.label.position === 'right' ? { ...s, label: { backgroundColor: c.paper, padding: [1, 2], ...s.label } } : s)); // no line goes through a number
    return o;
  };

  let world;
  const shapes = (url) => {
    world ||= fetch(url).then((r) => r.json()).then((topology) => {
      const features = topojson.feature(topology, topology.objects.countries);
      features.features = features.features.filter((f) => f.id !== '010'); // Antarctica trades nothing
      for (const f of features.features) f.properties.id = f.id || f.properties.name;
      echarts.registerMap('world', features);
    });
    return world;
  };

  const drawn = new Map();
  const draw = (box, paper = false) => {
    const c = palette(paper || !dark.matches);
    const chart = drawn.get(box).chart;
    const option = fitted(themed(drawn.get(box).option, c, paper && box.dataset.map || narrow(box) ? legendHeight : 0), box.clientWidth, box.clientHeight);
    if (paper) option.animation = false;
    chart.setOption(option, { notMerge: true });
    if (drawn.get(box).option.thresholds) thresholds(box, chart, c);
  };

  // A chart is drawn when its box has a place, and again when that changes.
  const sizes = 'ResizeObserver' in window ? new ResizeObserver((list) => {
    for (const { target } of list) {
      if (drawn.has(target)) {
        drawn.get(target).chart?.resize();
        drawn.get(target).place?.();
      }
      else start(target); // it was folded
    }
  }) : null;

  const start = async (box) => {
    if (drawn.has(box)) return;
    if (!box.clientWidth) { sizes?.observe(box); return; }
    const entry = { option: resolve(JSON.parse(box.dataset.option)) };
    drawn.set(box, entry);
    if (box.dataset.map) await shapes(box.dataset.map);
    await document.fonts?.load("12px 'Source Sans 3'").catch(() => {}); // a canvas is not drawn again when a font arrives
    if (!box.isConnected) return; // it was swapped meanwhile
    entry.chart = echarts.init(box, null, { renderer: 'canvas', devicePixelRatio: Math.max(window.devicePixelRatio, 2) }); // paper is finer than screens
    draw(box);
    sizes?.observe(box);
    entry.chart.on('click', (p) => { if (p.data && p.data.href) window.open(p.data.href, '_top'); }); // out of the frame that the figure may be in
    if (box.dataset.map) closer(box, entry.chart);
  };

  // A map comes closer by buttons, or by the wheel with Ctrl; the wheel alone scrolls the page. It can be dragged only when it is
  // closer, so that a finger on it scrolls the page too.
  const closer = (box, chart) => {
    const zoom = (factor, x = box.clientWidth / 2, y = box.clientHeight / 2) => {
      chart.dispatchAction({ type: 'geoRoam', componentType: 'series', seriesIndex: 0, zoom: factor, originX: x, originY: y });
      chart.setOption({ series: [{ roam: chart.getOption().series[0].zoom > 1 ? 'move' : false }] });
    };
    box.addEventListener('wheel', (e) => {
      if (!e.ctrlKey) return;
      e.preventDefault();
      zoom(e.deltaY < 0 ? 1.25 : 0.8, e.offsetX, e.offsetY);
    }, { passive: false });
    const group = document.createElement('p');
    group.className = 'zoom';
    group.setAttribute('role', 'group');
    group.setAttribute('aria-label', 'Zoom');
    for (const [text, label, act] of [['+', 'Zoom in', () => zoom(1.6)], ['−', 'Zoom out', () => zoom(1 / 1.6)], ['Whole world', '', () => draw(box)]]) {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = text;
      if (label) button.setAttribute('aria-label', label);
      button.addEventListener('click', act);
      group.append(button);
    }
    box.after(group);
  };

  // Threshold lines over bubbles: dragged with the pointer, or typed into the fields below the chart.
  const thresholds = (box, chart, c) => {
    const { option } = drawn.get(box);
    const at = option.thresholds;
    const figure = box.closest('figure');
    let fields = figure.querySelector('.lines');
    if (!fields) {
      fields = document.createElement('p');
      fields.className = 'lines';
      fields.setAttribute('aria-live', 'polite');
      const field = (text, axis, step, unit) => { // unit: what 1 in the field is on the axis
        const label = document.createElement('label');
        label.textContent = text;
        const input = document.createElement('input');
        input.type = 'number';
        input.step = step;
        input.addEventListener('change', () => { const x = Number(input.value); if (x > 0) { at[axis] = x * unit; place(); } });
        label.append(input);
        fields.append(label);
        return input;
      };
      fields.x = field('Share of at least, % ', 'x', '1', 0.01);
      fields.y = field('Imports of at least, million USD ', 'y', 'any', 1e6);
      fields.sum = document.createElement('output');
      fields.append(fields.sum);
      box.after(fields);
    }
    const place = () => {
      const [x, y] = chart.convertToPixel('grid', [at.x, at.y]);
      const area = chart.getModel().getComponent('grid').coordinateSystem.getRect();
      const line = { stroke: '#d55e00', lineWidth: 2, lineDash: [6, 4] };
      chart.setOption({ graphic: [
        { id: 'tx', type: 'line', draggable: 'horizontal', cursor: 'ew-resize', z: 10, x, y: area.y, shape: { x1: 0, y1: 0, x2: 0, y2: area.height }, style: line,
          ondrag() { at.x = chart.convertFromPixel('grid', [this.x, area.y])[0]; told(); }, ondragend: () => place() },
        { id: 'ty', type: 'line', draggable: 'vertical', cursor: 'ns-resize', z: 10, x: area.x, y, shape: { x1: 0, y1: 0, x2: area.width, y2: 0 }, style: line,
          ondrag() { at.y = chart.convertFromPixel('grid', [area.x, this.y])[1]; told(); }, ondragend: () => place() },
      ] });
      told();
    };
    const told = () => {
      at.x = Math.min(Math.max(at.x, 0), 1);
      fields.x.value = (100 * at.x).toFixed(0);
      fields.y.value = String(Number((at.y / 1e6).toPrecision(3)));
      const { data } = option.series[0];
      const n = data.filter((d) => d.value[0] >= at.x && d.value[1] >= at.y).length;
      fields.sum.textContent = `${n} of ${data.length} products shown lie above both lines`;
    };
    place();
    drawn.get(box).place = place;
  };

  // wrapped breaks a text into lines of a width in pixels.
  const wrapped = (text, font, width) => {
    const pen = document.createElement('canvas').getContext('2d');
    pen.font = font;
    const lines = [];
    for (const word of text.split(' ')) {
      const longer = lines.length ? lines.at(-1) + ' ' + word : word;
      if (lines.length && pen.measureText(longer).width <= width) lines[lines.length - 1] = longer;
      else lines.push(word);
    }
    return lines;
  };

  // An image says what it shows, what that lacks, and where it comes from, and is always on white. Its name says the status too.
  const save = (box, kind) => {
    const { chart, option } = drawn.get(box);
    const width = Math.max(chart.getWidth(), 640);
    const light = fitted(themed(option, palette(true), narrow(box) ? legendHeight : 0), width, chart.getHeight());
    light.animation = false;
    light.backgroundColor = '#ffffff';
    const { title, note = '', source, status, why = '' } = box.dataset;
    const lines = (text, font) => wrapped(text, font + ' ' + light.textStyle.fontFamily, width - 24);
    const headline = lines(title, 'bold 15px');
    const lacks = [...(note ? lines(note, '11px') : []), ...(why ? lines(why, '11px') : [])];
    const from = lines(source, '10px');
    light.title = [
      { text: headline.join('\n'), left: 8, top: 6, itemGap: 4, textStyle: { fontSize: 15, fontWeight: 'bold', lineHeight: 18, color: '#17212b' },
        subtext: lacks.join('\n'), subtextStyle: { fontSize: 11, lineHeight: 14, color: '#6b4300' } },
      { text: from.join('\n'), left: 8, bottom: 4, textStyle: { fontSize: 10, lineHeight: 14, fontWeight: 'normal', color: '#52616f' } },
    ];
    const above = 20 + 18 * headline.length + 14 * lacks.length;
    const below = 12 + 14 * from.length;
    const lift = (o) => (o ? { ...o, top: (o.top || 0) + above, bottom: (o.bottom || 0) + below } : o);
    light.grid = lift(light.grid);
    if (light.legend) light.legend = { ...light.legend, top: above };
    if (light.visualMap) light.visualMap = { ...light.visualMap, left: light.visualMap.left === 0 ? 8 : light.visualMap.left, bottom: (light.visualMap.bottom || 0) + below };
    if (light.graphic) light.graphic = light.graphic.map((g) => ({ ...g, left: g.left + 8, bottom: g.bottom + below }));
    light.series = light.series.map((s) => (s.type === 'map' || s.type === 'sankey' || s.type === 'treemap' ? lift(s) : s));
    if (option.thresholds) { // lines over the chart are drawn by hand on the screen
      light.series[0].markLine = { silent: true, symbol: 'none', animation: false, lineStyle: { color: '#d55e00', type: 'dashed', width: 2 }, label: { color: '#17212b', formatter: (p) => (p.data.xAxis === undefined ? 'at least ' + short(p.value) + ' USD' : 'at least ' + (100 * p.value).toFixed(0) + ' %') },
        data: [{ xAxis: option.thresholds.x }, { yAxis: option.thresholds.y }] };
    }
    const holder = document.createElement('div');
    const height = chart.getHeight() + above + below;
    const copy = kind === 'svg'
      ? echarts.init(null, null, { renderer: 'svg', ssr: true, width, height })
      : echarts.init(holder, null, { renderer: 'canvas', width, height, devicePixelRatio: 2 });
    copy.setOption(light);
    const name = [box.dataset.file || box.closest('figure').id || 'chart', ...(status ? [status.replaceAll(' ', '-')] : [])].join('-') + '.' + kind;
    const give = (url) => {
      const a = document.createElement('a');
      a.href = url;
      a.download = name;
      a.click();
    };
    if (kind === 'svg') {
      const url = URL.createObjectURL(new Blob([copy.renderToSVGString()], { type: 'image/svg+xml' }));
      give(url);
      setTimeout(() => URL.revokeObjectURL(url), 10000);
    } else {
      give(copy.getDataURL({ type: 'png', pixelRatio: 2, backgroundColor: '#ffffff' }));
    }
    copy.dispose();
  };

  // A definition in a file is put into its field and used.
  document.addEventListener('change', async (e) => {
    const field = document.getElementById(e.target.dataset.load || '');
    if (!field || !e.target.files[0]) return;
    field.value = await e.target.files[0].text();
    field.form.requestSubmit();
  });

  const begin = (root) => {
    for (const label of root.querySelectorAll('.load')) label.hidden = false;
    if (navigator.clipboard) for (const button of root.querySelectorAll('[data-copy]')) button.hidden = !button.closest('.sheet').querySelector('table');
    if (!window.echarts) {
      document.documentElement.classList.add('nocharts');
      for (const twin of root.querySelectorAll('details.twin')) twin.open = true;
      return;
    }
    for (const box of root.querySelectorAll('.chart')) start(box);
  };

  document.addEventListener('DOMContentLoaded', () => begin(document));
  document.addEventListener('htmx:afterSwap', (e) => {
    for (const [box, entry] of drawn) {
      if (!box.isConnected) { entry.chart?.dispose(); drawn.delete(box); sizes?.unobserve(box); }
    }
    const id = e.detail.target.id; // parts of a page come in many places
    const swapped = id !== 'arriving' && document.getElementById(id) || document;
    begin(swapped);
    if (e.detail.target.id === 'live') { // the figures have come: nothing is wrong any more
      for (const fault of document.querySelectorAll('#bench .fault')) fault.remove();
      for (const field of document.querySelectorAll('#bench [aria-invalid]')) field.removeAttribute('aria-invalid');
    }
  });

  // Where no page came back, what went wrong stands in the place of the figures: old ones would be taken for the answer.
  const failed = (target, text) => {
    const place = ['found', 'arriving', 'shown'].includes(target.id) ? target : document.getElementById('live');
    if (!place) return;
    const box = document.createElement('section');
    box.className = 'problem';
    box.setAttribute('role', 'alert');
    const p = document.createElement('p');
    p.textContent = text;
    box.append(p);
    if (place.id === 'live') {
      const again = document.createElement('button');
      again.type = 'button';
      again.textContent = 'Try again';
      again.addEventListener('click', () => document.getElementById('bench')?.requestSubmit());
      box.append(again);
      document.getElementById('foot')?.setAttribute('hidden', '');
    }
    if (place.id === 'arriving') {
      const again = document.createElement('button');
      again.type = 'button';
      again.textContent = 'Try again';
      again.addEventListener('click', () => window.htmx.trigger(place, 'again'));
      box.append(again);
    }
    place.replaceChildren(box);
  };
  // What a page was waiting for is of no use when its figures have made way for others.
  document.addEventListener('htmx:beforeCleanupElement', (e) => { if (e.target.id === 'arriving') window.htmx.trigger(e.target, 'htmx:abort'); });
  document.addEventListener('htmx:beforeSwap', (e) => {
    const { xhr, target } = e.detail;
    if (target.id === 'arriving' && !target.isConnected) {
      e.detail.shouldSwap = false;
      return;
    }
    if (target.id === 'arriving' && xhr.status === 422) { // a choice is wrong: the whole page says so in its form
      const whole = new URL(xhr.responseURL);
      whole.searchParams.set('stage', '9');
      window.location.replace(whole);
      return;
    }
    if (xhr.status < 400) return;
    const page = new DOMParser().parseFromString(xhr.responseText, 'text/html');
    if (target.id !== 'found' && page.getElementById('workbench')) return; // the page shows its problem itself
    e.detail.shouldSwap = false;
    let text = page.querySelector('.problem')?.textContent.trim().replace(/\s+/g, ' ');
    try {
      const problem = JSON.parse(xhr.responseText);
      text = `${problem.title}: ${problem.detail}`;
    } catch { /* no problem as JSON */ }
    failed(target, text || `The server answered with status ${xhr.status}.`);
  });
  document.addEventListener('htmx:sendError', (e) => failed(e.detail.target, 'The server cannot be reached. Is it still running?'));
  document.addEventListener('htmx:timeout', (e) => failed(e.detail.target, 'The server took too long to answer.'));

  const redraw = () => { for (const [box, entry] of drawn) if (entry.chart) draw(box); };
  dark.addEventListener('change', redraw);

  // For paper charts are drawn again, dark on white and in the size that the style sheet gives them there, and tables that are
  // wider than the sheet become smaller.
  const print = (on) => {
    document.documentElement.classList.toggle('printing', on);
    for (const table of document.querySelectorAll('.scroll table')) {
      const over = on && table.parentElement.clientWidth > 0 ? table.scrollWidth / table.parentElement.clientWidth : 1;
      table.style.zoom = over > 1 ? String(1 / over) : '';
    }
    for (const [box, entry] of drawn) {
      if (!entry.chart) continue;
      entry.chart.resize();
      draw(box, on);
      entry.chart.getZr().flush();
    }
  };
  window.addEventListener('beforeprint', () => {
    for (const twin of document.querySelectorAll('details.twin')) twin.open = false;
    for (const link of document.querySelectorAll('.permalink')) link.dataset.address = link.href; // whole: paper has no host
    print(true);
  });
  window.addEventListener('afterprint', () => print(false));

  // A table is copied as it stands: exact numbers where the page shows short ones, for a sheet, and as text between tabs.
  const copy = async (table, button) => {
    const lines = [...table.rows].map((row) => [...row.cells].map((c) => (c.classList.contains('number') && c.tagName !== 'TH' ? (c.title || c.textContent).replace('−', '-') : c.textContent).trim().replace(/\s+/g, ' ')));
    await navigator.clipboard.writeText(lines.map((line) => line.join('\t')).join('\n'));
    button.textContent = `Copied ${lines.length - 1} rows`;
  };
  document.addEventListener('click', (e) => {
    const button = e.target.closest('[data-copy]');
    if (button) copy(button.closest('.sheet').querySelector('table'), button);
  });

  document.addEventListener('click', (e) => {
    const button = e.target.closest('[data-image]');
    if (button) save(button.closest('figure').querySelector('.chart'), button.dataset.image);
  });

  // A slider and the number beside it are one value. A field that is being mended is no longer wrong.
  document.addEventListener('input', (e) => {
    const { dataset, value } = e.target;
    let other;
    if (dataset.for) {
      other = document.getElementById(dataset.for);
      other.value = value;
    }
    if (dataset.from) {
      const x = /%\s*$/.test(value) ? parseFloat(value) / 100 : Number(value);
      if (value.trim() !== '' && Number.isFinite(x)) document.getElementById(dataset.from).value = x;
    }
    for (const field of [e.target, other]) {
      if (field?.getAttribute('aria-invalid')) {
        field.removeAttribute('aria-invalid');
        document.getElementById(field.getAttribute('aria-describedby'))?.remove();
      }
    }
  }, true);
})();
