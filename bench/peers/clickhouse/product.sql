-- One product, every importer: imports, imports from the top supplier, sum of squares; years and importers as rows.
SELECT year, importer, 0, count(*), sum(value), max(value) FROM flows WHERE product = {{.Product}} GROUP BY ALL
