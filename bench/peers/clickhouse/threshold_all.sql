-- merics-2024 with another threshold on the partner's share, every importer, every partner.
-- for each year
WITH y AS (SELECT * FROM flows WHERE year = {{.Year}}),
     x AS (SELECT year, product, exporter, sum(value) x FROM y GROUP BY ALL),
     w AS (SELECT year, product, sum(x) w FROM x GROUP BY ALL),
     seller AS (SELECT year, product, exporter FROM x JOIN w USING (year, product) WHERE 10 * x >= 3 * w),
     m AS (SELECT year, product, importer, sum(value) m FROM y GROUP BY ALL),
     c AS (SELECT m.year, m.product, m.importer, m FROM m LEFT JOIN x ON x.year = m.year AND x.product = m.product AND x.exporter = m.importer
           WHERE m >= 2 * coalesce(x, 0))
SELECT f.year, f.importer, f.exporter, count(*), sum(c.m), sum(f.value)
FROM y f JOIN seller USING (year, product, exporter) JOIN c USING (year, product, importer)
WHERE f.value >= {{.Threshold}} * c.m GROUP BY ALL
