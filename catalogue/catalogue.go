// Package catalogue lists what can be asked about: datasets, definitions, blocs, product lists, and codes from one revision to another.
package catalogue

import (
	"fmt"
	"strings"
	"time"

	"chokepoint/method"
	"chokepoint/result"
	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/trade"
)

// MethodSchema is the table of definitions.
var MethodSchema = result.NewSchema("methods",
	result.TextField("id", "Name of the method for --method.", func(m *method.Method) string { return m.ID }),
	result.TextField("status", "published, reconstructed or provisional.", func(m *method.Method) string { return string(m.Status) }),
	result.TextField("partner", "Whether the method is about a partner or about the importer alone.", func(m *method.Method) string { return yesOrNo(m.HasPartner()) }),
	result.TextField("criteria", "The criteria, all of which must hold.", func(m *method.Method) string {
		var criteria []string
		for _, c := range m.Criteria {
			criteria = append(criteria, c.Text)
		}
		return strings.Join(criteria, "; ")
	}),
	result.TextField("persistence", "In how many of how many years the criteria must hold.", func(m *method.Method) string { return m.Persistence.String() }),
	result.TextField("title", "What it is.", func(m *method.Method) string { return m.Title }),
	result.TextField("source", "Where it was published.", func(m *method.Method) string { return m.Source }),
)

// Methods is the table of builtin methods.
func Methods() *result.Table {
	var rows []method.Method
	for _, m := range method.Builtin() {
		rows = append(rows, *m)
	}
	t := MethodSchema.Table("Definitions of dependency", rows)
	for _, m := range rows {
		t.Provisional = append(t.Provisional, m.ProvisionalTexts()...)
	}
	return t
}

func yesOrNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// BlocSchema is the table of blocs.
var BlocSchema = result.NewSchema("blocs",
	result.TextField("id", "Name of the bloc in selections.", func(b *trade.Bloc) string { return b.ID }),
	result.TextField("name", "Name.", func(b *trade.Bloc) string { return b.Name }),
	result.IntField("memberships", "count", "Dated memberships.", func(b *trade.Bloc) int { return len(b.Members) }),
	result.TextField("source", "Source.", func(b *trade.Bloc) string { return b.Source }),
	result.TextField("note", "Remarks.", func(b *trade.Bloc) string { return b.Note }),
)

// Blocs is the table of blocs.
func Blocs(blocs *trade.Blocs) *result.Table { return BlocSchema.Table("Blocs", blocs.All()) }

// MemberSchema is the table of a bloc's members.
var MemberSchema = result.NewSchema("bloc",
	result.TextField("member", "Economy, ISO3.", func(m *trade.Membership) string { return m.Economy }),
	result.TextField("from", "First year of membership. Empty if it has no beginning.", func(m *trade.Membership) string { return yearOrEmpty(m.From) }),
	result.TextField("to", "Last year of membership, inclusive. Empty if it continues.", func(m *trade.Membership) string { return yearOrEmpty(m.To) }),
)

// Members is the table of the members of a bloc with their years.
func Members(b trade.Bloc) *result.Table {
	t := MemberSchema.Table(b.ID+": "+b.Name, b.Members)
	t.Add(result.Note{Kind: result.Origin, Subject: b.ID, Text: "source: " + b.Source + " " + b.URL})
	if b.Note != "" {
		t.Note("%s", b.Note)
	}
	return t
}

func yearOrEmpty(y int) string {
	if y == trade.Always || y == trade.Forever {
		return ""
	}
	return fmt.Sprint(y)
}

// EconomyRow is an economy, with the name that it has in answers.
type EconomyRow struct {
	trade.Economy
	Label string
}

// EconomySchema is the table of economies.
var EconomySchema = result.NewSchema("economies",
	result.IntField("code", "", "BACI code.", func(r *EconomyRow) int { return int(r.Code) }),
	result.TextField("economy", "Code or label as printed.", func(r *EconomyRow) string { return r.Label }),
	result.TextField("iso2", "ISO 3166 alpha-2.", func(r *EconomyRow) string { return r.ISO2 }),
	result.TextField("name", "Name.", func(r *EconomyRow) string { return r.Name }),
	result.TextField("kind", "economy, former, or nes (not elsewhere specified).", func(r *EconomyRow) string { return string(r.Kind) }),
)

// EconomiesOf is the table of the economies of a dataset.
func EconomiesOf(d study.Catalogue) *result.Table {
	t := Economies("Economies of "+d.Manifest().Name, d.Economies())
	t.Synthetic = d.Manifest().Synthetic
	return t
}

// Economies is the table of some economies.
func Economies(title string, list *trade.Economies) *result.Table {
	var rows []EconomyRow
	for _, x := range list.All() {
		rows = append(rows, EconomyRow{x, list.Label(x.Code)})
	}
	return EconomySchema.Table(title, rows)
}

// DatasetRow is a dataset, and whether it answers where a question names none.
type DatasetRow struct {
	store.Manifest
	InUse bool
}

// DatasetSchema is the table of datasets.
var DatasetSchema = result.NewSchema("datasets",
	result.TextField("dataset", "Name.", func(r *DatasetRow) string { return r.Name }),
	result.TextField("in_use", "yes if it answers questions that name no dataset.", func(r *DatasetRow) string {
		if r.InUse {
			return "yes"
		}
		return ""
	}),
	result.TextField("nomenclature", "HS revision.", func(r *DatasetRow) string { return string(r.Nomenclature) }),
	result.TextField("release", "Release of the source.", func(r *DatasetRow) string { return r.Release }),
	result.TextField("years", "Years.", func(r *DatasetRow) string { return yearSpan(r.Manifest) }),
	result.IntField("flows", "count", "Number of flows stored.", func(r *DatasetRow) int { return int(r.Rows) }),
	result.FloatField("value_usd", result.USD, "Value of all flows.", func(r *DatasetRow) float64 { return r.ValueUSD }),
	result.TextField("ingested", "Date of the ingest.", func(r *DatasetRow) string { return r.Created.Format(time.DateOnly) }),
	result.TextField("title", "What it is.", func(r *DatasetRow) string {
		if r.Synthetic {
			return "SYNTHETIC: " + r.Title
		}
		return r.Title
	}),
)

// Datasets is the table of the datasets of a folder. inUse answers where a question names none; "" is none of them.
func Datasets(list []store.Manifest, inUse string) *result.Table {
	var rows []DatasetRow
	for _, m := range list {
		rows = append(rows, DatasetRow{m, m.Name == inUse})
	}
	return DatasetSchema.Table("Datasets", rows)
}

func yearSpan(m store.Manifest) string {
	first, last := m.Years[0].Year, m.Years[len(m.Years)-1].Year
	if study.Apart(first, last)+1 == len(m.Years) {
		return trade.FormatYears([]trade.YearRange{{First: first, Last: last}})
	}
	return fmt.Sprintf("%d of %s", len(m.Years), trade.YearRange{First: first, Last: last})
}
