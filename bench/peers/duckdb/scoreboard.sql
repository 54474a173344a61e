-- China (156) by section of the HS: what it sells (exports, rank, products with revealed advantage) and buys; what it depends on others for, and who depends on it.
-- Sections are numbered from 0; rows of what it depends on are 100 higher, rows of who depends on it 200.
-- for each year
WITH y AS (SELECT product, importer, exporter, value v FROM flows WHERE year = {{.Year}}),
     section(section, first, last) AS (VALUES {{sections}}),
     sold AS (SELECT product, exporter, sum(v) x FROM y GROUP BY ALL),
     bought AS (SELECT product, importer, sum(v) m FROM y GROUP BY ALL),
     world AS (SELECT product, sum(x) w FROM sold GROUP BY ALL),
     part AS (SELECT product, section FROM world JOIN section ON product BETWEEN first AND last),
     total AS (SELECT (SELECT sum(w) FROM world) w, (SELECT sum(x) FROM sold WHERE exporter = 156) x),
     sells AS (SELECT section, exporter, sum(x) x FROM sold JOIN part USING (product) GROUP BY ALL),
     ranked AS (SELECT section, exporter, x, rank() OVER (PARTITION BY section ORDER BY x DESC) r FROM sells),
     advantage AS (SELECT section, count(*) n FROM sold JOIN world USING (product) JOIN part USING (product), total
                   WHERE exporter = 156 AND sold.x * total.w >= total.x * world.w GROUP BY ALL),
     buys AS (SELECT section, sum(m) m FROM bought JOIN part USING (product) WHERE importer = 156 GROUP BY ALL),
     seller AS (SELECT product, exporter FROM sold JOIN world USING (product) WHERE 10 * x >= 3 * w),
     needs AS (SELECT bought.product, bought.importer, m FROM bought LEFT JOIN sold ON sold.product = bought.product AND sold.exporter = bought.importer WHERE m >= 2 * coalesce(x, 0)),
     lean AS (SELECT y.product, y.importer, y.exporter, v, m FROM y JOIN seller USING (product, exporter) JOIN needs USING (product, importer)
              WHERE (y.importer = 156 OR exporter = 156) AND v >= {{.Threshold}} * m)
SELECT {{.Year}}, section, r, coalesce(n, 0), x, coalesce(m, 0) FROM ranked LEFT JOIN advantage USING (section) LEFT JOIN buys USING (section) WHERE exporter = 156
UNION ALL
SELECT {{.Year}}, 100 + section, 0, count(*), sum(m), 0 FROM (SELECT DISTINCT product, m FROM lean WHERE importer = 156) JOIN part USING (product) GROUP BY section
UNION ALL
SELECT {{.Year}}, 200 + section, 0, count(*), sum(v), 0 FROM lean JOIN part USING (product) WHERE exporter = 156 GROUP BY section
