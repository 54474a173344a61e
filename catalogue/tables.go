package catalogue

import (
	"math"
	"time"

	"chokepoint/icio"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/trade"
)

// TablesSchema is the table of sets of input-output tables.
var TablesSchema = result.NewSchema("tables",
	result.TextField("tables", "Name of the tables for --tables.", func(m *icio.Manifest) string { return m.Name }),
	result.TextField("layout", "Layout of the labels.", func(m *icio.Manifest) string { return m.Layout }),
	result.TextField("years", "Years.", func(m *icio.Manifest) string { return study.YearsText(m.Has()) }),
	result.IntField("areas", "count", "Economies and groups of economies.", func(m *icio.Manifest) int { return len(m.Areas) }),
	result.IntField("industries", "count", "Number of industries per area.", func(m *icio.Manifest) int { return len(m.Industries) }),
	result.TextField("ingested", "Date of the ingest.", func(m *icio.Manifest) string { return m.Created.Format(time.DateOnly) }),
	result.TextField("title", "Title of the tables.", func(m *icio.Manifest) string {
		if m.Synthetic {
			return "SYNTHETIC: " + m.Title
		}
		return m.Title
	}),
)

// Tables is the table of the sets of input-output tables of a folder.
func Tables(list []icio.Manifest) *result.Table {
	return TablesSchema.Table("Input-output tables", list)
}

// BalanceRow is how far an area of a table is from adding up in a year.
type BalanceRow struct {
	Year int
	icio.Gap
}

// BalanceSchema is the table of a set of input-output tables: what does not add up, by year and area.
var BalanceSchema = result.NewSchema("balances",
	result.IntField("year", result.Year, "Calendar year.", func(r *BalanceRow) int { return r.Year }),
	result.TextField("area", "Economy or group of economies.", func(r *BalanceRow) string { return r.Area }),
	result.FloatField("output_usd", result.USD, "Gross output.", func(r *BalanceRow) float64 { return 1e6 * r.Output }),
	result.FloatField("row_gap_usd", result.USD, "Sum over its industries of the absolute difference between output and sales to industries and final demand.", func(r *BalanceRow) float64 { return 1e6 * r.Rows }),
	result.FloatField("row_gap_share", result.Share, "row_gap_usd ÷ its output.", func(r *BalanceRow) float64 { return r.Share() }),
	result.FloatField("largest_row_gap_usd", result.USD, "Largest difference for one industry.", func(r *BalanceRow) float64 { return 1e6 * r.Largest }),
	result.FloatField("column_gap_usd", result.USD, "Sum of the absolute difference between output and the sum of inputs, value added and taxes. Empty if the source has no value added.", func(r *BalanceRow) float64 {
		if !r.Closed {
			return math.NaN()
		}
		return 1e6 * r.Columns
	}),
)

// TablesBalance says how far a set of tables is from adding up, with where it comes from as provenance and the remarks of its ingest as
// notes.
func TablesBalance(m *icio.Manifest) *result.Table {
	var rows []BalanceRow
	for _, y := range m.Years {
		for _, g := range y.Gaps {
			rows = append(rows, BalanceRow{y.Year, g})
		}
	}
	t := BalanceSchema.Table(m.Name+": "+m.Title, rows)
	t.Synthetic = m.Synthetic
	t.Provenance = m.Provenance()
	t.Provenance.Created = m.Created
	t.Note("%d areas with %d industries each; layout %s; checksum %s", len(m.Areas), len(m.Industries), m.Layout, m.Checksum())
	for _, y := range m.Years {
		t.Note("%s: %.1f %% of the flows between industries are not 0", trade.Period(y.Year), 100*y.Nonzero)
	}
	for _, in := range m.Inputs {
		t.Note("from %s, %d bytes, SHA-256 %s", in.Name, in.Bytes, in.SHA256)
	}
	t.Add(result.NotesOf(result.Origin, m.Remarks...)...)
	return t
}

// IndustriesSchema is the table of the industries of a set of tables.
var IndustriesSchema = result.NewSchema("table-industries",
	result.TextField("industry", "Code of the industry for --industries and --inputs.", func(i *icio.Industry) string { return i.Code }),
	result.TextField("name", "What the industry makes.", func(i *icio.Industry) string { return i.Name }),
)

// TablesIndustries lists the industries of a set of tables.
func TablesIndustries(m *icio.Manifest) *result.Table {
	t := IndustriesSchema.Table(m.Name+": industries", m.Industries)
	t.Synthetic, t.Provenance = m.Synthetic, m.Provenance()
	return t
}
