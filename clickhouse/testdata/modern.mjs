// A modern ClickHouse in process (chdb), for dialect_test.go: node modern.mjs FOLDER_WITH_CHDB FOLDER_OF_DATA. Each line of
// standard input is a statement as JSON; each is answered by a line of JSON, the error or an empty text.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const [packages, folder] = process.argv.slice(2);
let Session;
try {
  ({ Session } = createRequire(packages + '/package.json')('chdb'));
} catch (e) {
  console.log(JSON.stringify('missing: ' + e));
  process.exit(0);
}
const session = new Session(folder);
session.query('CREATE DATABASE IF NOT EXISTS cluster ENGINE = Atomic');
session.query('USE cluster');
console.log(JSON.stringify('ready'));
for await (const line of createInterface({ input: process.stdin })) {
  let failure = '';
  try {
    session.query(JSON.parse(line), 'TSV');
  } catch (e) {
    failure = String(e);
  }
  console.log(JSON.stringify(failure));
}
session.cleanup?.();
