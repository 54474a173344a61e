-- Three definitions side by side: which products the USA (842) depends on each partner for by each, and how many of them two have in common. Partners are numbered
-- by ten with the pair of definitions behind: 0 the first two, 1 the first and third, 2 the last two. Amounts are the products of each of the two.
WITH y AS (SELECT year, product, exporter, value v FROM flows WHERE importer = 842),
     m AS (SELECT year, product, sum(v) m FROM y GROUP BY ALL),
     x AS (SELECT year, product, exporter, sum(value) x FROM flows GROUP BY ALL),
     w AS (SELECT year, product, sum(x) w FROM x GROUP BY ALL),
     cell AS (SELECT y.year, y.exporter, m >= 2 * coalesce(o.x, 0) AND v >= {{.Threshold}} * m AND 10 * x.x >= 3 * w a,
                m > coalesce(o.x, 0) AND 2 * v > m AND 10 * x.x > 3 * w b, 2 * v >= m c
              FROM y JOIN m USING (year, product) JOIN x USING (year, product, exporter) JOIN w USING (year, product)
              LEFT JOIN x o ON o.year = y.year AND o.product = y.product AND o.exporter = 842),
     pair AS (SELECT year, exporter, 0 n, a l, b r FROM cell UNION ALL SELECT year, exporter, 1, a, c FROM cell UNION ALL SELECT year, exporter, 2, b, c FROM cell)
SELECT year, 842, 10 * exporter + n, count(*) FILTER (l AND r), count(*) FILTER (l)::DOUBLE, count(*) FILTER (r)::DOUBLE
FROM pair WHERE l OR r GROUP BY year, exporter, n
