-- Choke points: every product and supplier on which anybody depends: how many do, what they buy of it from the supplier and in all.
-- for each year
WITH y AS (SELECT * FROM flows WHERE year = {{.Year}}),
     x AS (SELECT product, exporter, sum(value) x FROM y GROUP BY ALL),
     w AS (SELECT product, sum(x) w FROM x GROUP BY ALL),
     seller AS (SELECT product, exporter FROM x JOIN w USING (product) WHERE 10 * x >= 3 * w),
     m AS (SELECT product, importer, sum(value) m FROM y GROUP BY ALL),
     c AS (SELECT m.product, m.importer, m FROM m LEFT JOIN x ON x.product = m.product AND x.exporter = m.importer WHERE m >= 2 * coalesce(x, 0))
SELECT {{.Year}}, y.product, y.exporter, count(*), sum(c.m), sum(y.value)
FROM y JOIN seller USING (product, exporter) JOIN c USING (product, importer)
WHERE y.value >= {{.Threshold}} * c.m GROUP BY ALL
