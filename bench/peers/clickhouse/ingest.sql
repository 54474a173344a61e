-- The unzipped CSV into a table, without any check of codes.
CREATE OR REPLACE TABLE bench.raw (year UInt16, exporter UInt16, importer UInt16, product LowCardinality(String), value Float64, quantity Nullable(Float64))
ENGINE = MergeTree ORDER BY tuple();
INSERT INTO bench.raw SELECT t, i, j, k, v, toFloat64OrNull(trim(q))
FROM file('{{.CSV}}', CSVWithNames, 't UInt16, i UInt16, j UInt16, k String, v Float64, q String');
SELECT 0, 0, 0, count(*), sum(round(value * 1000)), 0 FROM bench.raw
