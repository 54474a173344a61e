-- geodep-2024 for every economy and the EU27 (importer 1000): HHI of imports and of world exports above 0.4, imports above
-- exports, in {{.Years}} of the last {{.Window}} years. First what each year says, then the windows.
CREATE OR REPLACE TABLE bench.everybody (year UInt16, product UInt16, importer UInt16, m Float64, met UInt8) ENGINE = Memory;
-- for each year
INSERT INTO bench.everybody
WITH y AS (SELECT * FROM flows WHERE year = {{.Year}}),
     x AS (SELECT year, product, exporter, sum(value) x FROM y GROUP BY ALL),
     w AS (SELECT year, product FROM x GROUP BY ALL HAVING 5 * sum(x * x) > 2 * sum(x) * sum(x)),
     m AS (SELECT year, product, importer, sum(value) m, sum(value * value) q FROM y GROUP BY ALL),
     eu AS (SELECT year, product, exporter, sum(value) v FROM y WHERE importer IN ({{.EU27}}) AND exporter NOT IN ({{.EU27}}) GROUP BY ALL),
     eum AS (SELECT year, product, sum(v) m, sum(v * v) q FROM eu GROUP BY ALL),
     eux AS (SELECT year, product, sum(value) x FROM y WHERE exporter IN ({{.EU27}}) AND importer NOT IN ({{.EU27}}) GROUP BY ALL),
     everyone AS (
         SELECT m.year AS year, m.product AS product, m.importer AS importer, m, q, coalesce(x, 0) s
         FROM m LEFT JOIN x ON x.year = m.year AND x.product = m.product AND x.exporter = m.importer
         UNION ALL
         SELECT eum.year, eum.product, 1000, m, q, coalesce(x, 0) FROM eum LEFT JOIN eux ON eux.year = eum.year AND eux.product = eum.product)
SELECT year, product, importer, m, 5 * q > 2 * m * m AND m > s AND product IN (SELECT product FROM w) FROM everyone;
WITH held AS (SELECT y AS year, product, importer FROM (SELECT arrayJoin(range(year, year + {{.Window}})) y, product, importer FROM bench.everybody WHERE met) AS e
              GROUP BY ALL HAVING count(*) >= {{.Years}})
SELECT e.year, e.importer, 0, count(*), sum(m), 0 FROM bench.everybody e JOIN held USING (year, product, importer) GROUP BY ALL
