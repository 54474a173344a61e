// The pages, by what a visitor opens: a new page is one line here.

/** @type {{name: string, path: string, charts: number, multiYear?: boolean}[]} */
export const pages = [
  { name: 'overview', path: '/', charts: 3 },
  { name: 'overview-bloc', path: '/?importers=EU27&method=hjs-2020', charts: 3 },
  { name: 'pair', path: '/pair', charts: 3 },
  { name: 'product', path: '/product', charts: 3 },
  { name: 'chokepoints', path: '/chokepoints', charts: 2 },
  { name: 'industry', path: '/industry', charts: 1 },
  { name: 'map', path: '/map', charts: 1 },
  { name: 'workbench', path: '/workbench', charts: 2 },
  { name: 'compare', path: '/compare', charts: 1 },
  { name: 'brief', path: '/brief', charts: 0 },
  { name: 'data', path: '/data', charts: 0 },
  { name: 'search', path: '/search?q=lithium', charts: 0 },
  { name: 'reference', path: '/api/v1/', charts: 0 },
];

/** with adds the dataset to a path. */
export const withDataset = (path, dataset) => path + (path.includes('?') ? '&' : '?') + 'dataset=' + dataset;
