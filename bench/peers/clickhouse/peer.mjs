// ClickHouse in process (chdb): node peer.mjs FOLDER PARQUET THREADS. See child.go for what it is asked and answers.
import { createRequire } from 'node:module';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
const { Session } = createRequire(import.meta.url)('chdb');

const [folder, parquet, threads] = process.argv.slice(2);
const fresh = !existsSync(folder + '/loaded');
const session = new Session(folder);
session.query('CREATE DATABASE IF NOT EXISTS bench ENGINE = Atomic');
if (fresh) {
  session.query('DROP TABLE IF EXISTS bench.flows');
  session.query(`CREATE TABLE bench.flows (year UInt16, product UInt16, importer UInt16, exporter UInt16, value Float64)
    ENGINE = MergeTree PARTITION BY year ORDER BY (year, product, importer, exporter)`);
  session.query(`INSERT INTO bench.flows SELECT * FROM file('${parquet}/*.parquet', Parquet)`);
  session.query('OPTIMIZE TABLE bench.flows FINAL');
  writeFileSync(folder + '/loaded', '');
}
const settings = ` SETTINGS max_threads = ${threads}, join_use_nulls = 0, joined_subquery_requires_alias = 0`;
console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
  const [question, answer] = line.split(' ');
  const statements = readFileSync(question, 'utf8').replaceAll('FROM flows', 'FROM bench.flows').split(';\n');
  try {
    let rows = '';
    const start = process.hrtime.bigint();
    for (const sql of statements) rows += session.query(/CREATE/.test(sql) ? sql : sql + settings, 'CSV');
    const seconds = Number(process.hrtime.bigint() - start) / 1e9;
    writeFileSync(answer, rows);
    console.log(seconds.toFixed(6));
  } catch (e) {
    console.log(String(e).replaceAll('\n', ' '));
  }
}
