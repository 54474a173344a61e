-- merics-2024 with another threshold on the partner's share, importer USA, every partner.
-- for each year
WITH y AS (SELECT * FROM flows WHERE year = {{.Year}}),
     x AS (SELECT year, product, exporter, sum(value) x FROM y GROUP BY ALL),
     w AS (SELECT year, product, sum(x) w FROM x GROUP BY ALL),
     seller AS (SELECT year, product, exporter FROM x JOIN w USING (year, product) WHERE 10 * x >= 3 * w),
     f AS (SELECT * FROM y WHERE importer = 842),
     m AS (SELECT year, product, sum(value) m FROM f GROUP BY ALL),
     c AS (SELECT year, product, m FROM m LEFT JOIN (SELECT year, product, x FROM x WHERE exporter = 842) USING (year, product) WHERE m >= 2 * coalesce(x, 0))
SELECT f.year, 842, f.exporter, count(*), sum(c.m), sum(f.value)
FROM f JOIN seller USING (year, product, exporter) JOIN c USING (year, product)
WHERE f.value >= {{.Threshold}} * c.m GROUP BY ALL
