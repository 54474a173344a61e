-- The sums that every definition is built from, straight from the flows.
--
-- In:  flow(t, i, j, k, v)            year, exporter, importer, product, amount; i <> j, v > 0
--      world_exporter(t, k, i, v)     what each economy exports of each product
--      importer_member(c, t, code)    who belongs to importer c in year t
--      inside_member(c, t, code)      with whom its trade is inside: the same, or the bloc that a definition is about and c is a part of
--      partner_member(p, t, code)     who belongs to partner p in year t
--      asked(c, p)                    the pairs of the question; p = 0 is "no partner"
--      setting(net)                   true: a bloc of the row is one exporter and its inner trade is no trade
-- All amounts are of one type, HUGEINT units or DOUBLE dollars, whatever flow.v has.

-- A partner of several economies is one supplier, known by its lowest code.
CREATE OR REPLACE TEMP TABLE partner_lead AS
SELECT p, t, min(code) AS lead FROM partner_member GROUP BY p, t;

CREATE OR REPLACE TEMP TABLE importer_lead AS
SELECT c, t, min(code) AS lead FROM inside_member GROUP BY c, t;

-- How a pair looks at suppliers (g: the partner to merge, or 0) and at the world (wc, wp: the blocs that count
-- as one exporter, or 0). A single economy needs neither.
CREATE OR REPLACE TEMP TABLE view_of AS
WITH bloc_c AS (SELECT c FROM inside_member GROUP BY c HAVING count(DISTINCT code) > 1),
     bloc_p AS (SELECT p FROM partner_member GROUP BY p HAVING count(DISTINCT code) > 1)
SELECT c, p,
  CASE WHEN p IN (FROM bloc_p) THEN p ELSE 0 END AS g,
  CASE WHEN net AND c IN (FROM bloc_c) THEN c ELSE 0 END AS wc,
  CASE WHEN net AND p IN (FROM bloc_p) THEN p ELSE 0 END AS wp
FROM asked CROSS JOIN setting;

-- What members of c buy from outside c, by exporter.
CREATE OR REPLACE TEMP TABLE bought AS
SELECT m.c, f.t, f.k, f.i, sum(f.v) AS v
FROM flow f
JOIN importer_member m ON m.t = f.t AND m.code = f.j
LEFT JOIN inside_member o ON o.c = m.c AND o.t = f.t AND o.code = f.i
WHERE o.code IS NULL
GROUP BY ALL;

-- What they buy inside.
CREATE OR REPLACE TEMP TABLE bought_inside AS
SELECT m.c, f.t, f.k, sum(f.v) AS v
FROM flow f
JOIN importer_member m ON m.t = f.t AND m.code = f.j
JOIN inside_member o ON o.c = m.c AND o.t = f.t AND o.code = f.i
GROUP BY ALL;

-- The same by supplier: the partner that is merged is one supplier.
CREATE OR REPLACE TEMP TABLE purchase AS
WITH supply AS (
  SELECT b.c, s.g, b.t, b.k, coalesce(l.lead, b.i) AS supplier, sum(b.v) AS v
  FROM bought b
  JOIN (SELECT DISTINCT c, g FROM view_of) s ON s.c = b.c
  LEFT JOIN partner_member m ON m.p = s.g AND m.t = b.t AND m.code = b.i
  LEFT JOIN partner_lead l ON l.p = m.p AND l.t = m.t
  GROUP BY ALL)
SELECT c, g, t, k,
  sum(v) AS imports,
  sum(v * v) AS imports_sq,
  count(*) AS suppliers,
  arg_min(supplier, {'v': -v, 'supplier': supplier}) AS top_supplier,
  max(v) AS top_supply
FROM supply GROUP BY ALL;

-- What members of c sell to outside c, and in all.
CREATE OR REPLACE TEMP TABLE sale AS
SELECT m.c, f.t, f.k,
  sum(CASE WHEN o.code IS NULL THEN f.v ELSE 0 END) AS exports,
  sum(f.v) AS total_exports
FROM flow f
JOIN importer_member m ON m.t = f.t AND m.code = f.i
LEFT JOIN inside_member o ON o.c = m.c AND o.t = f.t AND o.code = f.j
GROUP BY ALL;

-- World exports by exporter, as each view has it.
CREATE OR REPLACE TEMP TABLE world AS
WITH exported AS (
  SELECT 0 AS wc, 0 AS wp, t, k, i AS exporter, v FROM world_exporter
  UNION ALL
  SELECT w.wc, w.wp, f.t, f.k, coalesce(lp.lead, lc.lead, f.i) AS exporter, sum(f.v) AS v
  FROM flow f
  CROSS JOIN (SELECT DISTINCT wc, wp FROM view_of WHERE wc <> 0 OR wp <> 0) w
  LEFT JOIN inside_member ci ON ci.c = w.wc AND ci.t = f.t AND ci.code = f.i
  LEFT JOIN inside_member cj ON cj.c = w.wc AND cj.t = f.t AND cj.code = f.j
  LEFT JOIN partner_member pi ON pi.p = w.wp AND pi.t = f.t AND pi.code = f.i
  LEFT JOIN partner_member pj ON pj.p = w.wp AND pj.t = f.t AND pj.code = f.j
  LEFT JOIN importer_lead lc ON lc.c = ci.c AND lc.t = f.t
  LEFT JOIN partner_lead lp ON lp.p = pi.p AND lp.t = f.t
  WHERE NOT (ci.code IS NOT NULL AND cj.code IS NOT NULL)
    AND NOT (pi.code IS NOT NULL AND pj.code IS NOT NULL)
  GROUP BY ALL)
SELECT wc, wp, t, k,
  sum(v) AS world,
  sum(v * v) AS world_sq,
  arg_min(exporter, {'v': -v, 'exporter': exporter}) AS top_exporter,
  max(v) AS top_export,
  list_sum(list_slice(list_reverse_sort(list(v)), 1, 3)) AS top3_export
FROM exported GROUP BY ALL;

-- The partner's part of these exports.
CREATE OR REPLACE TEMP TABLE partner_sale AS
SELECT w.wc, w.wp, x.p, x.t, x.k, sum(x.v) AS partner_exports
FROM (SELECT DISTINCT wc, wp, p FROM view_of WHERE p <> 0 AND wc = 0 AND wp = 0) w
JOIN (SELECT m.p, e.t, e.k, e.v FROM world_exporter e
      JOIN partner_member m ON m.t = e.t AND m.code = e.i) x ON x.p = w.p
GROUP BY ALL
UNION ALL
SELECT w.wc, w.wp, w.p, f.t, f.k, sum(f.v)
FROM flow f
JOIN partner_member m ON m.t = f.t AND m.code = f.i
JOIN (SELECT DISTINCT wc, wp, p FROM view_of WHERE p <> 0 AND (wc <> 0 OR wp <> 0)) w ON w.p = m.p
LEFT JOIN inside_member ci ON ci.c = w.wc AND ci.t = f.t AND ci.code = f.i
LEFT JOIN inside_member cj ON cj.c = w.wc AND cj.t = f.t AND cj.code = f.j
LEFT JOIN partner_member pj ON pj.p = w.wp AND pj.t = f.t AND pj.code = f.j
WHERE NOT (ci.code IS NOT NULL AND cj.code IS NOT NULL) AND pj.code IS NULL
GROUP BY ALL;

-- What c buys from p.
CREATE OR REPLACE TEMP TABLE partner_purchase AS
SELECT b.c, m.p, b.t, b.k, sum(b.v) AS from_partner
FROM bought b
JOIN partner_member m ON m.t = b.t AND m.code = b.i
JOIN (SELECT c, p FROM asked WHERE p <> 0) a ON a.c = b.c AND a.p = m.p
GROUP BY ALL;

-- One row per importer, view, year and product with imports.
CREATE OR REPLACE TEMP TABLE fact AS
SELECT s.c, s.g, w.wc, w.wp, s.t, s.k,
  s.imports, s.imports_sq, s.suppliers, s.top_supplier, s.top_supply,
  coalesce(x.exports, 0) AS exports, coalesce(n.v, 0) AS inner_trade, coalesce(x.total_exports, 0) AS total_exports,
  w.world, w.world_sq, w.top_exporter, w.top_export, w.top3_export
FROM purchase s
JOIN (SELECT DISTINCT c, g, wc, wp FROM view_of) v ON v.c = s.c AND v.g = s.g
LEFT JOIN world w ON w.wc = v.wc AND w.wp = v.wp AND w.t = s.t AND w.k = s.k
LEFT JOIN sale x ON x.c = s.c AND x.t = s.t AND x.k = s.k
LEFT JOIN bought_inside n ON n.c = s.c AND n.t = s.t AND n.k = s.k;

-- One row per asked pair, year and product: with imports from the partner ...
CREATE OR REPLACE TEMP VIEW partner_row AS
SELECT a.c, a.p, f.t, f.k,
  f.imports, f.imports_sq, f.exports, f.inner_trade, f.total_exports, f.world, f.world_sq, f.top_export,
  m.from_partner, coalesce(x.partner_exports, 0) AS partner_exports, true AS eligible
FROM view_of a
JOIN partner_purchase m ON m.c = a.c AND m.p = a.p
JOIN fact f ON f.c = a.c AND f.g = a.g AND f.wc = a.wc AND f.wp = a.wp AND f.t = m.t AND f.k = m.k
LEFT JOIN partner_sale x ON x.wc = a.wc AND x.wp = a.wp AND x.p = a.p AND x.t = m.t AND x.k = m.k;

-- ... and with any imports at all; eligible where the partner, if one is asked for, is the top supplier.
CREATE OR REPLACE TEMP VIEW importer_row AS
SELECT a.c, a.p, f.t, f.k,
  f.imports, f.imports_sq, f.exports, f.inner_trade, f.total_exports, f.world, f.world_sq, f.top_export,
  coalesce(m.from_partner, 0) AS from_partner, coalesce(x.partner_exports, 0) AS partner_exports,
  a.p = 0 OR top.code IS NOT NULL AS eligible
FROM view_of a
JOIN fact f ON f.c = a.c AND f.g = a.g AND f.wc = a.wc AND f.wp = a.wp
LEFT JOIN partner_purchase m ON m.c = a.c AND m.p = a.p AND m.t = f.t AND m.k = f.k
LEFT JOIN partner_sale x ON x.wc = a.wc AND x.wp = a.wp AND x.p = a.p AND x.t = f.t AND x.k = f.k
LEFT JOIN partner_member top ON top.p = a.p AND top.t = f.t AND top.code = f.top_supplier;
