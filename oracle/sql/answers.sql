-- From verdicts to the three tables.
--
-- In:  verdict(method, partnered, c, p, t, k, imports, exports, from_partner, partner_exports, world)
--      importer(c, label), partner(p, label)   several c (or p) under one label are alternatives

-- Alternatives: a product depends if it does for any of them; amounts are summed over those for which it does.
CREATE OR REPLACE TEMP TABLE dependency AS
WITH each_importer AS (
  SELECT v.method, v.partnered, v.t, v.k, i.label AS importer, p.label AS partner, v.c,
    any_value(v.imports) AS imports, any_value(v.exports) AS exports, any_value(v.world) AS world,
    sum(v.from_partner) AS from_partner, sum(v.partner_exports) AS partner_exports, count(*) AS pairs
  FROM verdict v JOIN importer i ON i.c = v.c JOIN partner p ON p.p = v.p
  GROUP BY ALL)
SELECT method, partnered, t, k, importer, partner,
  sum(imports) AS imports, sum(exports) AS exports, sum(from_partner) AS from_partner,
  any_value(partner_exports) AS partner_exports, any_value(world) AS world, sum(pairs) AS pairs
FROM each_importer GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE total AS
SELECT method, partnered, t, importer, partner,
  count(*) AS products, sum(imports) AS imports, sum(from_partner) AS from_partner
FROM dependency GROUP BY ALL;
