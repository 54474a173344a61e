// Starts the program on the world of the demonstration and, where the data are there, on the real extract; and the browser.
import { spawn, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
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
    return { base, browser, datasets, run, close };
  } catch (err) {
    await close();
    throw err;
  }
};

/** settled waits until a page has drawn what is in view. */
export const settled = async (page) => {
  await page.waitForLoadState('load');
  await page.waitForFunction(() => !document.querySelector('.htmx-request'));
  await page.waitForTimeout(400);
};
