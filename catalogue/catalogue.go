// Package catalogue lists what can be asked about: datasets, definitions, blocs, product lists, and codes from one revision to another.
package catalogue

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"chokepoint/method"
	"chokepoint/result"
	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/trade"
)

// Methods is the table of builtin methods.
func Methods() *result.Table {
	columns := []*result.Column{
		result.TextColumn("id", "Name in --method."), result.TextColumn("status", "published, reconstructed or provisional."),
		result.TextColumn("partner", "Whether it is about a partner or about the importer alone."),
		result.TextColumn("criteria", "All must hold."), result.TextColumn("persistence", "In how many years of how many."),
		result.TextColumn("title", "What it is."), result.TextColumn("source", "Where it is published."),
	}
	t := result.New("methods", "Definitions of dependency", columns...)
	for _, m := range method.Builtin() {
		partner := "no"
		if m.HasPartner() {
			partner = "yes"
		}
		var criteria []string
		for _, c := range m.Criteria {
			criteria = append(criteria, c.Text)
		}
		for i, v := range []string{m.ID, string(m.Status), partner, strings.Join(criteria, "; "), m.Persistence.String(), m.Title, m.Source} {
			columns[i].AppendText(v)
		}
		for _, c := range m.Provisional {
			t.Provisional = append(t.Provisional, fmt.Sprintf("%s: `%s` stands in for a rule that is not public", m.ID, c))
		}
	}
	return t
}

// Blocs is the table of blocs.
func Blocs(blocs *trade.Blocs) *result.Table {
	id, name := result.TextColumn("id", "Name in selections."), result.TextColumn("name", "Name.")
	members := result.IntColumn("memberships", "count", "Dated memberships.")
	source, note := result.TextColumn("source", "Source."), result.TextColumn("note", "What to know.")
	t := result.New("blocs", "Blocs", id, name, members, source, note)
	for _, b := range blocs.All() {
		id.AppendText(b.ID)
		name.AppendText(b.Name)
		members.AppendInt(int64(len(b.Members)))
		source.AppendText(b.Source)
		note.AppendText(b.Note)
	}
	return t
}

// Members is the table of the members of a bloc with their years.
func Members(b trade.Bloc) *result.Table {
	member := result.TextColumn("member", "Economy, ISO3.")
	from, to := result.TextColumn("from", "First year; empty is always."), result.TextColumn("to", "Last year, inclusive; empty is to this day.")
	t := result.New("bloc", b.ID+": "+b.Name, member, from, to)
	for _, m := range b.Members {
		member.AppendText(m.Economy)
		from.AppendText(yearOrEmpty(m.From))
		to.AppendText(yearOrEmpty(m.To))
	}
	t.Notes = append(t.Notes, "source: "+b.Source+" "+b.URL)
	if b.Note != "" {
		t.Notes = append(t.Notes, b.Note)
	}
	return t
}

func yearOrEmpty(y int) string {
	if y == trade.Always || y == trade.Forever {
		return ""
	}
	return fmt.Sprint(y)
}

// EconomiesOf is the table of the economies of a dataset.
func EconomiesOf(d *store.Dataset) *result.Table {
	e := d.Economies()
	code := result.IntColumn("code", "", "BACI code.")
	label, iso2 := result.TextColumn("economy", "As printed."), result.TextColumn("iso2", "ISO 3166 alpha-2.")
	name, kind := result.TextColumn("name", "Name."), result.TextColumn("kind", "economy, former, or nes (not elsewhere specified).")
	t := result.New("economies", "Economies of "+d.Manifest().Name, code, label, iso2, name, kind)
	t.Synthetic = d.Manifest().Synthetic
	for _, x := range e.All() {
		code.AppendInt(int64(x.Code))
		label.AppendText(e.Label(x.Code))
		iso2.AppendText(x.ISO2)
		name.AppendText(x.Name)
		kind.AppendText(string(x.Kind))
	}
	return t
}

// Datasets is the table of the datasets of a folder. inUse answers where a question names none; "" is none of them.
func Datasets(list []store.Manifest, inUse string) *result.Table {
	name, nomenclature := result.TextColumn("dataset", "Name."), result.TextColumn("nomenclature", "HS revision.")
	use := result.TextColumn("in_use", "yes: it answers where a question names no dataset.")
	release, years := result.TextColumn("release", "Release of the source."), result.TextColumn("years", "Years.")
	rows := result.IntColumn("flows", "count", "Flows stored.")
	value := result.FloatColumn("value_usd", result.USD, "Sum of all flows.")
	ingested, title := result.TextColumn("ingested", "Date of the ingest."), result.TextColumn("title", "What it is.")
	t := result.New("datasets", "Datasets", name, use, nomenclature, release, years, rows, value, ingested, title)
	for _, m := range list {
		name.AppendText(m.Name)
		answers := ""
		if m.Name == inUse {
			answers = "yes"
		}
		use.AppendText(answers)
		nomenclature.AppendText(string(m.Nomenclature))
		release.AppendText(m.Release)
		years.AppendText(yearSpan(m))
		rows.AppendInt(m.Rows)
		value.AppendFloat(m.ValueUSD)
		ingested.AppendText(m.Created.Format(time.DateOnly))
		mark := ""
		if m.Synthetic {
			mark = "SYNTHETIC: "
		}
		title.AppendText(mark + m.Title)
	}
	return t
}

func yearSpan(m store.Manifest) string {
	first, last := m.Years[0].Year, m.Years[len(m.Years)-1].Year
	if study.Apart(first, last)+1 == len(m.Years) {
		return trade.FormatYears([]trade.YearRange{{First: first, Last: last}})
	}
	return fmt.Sprintf("%d of %s", len(m.Years), trade.YearRange{First: first, Last: last})
}

// Coverage is the table of a dataset year by year, with where it comes from as provenance and the ingest's remarks as notes.
func Coverage(s *study.Source) (*result.Table, error) {
	m := s.Dataset.Manifest()
	year := result.IntColumn("year", result.Year, "Calendar year.")
	rows := result.IntColumn("flows", "count", "Flows stored.")
	products := result.IntColumn("products", "count", "Products with flows.")
	importers := result.IntColumn("importers", "count", "Economies that import.")
	exporters := result.IntColumn("exporters", "count", "Economies that export.")
	value := result.FloatColumn("value_usd", result.USD, "Sum of the flows.")
	quantities := result.FloatColumn("with_quantity", result.Share, "Share of flows whose tonnes are known.")
	file := result.TextColumn("file", "File of the year.")
	t := result.New("dataset", m.Name+": "+m.Title, year, rows, products, importers, exporters, value, quantities, file)
	t.Synthetic = m.Synthetic
	for _, y := range m.Years {
		year.AppendInt(int64(y.Year))
		rows.AppendInt(y.Rows)
		products.AppendInt(int64(y.Products))
		importers.AppendInt(int64(len(y.Importers)))
		exporters.AppendInt(int64(len(y.Exporters)))
		value.AppendFloat(y.ValueUSD)
		quantities.AppendFloat(float64(y.QuantityRows) / float64(y.Rows))
		file.AppendText(y.File.File)
	}
	t.Provenance = result.Provenance{Dataset: m.Name, Checksum: m.Checksum(), Release: m.Release, Nomenclature: string(m.Nomenclature),
		Source: m.Source, Licence: m.Licence, Citation: m.Citation, Exact: m.Exact, Synthetic: m.Synthetic, Program: s.Program, Command: s.Command, Created: m.Created}
	exact := "all values are whole dollars: sums are exact"
	if !m.Exact {
		exact = "values are not whole dollars: sums are rounded in the 16th digit"
	}
	t.Notes = append(t.Notes, fmt.Sprintf("%d flows, %s; checksum %s", m.Rows, exact, m.Checksum()))
	if s.Engine == nil && !m.Protected() {
		t.Notes = append(t.Notes, "of an older format, without checksums of blocks: questions check only that values are within bounds; `chokepoint datasets upgrade "+m.Name+"` adds them")
	}
	for _, in := range m.Inputs {
		t.Notes = append(t.Notes, fmt.Sprintf("from %s, %d bytes, SHA-256 %s", in.Name, in.Bytes, in.SHA256))
	}
	remarks, err := remarksOf(m.Report)
	t.Notes = append(t.Notes, remarks...)
	return t, err
}

// remarksOf takes the warnings and notes out of a stored ingest report.
func remarksOf(stored json.RawMessage) ([]string, error) {
	if len(stored) == 0 {
		return nil, nil
	}
	var report struct{ Warnings, Notes []string }
	if err := json.Unmarshal(stored, &report); err != nil {
		return nil, &store.DamagedError{Err: fmt.Errorf("ingest report in the manifest: %w", err)}
	}
	return append(report.Warnings, report.Notes...), nil
}
