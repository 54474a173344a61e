// How a visitor asks: the search as a combobox, lists and blocs of the visitor's own, and a word where an answer takes long. Everything
// else is links and forms, and works without.
'use strict';

(() => {
  document.documentElement.classList.add('js');

  // The search is a combobox with a list, by the pattern of ARIA: arrows choose, Enter goes to what is chosen, Escape closes.
  const combobox = () => {
    const input = document.getElementById('q');
    const found = document.getElementById('found');
    if (!input || !found) return;
    const says = document.getElementById('found-says');
    let options = [];
    let active = -1;
    let wanted = false; // Enter was pressed before the answer came
    const answered = () => found.querySelector('#results')?.dataset.query === input.value.trim();
    input.setAttribute('role', 'combobox');
    input.setAttribute('aria-autocomplete', 'list');
    input.setAttribute('aria-expanded', 'false');
    input.setAttribute('aria-controls', 'found-list');
    const choose = (i) => {
      options[active]?.setAttribute('aria-selected', 'false');
      active = i;
      const option = options[active];
      if (!option) { input.removeAttribute('aria-activedescendant'); return; }
      option.setAttribute('aria-selected', 'true');
      option.scrollIntoView({ block: 'nearest' });
      input.setAttribute('aria-activedescendant', option.id);
    };
    const close = () => {
      found.replaceChildren();
      options = [];
      active = -1;
      input.setAttribute('aria-expanded', 'false');
      input.removeAttribute('aria-activedescendant');
      says.textContent = '';
    };
    const opened = () => {
      const list = found.querySelector('.hits');
      options = [];
      active = -1;
      input.removeAttribute('aria-activedescendant');
      input.setAttribute('aria-expanded', String(Boolean(list)));
      if (list) {
        list.id = 'found-list';
        list.setAttribute('role', 'listbox');
        for (const item of list.children) {
          const link = item.querySelector('a');
          if (!link) { item.setAttribute('role', 'option'); item.setAttribute('aria-disabled', 'true'); item.setAttribute('aria-selected', 'false'); continue; }
          item.setAttribute('role', 'option');
          item.id = `found-${options.length}`;
          item.setAttribute('aria-selected', 'false');
          link.tabIndex = -1;
          link.setAttribute('role', 'presentation');
          options.push(item);
        }
      }
      const n = options.length;
      const guess = Boolean(found.querySelector('.meant'));
      says.textContent = !list && input.value.trim() ? 'No matches' : n ? `${n} ${n === 1 ? 'match' : 'matches'}${guess ? ', none of them exact' : ''}` : '';
      if (n && !guess && answered()) choose(0);
      if (!wanted || !answered()) return;
      wanted = false;
      if (active === 0) options[0].querySelector('a').click();
      else input.form.requestSubmit();
    };
    document.addEventListener('htmx:afterSwap', (e) => {
      if (e.detail.target.id !== 'found') return;
      if (document.activeElement !== input && !found.contains(document.activeElement)) { close(); return; }
      opened();
    });
    input.addEventListener('keydown', (e) => {
      if (e.key === 'Escape') { close(); return; }
      if (e.key === 'Enter' && window.htmx && input.value.trim() && !answered()) { e.preventDefault(); wanted = true; return; } // what is shown answers an earlier text
      if (!options.length) return;
      if (e.key === 'ArrowDown') { e.preventDefault(); choose((active + 1) % options.length); }
      if (e.key === 'ArrowUp') { e.preventDefault(); choose((active + options.length - 1) % options.length); }
      if (e.key === 'Enter' && options[active]) {
        e.preventDefault();
        options[active].querySelector('a').click();
      }
    });
    input.addEventListener('input', () => { wanted = false; choose(-1); if (!input.value.trim()) close(); });
    document.addEventListener('click', (e) => { if (!e.target.closest('.search')) close(); });
    document.addEventListener('keydown', (e) => {
      if (e.key === '/' && !/^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName)) { e.preventDefault(); input.focus(); }
    });
  };

  // codesIn finds codes of goods in a text or a table: the first field of each line that looks like one, or all in a line of codes. Codes
  // of a tariff are cut to six digits, and a zero that a spreadsheet dropped is given back.
  const codesIn = (text) => {
    const list = [];
    for (const line of text.split(/\r?\n/)) {
      const fields = line.split(/[,;\t]/).map((f) => f.trim().replace(/^"|"$/g, '').trim());
      const codes = fields.flatMap((f) => (/^[0-9][0-9. ]*$/.test(f) ? f.split(/\s+(?=[0-9]{4})/) : [])).map((f) => f.replace(/[. ]/g, ''));
      const words = fields.some((f) => f && !/^[0-9][0-9. ]*$/.test(f));
      for (let code of words ? codes.slice(0, 1) : codes) {
        if (code.length === 3 || code.length === 5) code = '0' + code;
        if (code.length > 6) code = code.slice(0, 6);
        if ([2, 4, 6].includes(code.length) && !list.includes(code)) list.push(code);
      }
    }
    return list;
  };

  // A list too long for an address is packed into one term, which the program unfolds: deflated groups of a heading and the last two
  // digits of its codes (see trade/packed.go). A chapter or heading is a group by itself.
  const longest = 4000; // characters of codes in an address
  const packedTerm = /^packed:([A-Za-z0-9_-]+)$/;
  const packable = /^[0-9]{2}(?:[0-9]{2}){0,2}$/;
  const through = (bytes, stream) => new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer();
  const pack = async (codes) => {
    let text = '';
    let heading;
    for (const code of [...new Set(codes)].sort()) {
      if (code.length === 6 && code.slice(0, 4) === heading) { text += code.slice(4); continue; }
      text += (text && '.') + code;
      heading = code.length === 6 ? code.slice(0, 4) : undefined;
    }
    const packed = new Uint8Array(await through(text, new CompressionStream('deflate-raw')));
    return 'packed:' + btoa(Array.from(packed, (b) => String.fromCharCode(b)).join('')).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  };
  const unpack = async (term) => {
    const packed = atob(packedTerm.exec(term)[1].replaceAll('-', '+').replaceAll('_', '/'));
    const text = new TextDecoder().decode(await through(Uint8Array.from(packed, (c) => c.charCodeAt(0)), new DecompressionStream('deflate-raw')));
    return text.split('.').flatMap((group) => (group.length <= 4 ? [group] : group.slice(4).match(/../g).map((end) => group.slice(0, 4) + end)));
  };

  const economiesIn = (text) => text.split(/[\n,;+\t]/).map((f) => f.trim().replace(/^"|"$/g, '')).filter(Boolean);

  // What a visitor names stays in the browser.
  const kept = {
    read() {
      try { return JSON.parse(localStorage.getItem('chokepoint-own')) || []; } catch { return []; }
    },
    write(list) {
      try { localStorage.setItem('chokepoint-own', JSON.stringify(list)); return true; } catch { return false; }
    },
    put(entry) {
      return this.write([...this.read().filter((e) => e.name !== entry.name), entry]);
    },
    nameOf(codes) {
      const wanted = [...new Set(codes)].sort().join();
      return this.read().find((e) => e.kind === 'goods' && [...new Set(e.value.split(','))].sort().join() === wanted)?.name;
    },
    valueOf(name, kind) {
      const entry = this.read().find((e) => e.kind === kind && e.name.toLowerCase() === name.trim().toLowerCase());
      return entry?.value;
    },
  };

  const fieldOf = (name) => document.getElementById(`f-${name}`);
  const kindOf = (name) => (name === 'products' ? 'goods' : 'bloc');

  // offer puts what is kept among what fields complete.
  const offer = () => {
    for (const [id, kind] of [['goods', 'goods'], ['parties', 'bloc']]) {
      const list = document.getElementById(id);
      if (!list) continue;
      for (const old of list.querySelectorAll('[data-own-entry]')) old.remove();
      for (const entry of kept.read().filter((e) => e.kind === kind)) {
        const option = document.createElement('option');
        option.value = entry.name;
        option.textContent = 'your own';
        option.dataset.ownEntry = '';
        list.prepend(option);
      }
    }
  };

  const own = () => {
    const box = document.getElementById('mine');
    offer();
    if (!box) return;
    const at = (id) => document.getElementById(`mine-${id}`);
    const say = (text) => { at('says').textContent = text; };
    const show = () => {
      at('kept').replaceChildren(...kept.read().map((entry) => {
        const line = document.createElement('p');
        line.className = 'kept';
        const name = document.createElement('strong');
        name.textContent = entry.name;
        const what = document.createElement('span');
        what.textContent = entry.kind === 'goods' ? `${entry.value.split(',').length} codes` : entry.value;
        const use = document.createElement('button');
        use.type = 'button';
        use.className = 'quiet';
        use.textContent = 'Edit';
        use.addEventListener('click', () => { at('name').value = entry.name; at('text').value = entry.kind === 'goods' ? entry.value : entry.value.split('=').at(-1); });
        const drop = document.createElement('button');
        drop.type = 'button';
        drop.className = 'quiet';
        drop.textContent = 'Remove';
        drop.setAttribute('aria-label', `Remove ${entry.name}`);
        drop.addEventListener('click', () => { kept.write(kept.read().filter((e) => e.name !== entry.name)); show(); offer(); say(`${entry.name} was removed.`); });
        line.append(name, what, use, drop);
        return line;
      }));
    };
    const take = (file) => file.text().then((text) => {
      at('text').value = text;
      if (!at('name').value) at('name').value = file.name.replace(/\.[^.]*$/, '').slice(0, 40);
    });
    at('file').addEventListener('change', () => { if (at('file').files[0]) take(at('file').files[0]); });
    box.addEventListener('dragover', (e) => { e.preventDefault(); box.classList.add('dropping'); });
    box.addEventListener('dragleave', () => box.classList.remove('dropping'));
    box.addEventListener('drop', (e) => {
      e.preventDefault();
      box.classList.remove('dropping');
      if (e.dataTransfer.files[0]) take(e.dataTransfer.files[0]);
      else at('text').value = e.dataTransfer.getData('text/plain');
    });
    for (const button of box.querySelectorAll('[data-own]')) {
      button.addEventListener('click', () => {
        const name = at('name').value.trim();
        const field = fieldOf(button.dataset.own);
        const kind = kindOf(button.dataset.own);
        const members = kind === 'goods' ? codesIn(at('text').value) : economiesIn(at('text').value);
        if (!field) { say('This page has no such field.'); return; }
        if (!members.length) { say(kind === 'goods' ? 'The text has no codes of two, four or six digits.' : 'The text names no economies.'); return; }
        const value = kind === 'goods' ? members.join(',') : (name ? `${name}=` : '') + members.join('+');
        field.value = value;
        if (name && !kept.put({ name, kind, value })) say('The browser could not save it, but the address of the page includes it.');
        show();
        offer();
        field.form.requestSubmit();
      });
    }
    box.addEventListener('toggle', (e) => { if (e.newState === 'open') show(); });
  };

  // namePacked shows a packed list by its name. One that came with a link is kept in this browser first.
  const namePacked = async () => {
    const field = fieldOf('products');
    if (!field || !packedTerm.test(field.value)) return;
    const codes = await unpack(field.value);
    const known = kept.nameOf(codes);
    const name = known || `List of ${codes.length} codes`;
    if (!known && !kept.put({ name, kind: 'goods', value: codes.join(',') })) return;
    field.value = name;
    offer();
  };

  // A name of the visitor's own is sent as what it stands for, and a long list packed; a list of codes may be pasted, or a file dropped, into the
  // field itself.
  document.addEventListener('submit', (e) => {
    for (const name of ['products', 'importers', 'partners']) {
      const field = e.target.elements?.[name];
      const value = field?.value && kept.valueOf(field.value, kindOf(name));
      if (value) field.value = value;
      const bloc = field?.value.match(/^([^=+|,]+)=.+/);
      if (bloc && name !== 'products') kept.put({ name: bloc[1].trim(), kind: 'bloc', value: field.value });
    }
    const goods = e.target.elements?.products;
    const codes = goods?.value.length > longest ? goods.value.split(',').map((c) => c.trim()) : [];
    if (!codes.length || !codes.every((c) => packable.test(c)) || !window.CompressionStream) return;
    e.preventDefault();
    e.stopImmediatePropagation();
    pack(codes).then((term) => { goods.value = term; e.target.requestSubmit(e.submitter); });
  }, true);
  document.addEventListener('htmx:afterSettle', namePacked);
  document.addEventListener('paste', (e) => {
    if (e.target.name !== 'products') return;
    const text = e.clipboardData.getData('text/plain');
    if (!/[\n\t]/.test(text)) return;
    const codes = codesIn(text);
    if (!codes.length) return;
    e.preventDefault();
    e.target.value = codes.join(',');
  });
  document.addEventListener('dragover', (e) => { if (e.target.name === 'products') e.preventDefault(); });
  document.addEventListener('drop', (e) => {
    if (e.target.name !== 'products' || !e.dataTransfer.files[0]) return;
    e.preventDefault();
    e.dataTransfer.files[0].text().then((text) => { e.target.value = codesIn(text).join(','); });
  });

  // A page or an answer that takes more than half a second says so, and for how long it has been worked on.
  let since = 0;
  let timer;
  const working = (on) => {
    clearInterval(timer);
    const place = document.getElementById('working');
    if (!place) return;
    place.replaceChildren();
    if (!on) return;
    since = Date.now();
    timer = setInterval(() => {
      const seconds = (Date.now() - since) / 1000;
      if (seconds < 0.5) return;
      let box = place.firstElementChild;
      if (!box) {
        box = document.createElement('span');
        place.append(box);
        box.textContent = 'Computing …';
        return;
      }
      if (seconds >= 5 && Math.round(seconds) % 5 === 0) box.textContent = `Computing … ${Math.round(seconds)} seconds so far`;
    }, 500);
  };
  document.addEventListener('click', (e) => {
    const link = e.target.closest('a[href]');
    if (!link || e.defaultPrevented || e.button || e.ctrlKey || e.metaKey || e.shiftKey || link.hasAttribute('download') || link.target || link.origin !== location.origin) return;
    if (link.pathname === location.pathname && link.search === location.search && link.hash) return;
    if (link.pathname.startsWith('/api/')) return;
    working(true);
  });
  document.addEventListener('submit', (e) => { if (!e.defaultPrevented) working(true); });
  document.addEventListener('htmx:beforeRequest', (e) => { if (e.detail.target.id !== 'found') working(true); });
  document.addEventListener('htmx:afterRequest', (e) => { if (e.detail.target.id !== 'found') working(false); });
  window.addEventListener('pageshow', () => working(false));

  // A slider moves along the choices of a list, whose first is the last on the slider.
  const slides = () => {
    for (const slider of document.querySelectorAll('[data-steps]')) {
      const list = document.getElementById(slider.dataset.steps);
      const last = list.options.length - 1;
      const show = () => {
        slider.value = String(last - list.selectedIndex);
        slider.setAttribute('aria-valuetext', list.options[list.selectedIndex].text);
      };
      slider.max = String(last);
      show();
      list.addEventListener('change', show);
      slider.addEventListener('input', () => {
        list.selectedIndex = last - Number(slider.value);
        show();
      });
    }
  };

  document.addEventListener('DOMContentLoaded', () => { combobox(); own(); slides(); namePacked(); });
})();
