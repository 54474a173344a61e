-- From verdicts to the three tables.
--
-- In:  verdict(method, partnered, c, p, t, k, imports, exports, from_partner, partner_exports, world)
--      importer(c, label)               several c under one label are alternatives
--      partner(p, label, total_label)   so are several p; total_label is the label in counts
--
-- A product depends if it does for any alternative; it is counted once, and amounts are summed over the
-- alternatives for which it does. Lists of a method that looks at no partner name none.

CREATE OR REPLACE TEMP TABLE dependency AS
WITH labelled AS (
  SELECT v.*, i.label AS importer, CASE WHEN v.partnered THEN p.label ELSE '-' END AS partner
  FROM verdict v JOIN importer i ON i.c = v.c JOIN partner p ON p.p = v.p),
each_importer AS (
  SELECT method, t, k, importer, partner, c,
    any_value(imports) AS imports, any_value(exports) AS exports, sum(from_partner) AS from_partner
  FROM labelled GROUP BY ALL),
-- What the alternative partners export does not depend on who of the importers buys, unless alternatives see
-- different worlds (net): then their share in "the" world has no meaning.
each_partner AS (
  SELECT method, t, k, importer, partner, p, any_value(partner_exports) AS partner_exports, any_value(world) AS world,
    count(DISTINCT (partner_exports, world)) AS worlds
  FROM labelled GROUP BY ALL)
SELECT *
FROM (SELECT method, t, k, importer, partner,
    sum(imports) AS imports, sum(exports) AS exports, sum(from_partner) AS from_partner
  FROM each_importer GROUP BY ALL)
JOIN (SELECT method, t, k, importer, partner,
    sum(partner_exports) AS partner_exports, any_value(world) AS world,
    max(worlds) = 1 AND count(DISTINCT world) = 1 AS one_world
  FROM each_partner GROUP BY ALL) USING (method, t, k, importer, partner);

CREATE OR REPLACE TEMP TABLE total AS
WITH each_importer AS (
  SELECT v.method, v.partnered, v.t, v.k, i.label AS importer, p.total_label AS partner, v.c,
    any_value(v.imports) AS imports, sum(v.from_partner) AS from_partner
  FROM verdict v JOIN importer i ON i.c = v.c JOIN partner p ON p.p = v.p
  GROUP BY ALL)
SELECT method, partnered, t, importer, partner,
  count(DISTINCT k) AS products, sum(imports) AS imports, sum(from_partner) AS from_partner
FROM each_importer GROUP BY ALL;
