package oracle

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// kind says how a column is compared.
type kind int

const (
	text    kind = iota // equal as text
	integer             // equal as numbers
	dollars             // equal on exact data, else within relative tolerance
	share               // within tolerance
	index               // within tolerance of an index, relative to its size
)

// tolerance is that of shares, and of dollars on data that are not whole.
const tolerance = "1e-12"

// indexTolerance is that of indices that sums of many terms, logarithms or an iteration enter.
const indexTolerance = "1e-9"

type column struct {
	name string // in the program's CSV
	kind kind
	want string // expression over the oracle's rows
}

// A table is one of the program's CSV outputs and the oracle's query for it.
type table struct {
	keys    []column
	columns []column
	from    string // the oracle's rows; expressions of columns refer to it
}

// ratio is a quotient of two amounts as a double.
func ratio(a, b string) string {
	return fmt.Sprintf("CAST(%s AS DOUBLE) / CAST(%s AS DOUBLE)", a, b)
}

// IndicatorsTable is what `indicators` prints.
var indicatorsTable = table{
	keys: []column{{"year", integer, "f.t"}, {"importer", text, "c.label"}, {"product", text, "f.k"}},
	columns: []column{
		{"imports_usd", dollars, "f.imports"},
		{"exports_usd", dollars, "f.exports"},
		{"suppliers", integer, "f.suppliers"},
		{"import_hhi", share, ratio("f.imports_sq", "f.imports") + " / CAST(f.imports AS DOUBLE)"},
		{"top_supplier", text, "coalesce(sp.label, sl.label)"},
		{"top_supplier_share", share, ratio("f.top_supply", "f.imports")},
		{"world_exports_usd", dollars, "f.world"},
		{"world_export_hhi", share, ratio("f.world_sq", "f.world") + " / CAST(f.world AS DOUBLE)"},
		{"top_exporter", text, "coalesce(xp.label, xc.label, xl.label)"},
		{"top_exporter_world_share", share, ratio("f.top_export", "f.world")},
		{"top3_exporters_share", share, ratio("f.top3_export", "f.world")},
	},
	from: `view_of v
		JOIN fact f ON f.c = v.c AND f.g = v.g AND f.wc = v.wc AND f.wp = v.wp
		JOIN asked_year y ON y.t = f.t
		JOIN importer c ON c.c = v.c
		JOIN label sl ON sl.code = f.top_supplier
		LEFT JOIN label xl ON xl.code = f.top_exporter
		LEFT JOIN partner_member sm ON sm.p = f.g AND sm.t = f.t AND sm.code = f.top_supplier
		LEFT JOIN partner sp ON sp.p = sm.p
		LEFT JOIN partner_member xpm ON xpm.p = f.wp AND xpm.t = f.t AND xpm.code = f.top_exporter
		LEFT JOIN partner xp ON xp.p = xpm.p
		LEFT JOIN importer_member xcm ON xcm.c = f.wc AND xcm.t = f.t AND xcm.code = f.top_exporter
		LEFT JOIN importer xc ON xc.c = xcm.c`,
}

// partnerIndicatorsTable is the same when partners are asked for: one row each, where there are imports from it.
var partnerIndicatorsTable = table{
	keys: append(slices.Clone(indicatorsTable.keys), column{"partner", text, "p.label"}),
	columns: append(slices.Clone(indicatorsTable.columns),
		column{"imports_from_partner_usd", dollars, "r.from_partner"},
		column{"partner_share", share, ratio("r.from_partner", "r.imports")},
		column{"partner_exports_usd", dollars, "r.partner_exports"},
		column{"partner_world_share", share, ratio("r.partner_exports", "r.world")}),
	from: indicatorsTable.from + `
		JOIN partner_row r ON r.c = v.c AND r.p = v.p AND r.t = f.t AND r.k = f.k
		JOIN partner p ON p.p = v.p`,
}

// dependenciesTable is what `dependencies` prints.
var dependenciesTable = table{
	keys: []column{{"year", integer, "d.t"}, {"method", text, "d.method"}, {"importer", text, "d.importer"},
		{"partner", text, "d.partner"}, {"product", text, "d.k"}},
	columns: []column{
		{"imports_usd", dollars, "d.imports"},
		{"exports_usd", dollars, "d.exports"},
		{"imports_from_partner_usd", dollars, "CASE WHEN d.partner <> '-' THEN d.from_partner END"},
		{"partner_share", share, "CASE WHEN d.partner <> '-' THEN " + ratio("d.from_partner", "d.imports") + " END"},
		{"partner_world_share", share, "CASE WHEN d.partner = '-' THEN NULL WHEN NOT d.one_world THEN 'NaN' ELSE " +
			ratio("d.partner_exports", "d.world") + " END"},
	},
	from: "dependency d",
}

// countTable is what `count` prints, less its zero rows.
var countTable = table{
	keys: []column{{"year", integer, "d.t"}, {"method", text, "d.method"}, {"importer", text, "d.importer"},
		{"partner", text, "d.partner"}},
	columns: []column{
		{"products", integer, "d.products"},
		{"imports_usd", dollars, "d.imports"},
		{"imports_from_partner_usd", dollars, "CASE WHEN d.partnered OR d.partner <> '-' THEN d.from_partner END"},
	},
	from: "total d",
}

// compare sets a CSV file of the program against the oracle's rows of the
// question asked last, and returns a line for each of the first few rows that
// differ, are missing or are too many, and the number of rows compared.
func (o *Oracle) compare(ctx context.Context, file string, t table) (differences []string, rows int, err error) {
	var wants, names, keys, match []string
	for _, c := range append(append([]column{}, t.keys...), t.columns...) {
		wants = append(wants, fmt.Sprintf("%s AS %s", c.want, c.name))
		names = append(names, c.name)
	}
	var all []string
	for _, c := range t.keys {
		got := "g." + c.name
		if c.kind == integer {
			got = fmt.Sprintf("CAST(g.%s AS INTEGER)", c.name)
		}
		keys = append(keys, fmt.Sprintf("w.%s = %s", c.name, got))
		all = append(all, "g."+c.name)
	}
	for _, c := range t.columns {
		match = append(match, o.same(c))
	}
	first := t.keys[0].name
	query := fmt.Sprintf(`
		CREATE OR REPLACE TEMP TABLE want AS SELECT %s FROM %s;
		CREATE OR REPLACE TEMP TABLE every_row AS
		SELECT %s FROM read_csv(%s, header = true, delim = ',', quote = '"', all_varchar = true);
		CREATE OR REPLACE TEMP TABLE got AS SELECT * FROM every_row %s;`,
		strings.Join(wants, ", "), t.from, strings.Join(names, ", "), quote(file), t.where())
	if err := o.exec(ctx, query); err != nil {
		return nil, 0, err
	}
	if err := o.db.QueryRowContext(ctx, "SELECT count(*) FROM want").Scan(&rows); err != nil {
		return nil, 0, err
	}
	found, err := o.db.QueryContext(ctx, fmt.Sprintf(`
		SELECT CASE WHEN w.%[1]s IS NULL THEN 'only the program: ' || CAST(g AS VARCHAR)
		            WHEN g.%[1]s IS NULL THEN 'only the oracle: ' || CAST(w AS VARCHAR)
		            ELSE 'program ' || CAST(g AS VARCHAR) || ' oracle ' || CAST(w AS VARCHAR) END
		FROM want w FULL JOIN got g ON %[2]s
		WHERE w.%[1]s IS NULL OR g.%[1]s IS NULL OR NOT (%[3]s)
		UNION ALL
		SELECT 'twice: ' || CAST(any_value(g) AS VARCHAR) FROM got g GROUP BY %[4]s HAVING count(*) > 1
		ORDER BY ALL LIMIT 8`, first, strings.Join(keys, " AND "), strings.Join(match, " AND "), strings.Join(all, ", ")))
	if err != nil {
		return nil, 0, err
	}
	defer found.Close()
	for found.Next() {
		var line string
		if err := found.Scan(&line); err != nil {
			return nil, 0, err
		}
		differences = append(differences, line)
	}
	return differences, rows, found.Err()
}

// where leaves out the zero rows of a count: which of them are printed is
// another question than what they say.
func (t table) where() string {
	for _, c := range t.columns {
		if c.name == "products" {
			return "WHERE products <> '0'"
		}
	}
	return ""
}

// same is the condition under which got and want agree in a column.
func (o *Oracle) same(c column) string {
	g, w := "g."+c.name, "w."+c.name
	equal := ""
	switch c.kind {
	case text:
		equal = fmt.Sprintf("%s = %s", g, w)
	case integer:
		equal = fmt.Sprintf("CAST(%s AS BIGINT) = %s", g, w)
	case share:
		equal = fmt.Sprintf("abs(CAST(%s AS DOUBLE) - %s) <= %s", g, w, tolerance)
	case dollars:
		value := fmt.Sprintf("CAST(%s AS DOUBLE) / %d", w, max(o.scale, 1))
		if o.scale > 0 {
			equal = fmt.Sprintf("CAST(%s AS DOUBLE) = %s", g, value)
		} else {
			equal = fmt.Sprintf("abs(CAST(%s AS DOUBLE) - %s) <= %s * abs(%s)", g, value, tolerance, value)
		}
	}
	if c.kind == index {
		equal = fmt.Sprintf("(CAST(%[1]s AS DOUBLE) = %[2]s OR abs(CAST(%[1]s AS DOUBLE) - %[2]s) <= %[3]s * greatest(1, abs(%[2]s)))", g, w, indexTolerance)
	}
	if c.kind == share || c.kind == index {
		equal = fmt.Sprintf("(isnan(%s) OR %s)", w, equal) // no meaning, nothing to compare
	}
	return fmt.Sprintf("(CASE WHEN %s IS NULL OR %s IS NULL THEN %s IS NULL AND %s IS NULL ELSE %s END)", g, w, g, w, equal)
}
