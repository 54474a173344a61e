-- What every importer loses of every product of the last year if China (156) stops, and what stays unfilled under the rule present: who lost a supplier asks
-- those it buys from today, in proportion to what they sell it; each can add 0.1 of its exports of the product; one that is asked for more gives
-- in proportion; what is refused is asked again of the others, until nothing moves. Rows are pairs of importers that still need and exporters that
-- still have; each round is a step.
WITH RECURSIVE
     y AS (SELECT product, importer, exporter, value v FROM flows WHERE year = {{.Last}}),
     x AS (SELECT product, exporter, sum(v) x FROM y GROUP BY ALL),
     need AS (SELECT product, importer, sum(v) d FROM y WHERE exporter = 156 GROUP BY ALL),
     floor AS (SELECT product, 1e-12 * sum(d) eps FROM need GROUP BY ALL),
     step AS (
         SELECT y.product, y.importer, y.exporter, v, d, 0.1 * x AS e, eps
         FROM y JOIN need ON need.product = y.product AND need.importer = y.importer JOIN x ON x.product = y.product AND x.exporter = y.exporter JOIN floor ON floor.product = y.product
         WHERE y.exporter <> 156
         UNION ALL
         SELECT product, importer, exporter, v, d - sum(g) OVER (PARTITION BY product, importer), e - sum(g) OVER (PARTITION BY product, exporter), eps
         FROM (SELECT *, v * q * least(1, e / sum(v * q) OVER (PARTITION BY product, exporter)) g
               FROM (SELECT *, d / sum(v) OVER (PARTITION BY product, importer) q FROM step WHERE d > eps AND e > eps)))
SELECT {{.Last}}, importer, 156, count(*), sum(d), sum(coalesce(u, d)) / 1e6
FROM need LEFT JOIN (SELECT product, importer, greatest(0, min(d)) u FROM step GROUP BY ALL) USING (product, importer) GROUP BY importer
