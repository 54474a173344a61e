-- What economies are good at, from the flows alone.
--
-- In:  flow(t, i, j, k, v, q)         year, exporter, importer, product, amount, tonnes or NULL
--      label(code, label)             economies
--      sector(id, k)                  a product list, by sector
--      scored(label)                  the economies asked about
--      bloc(label, member, t)         blocs asked about as partners
--      eu(member, t)                  the European Union of the year
--      merged(member, unit, t)        economies that count as one: what they sell to one another is no trade
-- Out: the tables below; each view at the end has the columns of one answer of the program.
--
-- merics-2024 is the definition of dependency: imports >= 2 * exports, 10 * bought >= 3 * imports, 10 * sold >= 3 * world.

CREATE OR REPLACE TEMP TABLE deal AS
SELECT f.t, coalesce(ux.unit, x.label) AS x, coalesce(um.unit, m.label) AS m, f.k, sum(f.v) AS v
FROM flow f JOIN label x ON x.code = f.i JOIN label m ON m.code = f.j
LEFT JOIN merged ux ON ux.t = f.t AND ux.member = x.label LEFT JOIN merged um ON um.t = f.t AND um.member = m.label
WHERE ux.unit IS NULL OR um.unit IS NULL OR ux.unit <> um.unit GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE sold AS SELECT t, x AS c, k, sum(v) AS v FROM deal GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE bought AS SELECT t, m AS c, k, sum(v) AS v FROM deal GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE world AS
SELECT t, k, sum(v) AS v, count(*) AS exporters, sum(CAST(v AS DOUBLE) * CAST(v AS DOUBLE)) AS sq FROM sold GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE seller AS SELECT t, c, sum(v) AS v FROM sold GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE whole AS SELECT t, sum(v) AS v, count(DISTINCT k) AS products FROM world GROUP BY ALL;

-- RCA >= 1, without division.
CREATE OR REPLACE TEMP TABLE advantage AS
SELECT s.t, s.c, s.k FROM sold s JOIN seller e USING (t, c) JOIN world w USING (t, k) JOIN whole a USING (t)
WHERE s.v * a.v >= e.v * w.v;

CREATE OR REPLACE TEMP TABLE leans AS
SELECT d.t, d.k, d.m, d.x, d.v, b.v AS imports
FROM deal d JOIN bought b ON b.t = d.t AND b.c = d.m AND b.k = d.k JOIN sold p ON p.t = d.t AND p.c = d.x AND p.k = d.k
JOIN world w ON w.t = d.t AND w.k = d.k LEFT JOIN sold o ON o.t = d.t AND o.c = d.m AND o.k = d.k
WHERE b.v >= 2 * coalesce(o.v, 0) AND 10 * d.v >= 3 * b.v AND 10 * p.v >= 3 * w.v;

-- Choke points: a product and a supplier on whom somebody leans.
CREATE OR REPLACE TEMP TABLE pair AS
SELECT l.t, l.k, l.x, count(*) AS dependents, sum(l.v) AS bought, sum(l.imports) AS imports, any_value(p.v) AS sold, any_value(w.v) AS world,
  any_value(w.exporters) - 1 AS others, any_value(w.sq) AS sq
FROM leans l JOIN sold p ON p.t = l.t AND p.c = l.x AND p.k = l.k JOIN world w ON w.t = l.t AND w.k = l.k GROUP BY ALL;

-- Who depends, by what all goods cost them; what others sell beyond what they buy; and who sells without buying anything, so that what
-- they buy is not in the data: they are taken to buy as much as they sell, of each product alike. Who sells less than a thousandth of all
-- is too small to count.
CREATE OR REPLACE TEMP TABLE buyer AS SELECT t, c, sum(v) AS v FROM bought GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE weight AS
SELECT l.t, l.k, l.x, sum(b.v) AS v FROM leans l JOIN buyer b ON b.t = l.t AND b.c = l.m GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE rival AS
SELECT p.t, p.k, p.x, sum(s.v - coalesce(b.v, 0)) AS v, count(*) AS n
FROM pair p JOIN sold s ON s.t = p.t AND s.k = p.k AND s.c <> p.x LEFT JOIN bought b ON b.t = s.t AND b.k = s.k AND b.c = s.c
WHERE s.v > coalesce(b.v, 0) GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE absent AS
WITH a AS (SELECT s.* FROM seller s WHERE NOT EXISTS (SELECT 1 FROM buyer b WHERE b.t = s.t AND b.c = s.c)),
     large AS (SELECT a.t, sum(a.v) AS v FROM a JOIN whole w USING (t) WHERE 1000 * a.v >= w.v GROUP BY a.t)
SELECT w.t, CASE WHEN l.v IS NULL THEN 0 ELSE (SELECT count(*) FROM a WHERE a.t = w.t) END AS n,
  CASE WHEN l.v IS NULL THEN 0 ELSE least(CAST(l.v AS DOUBLE) / CAST(w.v - l.v AS DOUBLE), 99) END AS more FROM whole w LEFT JOIN large l ON l.t = w.t;

-- A choke point has three dependents that buy for ten million dollars; a single point of failure is one that has half of the world and
-- more than all others sell.
CREATE OR REPLACE TEMP TABLE verdict AS
SELECT p.t, p.k, p.x, w.v AS weight, coalesce(r.v, 0) AS rivals, coalesce(r.n, 0) AS rival_count, a.n AS absent, a.more * CAST(p.world AS DOUBLE) AS more, least(a.more * CAST(p.world AS DOUBLE), 3 * CAST(p.sold AS DOUBLE)) AS there,
  p.dependents >= 3 AND p.bought >= 10000000 * scale() AS choke,
  p.dependents >= 3 AND p.bought >= 10000000 * scale() AND 2 * p.sold >= p.world AND p.bought >= p.world - p.sold AS single,
  -- nothing of what the absent buy is from the supplier; all of it is, though no more than three times what all others buy there
  p.dependents >= 3 AND p.bought >= 10000000 * scale() AND 2 * p.sold >= p.world + a.more * p.world AND p.bought >= p.world - p.sold + a.more * p.world AS least,
  p.dependents + a.n >= 3 AND p.bought + there >= 10000000 * scale() AND 2 * (p.sold + there) >= p.world + there AND p.bought + there >= p.world - p.sold AS most
FROM pair p JOIN weight w USING (t, k, x) LEFT JOIN rival r USING (t, k, x) JOIN absent a ON a.t = p.t;

CREATE OR REPLACE TEMP TABLE second AS
SELECT p.t, p.k, p.x, max(s.v) AS v FROM pair p JOIN sold s ON s.t = p.t AND s.k = p.k AND s.c <> p.x GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE second_name AS
SELECT n.t, n.k, n.x, any_value(n.v) AS v, arg_min(s.c, code.code) AS c
FROM second n JOIN sold s ON s.t = n.t AND s.k = n.k AND s.c <> n.x AND s.v = n.v
JOIN (SELECT DISTINCT f.t, f.k, f.i AS code, l.label FROM flow f JOIN label l ON l.code = f.i) code ON code.t = s.t AND code.k = s.k AND code.label = s.c
GROUP BY ALL;

-- Two hops: of what j can sell, the larger of what it buys and what it sells, the part that it buys from s is in all that it sells.
CREATE OR REPLACE TEMP TABLE hop AS
SELECT p.t, p.k, p.x, second.m AS c, sum(CAST(second.v AS DOUBLE) * CAST(first.v AS DOUBLE) / CAST(greatest(b.v, coalesce(o.v, 0)) AS DOUBLE)) AS v
FROM pair p JOIN deal first ON first.t = p.t AND first.k = p.k AND first.x = p.x
JOIN deal second ON second.t = p.t AND second.k = p.k AND second.x = first.m AND second.m <> p.x
JOIN bought b ON b.t = p.t AND b.k = p.k AND b.c = first.m LEFT JOIN sold o ON o.t = p.t AND o.k = p.k AND o.c = first.m
GROUP BY p.t, p.k, p.x, second.m;
CREATE OR REPLACE TEMP TABLE hops AS
SELECT p.t, p.k, p.x, sum(h.v) AS reached, sum(CAST(b.v AS DOUBLE)) AS all_imports,
  count(*) FILTER (coalesce(d.v, 0) < b.v / 2.0 AND coalesce(d.v, 0) + coalesce(h.v, 0) >= b.v / 2.0) AS indirect
FROM pair p JOIN bought b ON b.t = p.t AND b.k = p.k AND b.c <> p.x
LEFT JOIN hop h ON h.t = p.t AND h.k = p.k AND h.x = p.x AND h.c = b.c
LEFT JOIN deal d ON d.t = p.t AND d.k = p.k AND d.x = p.x AND d.m = b.c GROUP BY ALL;

-- Export price a tonne against the world's, over flows whose weight is known.
CREATE OR REPLACE TEMP TABLE price AS
WITH weighed AS (SELECT f.t, f.k, l.label AS c, CAST(f.v AS DOUBLE) AS v, f.q FROM flow f JOIN label l ON l.code = f.i WHERE f.q > 0),
     own AS (SELECT t, c, k, sum(v) AS v, sum(q) AS q FROM weighed WHERE c IN (SELECT label FROM scored) GROUP BY ALL),
     everybody AS (SELECT t, k, sum(v) / sum(q) AS price FROM weighed GROUP BY ALL)
SELECT own.t, own.c, own.k, own.v, (own.v / own.q) / everybody.price AS ratio FROM own JOIN everybody USING (t, k);

-- All products are a sector too.
CREATE OR REPLACE TEMP TABLE sectors AS SELECT id, k FROM sector UNION ALL SELECT DISTINCT 'all', k FROM flow;
CREATE OR REPLACE TEMP TABLE median_price AS
WITH heaped AS (SELECT p.t, p.c, s.id, p.ratio, sum(p.v) OVER (PARTITION BY p.t, p.c, s.id ORDER BY p.ratio, p.k) AS upto,
                       sum(p.v) OVER (PARTITION BY p.t, p.c, s.id) AS total FROM price p JOIN sectors s USING (k))
SELECT t, c, id, min(ratio) AS ratio FROM heaped WHERE upto >= total / 2 GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE sector_world AS SELECT w.t, s.id, sum(w.v) AS v, count(*) AS products FROM world w JOIN sectors s USING (k) GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE sector_sold AS SELECT w.t, s.id, w.c, sum(w.v) AS v, count(*) AS products FROM sold w JOIN sectors s USING (k) GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE sector_bought AS SELECT w.t, s.id, w.c, sum(w.v) AS v FROM bought w JOIN sectors s USING (k) GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE sector_advantage AS SELECT a.t, s.id, a.c, count(*) AS products FROM advantage a JOIN sectors s USING (k) GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE sector_own AS
WITH product AS (SELECT DISTINCT t, m, k, imports FROM leans)
SELECT p.t, s.id, p.m AS c, count(*) AS products, sum(p.imports) AS imports FROM product p JOIN sectors s USING (k) GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE sector_partner AS
WITH partners AS (SELECT l.t, s.id, l.m AS c, l.x, count(*) AS products FROM leans l JOIN sectors s USING (k) GROUP BY ALL)
SELECT t, id, c, x, products FROM partners QUALIFY row_number() OVER (PARTITION BY t, id, c ORDER BY products DESC, x) = 1;
CREATE OR REPLACE TEMP TABLE sector_partner_value AS
WITH partners AS (SELECT l.t, s.id, l.m AS c, l.x, sum(l.v) AS v FROM leans l JOIN sectors s USING (k) GROUP BY ALL)
SELECT t, id, c, x, v FROM partners QUALIFY row_number() OVER (PARTITION BY t, id, c ORDER BY v DESC, x) = 1;
CREATE OR REPLACE TEMP TABLE sector_held AS
SELECT p.t, s.id, p.x AS c, sum(p.dependents) AS dependents, sum(p.bought) AS bought,
  count(*) FILTER (v.single) AS single FROM pair p JOIN verdict v USING (t, k, x) JOIN sectors s USING (k) GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE ranked AS
SELECT t, id, c, rank() OVER (PARTITION BY t, id ORDER BY v DESC) AS place FROM sector_sold;

-- Rivals of each economy: all others, but for the members of the Union beside it, which are one and sell to whoever is none of them.
CREATE OR REPLACE TEMP TABLE rival AS
SELECT e.label AS c, s.t, s.k, s.c AS r, s.v FROM scored e JOIN sold s ON s.c <> e.label LEFT JOIN eu ON eu.member = s.c AND eu.t = s.t WHERE eu.member IS NULL
UNION ALL
SELECT e.label, d.t, d.k, CASE WHEN e.label IN (SELECT member FROM eu z WHERE z.t = d.t) THEN 'rest of EU' ELSE 'EU' END, sum(d.v)
FROM scored e CROSS JOIN deal d JOIN eu a ON a.member = d.x AND a.t = d.t AND a.member <> e.label
LEFT JOIN eu b ON b.member = d.m AND b.t = d.t AND b.member <> e.label WHERE b.member IS NULL GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE sector_rival AS SELECT r.t, s.id, r.c, r.r, sum(r.v) AS v FROM rival r JOIN sectors s USING (k) GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE first_rival AS SELECT t, id, c, max(v) AS v, arg_max(r, v) AS r FROM sector_rival GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE board AS
SELECT w.t, e.label AS c, w.id, w.products, w.v AS world, coalesce(x.v, 0) AS exports, coalesce(m.v, 0) AS imports, coalesce(r.place, 0) AS place,
  coalesce(x.products, 0) AS exported, coalesce(a.products, 0) AS advantages, coalesce(own.products, 0) AS own, coalesce(own.imports, 0) AS own_imports,
  coalesce(p.x, '') AS partner, coalesce(p.products, 0) AS partner_products, coalesce(h.dependents, 0) AS dependents, coalesce(h.bought, 0) AS held, coalesce(h.single, 0) AS single,
  u.ratio AS price, all_sold.v AS all_exports, whole.v AS all_world, all_bought.v AS all_imports,
  CASE WHEN coalesce(x.v, 0) = 0 THEN 0 ELSE 1 + (SELECT count(*) FROM sector_rival o WHERE o.t = w.t AND o.id = w.id AND o.c = e.label AND o.v > x.v) END AS place_eu,
  f.v AS rival_exports, f.r AS rival, coalesce(pv.x, '') AS value_partner, coalesce(pv.v, 0) AS partner_value
FROM sector_world w CROSS JOIN scored e JOIN whole USING (t)
JOIN (SELECT t, c FROM seller UNION SELECT t, c FROM bought) there ON there.t = w.t AND there.c = e.label
LEFT JOIN seller all_sold ON all_sold.t = w.t AND all_sold.c = e.label
LEFT JOIN (SELECT t, c, sum(v) AS v FROM bought GROUP BY ALL) all_bought ON all_bought.t = w.t AND all_bought.c = e.label
LEFT JOIN first_rival f ON f.t = w.t AND f.id = w.id AND f.c = e.label
LEFT JOIN sector_partner_value pv ON pv.t = w.t AND pv.id = w.id AND pv.c = e.label
LEFT JOIN sector_sold x ON x.t = w.t AND x.id = w.id AND x.c = e.label
LEFT JOIN sector_bought m ON m.t = w.t AND m.id = w.id AND m.c = e.label
LEFT JOIN ranked r ON r.t = w.t AND r.id = w.id AND r.c = e.label
LEFT JOIN sector_advantage a ON a.t = w.t AND a.id = w.id AND a.c = e.label
LEFT JOIN sector_own own ON own.t = w.t AND own.id = w.id AND own.c = e.label
LEFT JOIN sector_partner p ON p.t = w.t AND p.id = w.id AND p.c = e.label
LEFT JOIN sector_held h ON h.t = w.t AND h.id = w.id AND h.c = e.label
LEFT JOIN median_price u ON u.t = w.t AND u.id = w.id AND u.c = e.label;

-- Breadth: entropy of exports over products, and over the sectors of the list.
CREATE OR REPLACE TEMP TABLE wide AS
WITH share AS (SELECT s.t, s.c, CAST(s.v AS DOUBLE) / CAST(e.v AS DOUBLE) AS p FROM sold s JOIN seller e USING (t, c) JOIN scored ON label = s.c),
     products AS (SELECT t, c, -sum(p * ln(p)) AS h, count(*) AS n FROM share GROUP BY ALL),
     part AS (SELECT s.t, s.c, CAST(s.v AS DOUBLE) / sum(CAST(s.v AS DOUBLE)) OVER (PARTITION BY s.t, s.c) AS p FROM sector_sold s JOIN scored ON label = s.c WHERE s.id <> 'all'),
     parts AS (SELECT t, c, exp(-sum(p * ln(p))) AS n FROM part GROUP BY ALL),
     strong AS (SELECT b.t, b.c, count(*) FILTER (b.exports * b.all_world >= b.all_exports * b.world AND b.exports > 0) AS n FROM board b WHERE b.id <> 'all' GROUP BY ALL)
SELECT p.t, p.c, w.products AS traded, p.n AS exported, coalesce(a.products, 0) AS advantages, p.h, parts.n AS sectors, strong.n AS strong
FROM products p JOIN whole w USING (t) JOIN parts USING (t, c) JOIN strong USING (t, c) LEFT JOIN sector_advantage a ON a.t = p.t AND a.c = p.c AND a.id = 'all';

-- Partners of similarity and balance: economies, and blocs as one.
CREATE OR REPLACE TEMP TABLE partners AS
SELECT t, c AS label, c AS member FROM (SELECT t, c FROM seller UNION SELECT t, c FROM bought)
UNION ALL SELECT t, label, member FROM bloc;

-- What a bloc exports goes to others than its members, the economy itself among the others.
CREATE OR REPLACE TEMP TABLE alike AS
WITH gross AS (SELECT e.label AS c, p.label AS p, s.t, s.k, sum(s.v) AS v FROM scored e CROSS JOIN partners p JOIN sold s ON s.t = p.t AND s.c = p.member
               WHERE p.member <> e.label GROUP BY ALL),
     inside AS (SELECT e.label AS c, b.label AS p, d.t, d.k, sum(d.v) AS v FROM scored e CROSS JOIN bloc b JOIN deal d ON d.t = b.t AND d.x = b.member
                JOIN bloc o ON o.label = b.label AND o.t = d.t AND o.member = d.m WHERE b.member <> e.label AND o.member <> e.label GROUP BY ALL),
     theirs AS (SELECT g.c, g.p, g.t, g.k, g.v - coalesce(n.v, 0) AS v FROM gross g LEFT JOIN inside n USING (c, p, t, k) WHERE g.v > coalesce(n.v, 0)),
     within AS (SELECT c, p, t, sum(v) AS v FROM inside GROUP BY ALL),
     total AS (SELECT c, p, t, sum(v) AS v FROM theirs GROUP BY ALL)
SELECT t.c, t.p, t.t, any_value(total.v) AS v, any_value(w.v) - coalesce(any_value(i.v), 0) AS world,
  sum(least(CAST(coalesce(o.v, 0) AS DOUBLE) / CAST(e.v AS DOUBLE), CAST(t.v AS DOUBLE) / CAST(total.v AS DOUBLE))) AS similarity,
  coalesce(sum(t.v) FILTER (a.k IS NOT NULL), 0) AS common
FROM theirs t JOIN total USING (c, p, t) JOIN seller e ON e.t = t.t AND e.c = t.c JOIN whole w ON w.t = t.t
LEFT JOIN within i ON i.c = t.c AND i.p = t.p AND i.t = t.t
LEFT JOIN sold o ON o.t = t.t AND o.c = t.c AND o.k = t.k LEFT JOIN advantage a ON a.t = t.t AND a.c = t.c AND a.k = t.k GROUP BY ALL;

-- Blocs and merged economies that lack imports of members who export: their sums are of the other members.
CREATE OR REPLACE TEMP TABLE lacking AS
WITH trader AS (SELECT f.t, l.label AS c, true AS sells FROM flow f JOIN label l ON l.code = f.i UNION SELECT f.t, l.label, false FROM flow f JOIN label l ON l.code = f.j),
     mute AS (SELECT t, c FROM trader GROUP BY ALL HAVING bool_and(sells))
SELECT DISTINCT b.t, b.label FROM (SELECT t, label, member FROM bloc UNION ALL SELECT t, unit, member FROM merged) b JOIN mute ON mute.t = b.t AND mute.c = b.member;

-- Exports to whoever imports nothing at all in the year are missing, as that one's imports are not in the data; likewise imports.
CREATE OR REPLACE TEMP TABLE owed AS
WITH two AS (SELECT t, x AS c, m AS p, v AS sold, 0 AS bought FROM deal UNION ALL SELECT t, m, x, 0, v FROM deal),
     known AS (SELECT DISTINCT q.t, q.label FROM partners q JOIN bought b ON b.t = q.t AND b.c = q.member UNION SELECT DISTINCT t, 'world' FROM bought),
     sums AS (SELECT two.t, two.c, p.label AS p, sum(sold) AS exports, sum(bought) AS imports FROM two JOIN scored ON scored.label = two.c
JOIN (SELECT * FROM partners UNION ALL SELECT t, 'world', member FROM partners WHERE label = member) p ON p.t = two.t AND p.member = two.p GROUP BY ALL)
SELECT s.t, s.c, s.p, s.p <> 'world' AND EXISTS (SELECT 1 FROM lacking l WHERE l.t = s.t AND l.label IN (s.p, s.c)) AS partial,
  CASE WHEN there.label IS NOT NULL THEN s.exports END AS exports, CASE WHEN here.label IS NOT NULL THEN s.imports END AS imports
FROM sums s LEFT JOIN known there ON there.t = s.t AND there.label = s.p LEFT JOIN known here ON here.t = s.t AND here.label = s.c;
