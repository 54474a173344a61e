// The pages, by what a visitor opens: a new page is one line here.

// charts: how many there are at least; oneYear: the same of a dataset with one year, where that differs.
/** @type {{name: string, path: string, charts: number, oneYear?: number}[]} */
export const pages = [
  { name: 'front', path: '/', charts: 0 },
  { name: 'overview', path: '/overview', charts: 3 },
  { name: 'overview-bloc', path: '/overview?importers=EU27&method=hjs-2020', charts: 3 },
  { name: 'pair', path: '/pair', charts: 3 },
  { name: 'report', path: '/report', charts: 0 },
  { name: 'report-pair', path: '/report?importers=USA&partners=CHN&products=85', charts: 0 },
  { name: 'product', path: '/product', charts: 3 },
  { name: 'product-heading', path: '/product?products=85', charts: 2 },
  { name: 'chokepoints', path: '/chokepoints', charts: 2 },
  { name: 'chokepoints-all', path: '/chokepoints?products=all', charts: 2 },
  { name: 'chokepoints-weights', path: '/chokepoints?show=weights', charts: 3 },
  { name: 'chokepoints-pair', path: '/chokepoints?partners=CHN&products=850440', charts: 0 },
  { name: 'industry', path: '/industry', charts: 4, oneYear: 2 },
  { name: 'chain', path: '/chain', charts: 0 },
  { name: 'policy', path: '/policy', charts: 2, oneYear: 0 },
  { name: 'policy-share', path: '/policy?outcome=world-share&list=mic25:medium', charts: 2, oneYear: 0 },
  { name: 'scenario', path: '/scenario', charts: 5 },
  { name: 'loop', path: '/loop', charts: 3 },
  { name: 'map', path: '/map', charts: 1 },
  { name: 'workbench', path: '/workbench', charts: 2 },
  { name: 'compare', path: '/compare', charts: 1 },
  { name: 'brief', path: '/brief', charts: 0 },
  { name: 'data', path: '/data', charts: 0 },
  { name: 'search', path: '/search?q=lithium', charts: 0 },
  { name: 'reference', path: '/api/v1/', charts: 0 },
];

/** chartsOf is how many charts a page of a dataset has at least. */
export const chartsOf = (p, dataset) => (dataset.startsWith('synthetic') ? p.charts : p.oneYear ?? p.charts);

/** with adds the dataset to a path. */
export const withDataset = (path, dataset) => path + (path.includes('?') ? '&' : '?') + 'dataset=' + dataset;
