-- geodep-2024 for every economy and the EU27 (importer 1000): HHI of imports and of world exports above 0.4, imports above
-- exports, in {{.Years}} of the last {{.Window}} years.
WITH x AS (SELECT year, product, exporter, sum(value) x FROM flows GROUP BY ALL),
     w AS (SELECT year, product FROM x GROUP BY ALL HAVING 5 * sum(x * x) > 2 * sum(x) * sum(x)),
     m AS (SELECT year, product, importer, sum(value) m, sum(value * value) q FROM flows GROUP BY ALL),
     eu AS (SELECT year, product, exporter, sum(value) v FROM flows WHERE importer IN ({{.EU27}}) AND exporter NOT IN ({{.EU27}}) GROUP BY ALL),
     eux AS (SELECT year, product, sum(value) x FROM flows WHERE exporter IN ({{.EU27}}) AND importer NOT IN ({{.EU27}}) GROUP BY ALL),
     everybody AS (
         SELECT m.year, m.product, m.importer, m, q, coalesce(x, 0) x
         FROM m LEFT JOIN x ON x.year = m.year AND x.product = m.product AND x.exporter = m.importer
         UNION ALL
         SELECT year, product, 1000, m, q, coalesce(x, 0)
         FROM (SELECT year, product, sum(v) m, sum(v * v) q FROM eu GROUP BY ALL) eum LEFT JOIN eux USING (year, product)),
     met AS (SELECT year, product, importer FROM everybody JOIN w USING (year, product) WHERE 5 * q > 2 * m * m AND m > x),
     held AS (SELECT y AS year, product, importer FROM (SELECT arrayJoin(range(year, year + {{.Window}})) y, product, importer FROM met)
              GROUP BY ALL HAVING count(*) >= {{.Years}})
SELECT e.year, e.importer, 0, count(*), sum(m), 0 FROM everybody e JOIN held USING (year, product, importer) GROUP BY ALL
