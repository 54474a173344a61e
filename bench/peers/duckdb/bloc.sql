-- merics-2024 for USA+CAN+MEX on CHN+HKG+MAC, each merged. Importer 1001, partner 1002.
WITH f AS (SELECT year, product, importer IN (842, 124, 484) ours, exporter IN (842, 124, 484) own, exporter IN (156, 344, 446) theirs, value
           FROM flows),
     s AS (SELECT year, product, sum(value) FILTER (ours AND NOT own) m, coalesce(sum(value) FILTER (own AND NOT ours), 0) x,
                  sum(value) FILTER (ours AND theirs) p, sum(value) FILTER (theirs) px, sum(value) w
           FROM f GROUP BY ALL)
SELECT year, 1001, 1002, count(*), sum(m), sum(p) FROM s WHERE m > 0 AND m >= 2 * x AND 10 * p >= 3 * m AND 10 * px >= 3 * w GROUP BY ALL
