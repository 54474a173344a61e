-- merics-2024 for every economy and the EU27 as importers, every economy as partner. EU27 is importer 1000.
-- One year after another: hash tables of one year stay in the cache, which took a third of the time of all years at once.
-- Sellers first: few exporters have 30 % of the world, which keeps the joins small.
-- for each year
WITH y AS (SELECT * FROM flows WHERE year = {{.Year}}),
     x AS (SELECT year, product, exporter, sum(value) x FROM y GROUP BY ALL),
     w AS (SELECT year, product, sum(x) w FROM x GROUP BY ALL),
     seller AS (SELECT year, product, exporter FROM x JOIN w USING (year, product) WHERE 10 * x >= 3 * w),
     m AS (SELECT year, product, importer, sum(value) m FROM y GROUP BY ALL),
     c AS (SELECT m.year, m.product, m.importer, m FROM m LEFT JOIN x ON x.year = m.year AND x.product = m.product AND x.exporter = m.importer
           WHERE m >= 2 * coalesce(x, 0)),
     eu AS (SELECT year, product, exporter, sum(value) v FROM y WHERE importer IN ({{.EU27}}) AND exporter NOT IN ({{.EU27}}) GROUP BY ALL),
     eum AS (SELECT year, product, sum(v) m FROM eu GROUP BY ALL),
     eux AS (SELECT year, product, sum(value) x FROM y WHERE exporter IN ({{.EU27}}) AND importer NOT IN ({{.EU27}}) GROUP BY ALL),
     euc AS (SELECT year, product, m FROM eum LEFT JOIN eux USING (year, product) WHERE m >= 2 * coalesce(x, 0))
SELECT f.year, f.importer, f.exporter, count(*), sum(c.m), sum(f.value)
FROM y f JOIN seller USING (year, product, exporter) JOIN c USING (year, product, importer)
WHERE 10 * f.value >= 3 * c.m GROUP BY ALL
UNION ALL
SELECT eu.year, 1000, eu.exporter, count(*), sum(euc.m), sum(eu.v)
FROM eu JOIN seller USING (year, product, exporter) JOIN euc USING (year, product)
WHERE 10 * eu.v >= 3 * euc.m GROUP BY ALL
