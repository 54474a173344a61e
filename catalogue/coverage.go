package catalogue

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"chokepoint/result"
	"chokepoint/sector"
	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/trade"
)

// CoverageRow is what a dataset has and lacks in a year. It follows from the manifest, which keeps who imports and exports each year.
type CoverageRow struct {
	*store.YearEntry
	Revision      int      // products of the HS revision; 0 where nobody knows
	NoImports     []string // labels of economies that export and of which there are no imports
	NoExports     []string // and of those that import and export nothing
	Interruptions []string // and of those that trade in years before and after, and not in this one
	Blocs         []string // blocs of which members lack imports, with how many have them
}

// ProductShare is the share of the revision's products that have flows; NaN where nobody knows the revision's.
func (r *CoverageRow) ProductShare() float64 {
	if r.Revision == 0 {
		return math.NaN()
	}
	return float64(r.Products) / float64(r.Revision)
}

// Status says whether the year has all that the revision and its traders call for.
func (r *CoverageRow) Status() result.Status {
	if len(r.NoImports) > 0 || r.Products < r.Revision {
		return result.Partial
	}
	return result.Observed
}

// CoverageSchema is the table of a dataset year by year.
var CoverageSchema = result.NewSchema("dataset",
	result.IntField("year", result.Year, "Calendar year.", func(r *CoverageRow) int { return r.Year }),
	result.IntField("flows", "count", "Number of flows stored.", func(r *CoverageRow) int { return int(r.Rows) }),
	result.IntField("products", "count", "Number of products with flows.", func(r *CoverageRow) int { return r.Products }),
	result.IntField("importers", "count", "Number of economies that import.", func(r *CoverageRow) int { return len(r.Importers) }),
	result.IntField("exporters", "count", "Number of economies that export.", func(r *CoverageRow) int { return len(r.Exporters) }),
	result.FloatField("value_usd", result.USD, "Value of the flows.", func(r *CoverageRow) float64 { return r.ValueUSD }),
	result.FloatField("with_quantity", result.Share, "Share of flows with known tonnes.", func(r *CoverageRow) float64 { return float64(r.QuantityRows) / float64(r.Rows) }),
	result.TextField("file", "File that holds the year.", func(r *CoverageRow) string { return r.File.File }).AsDetail(),
	result.IntField("revision_products", "count", "Number of products in the HS revision. Missing if the program does not have its code list.", func(r *CoverageRow) int {
		if r.Revision == 0 {
			return result.MissingInt
		}
		return r.Revision
	}),
	result.FloatField("product_coverage", result.Share, "products / revision_products.", (*CoverageRow).ProductShare),
	result.IntField("exporters_without_imports", "count", "Number of economies that export and have no imports in the dataset. Their imports are missing, not zero.", func(r *CoverageRow) int { return len(r.NoImports) }),
	result.IntField("importers_without_exports", "count", "Number of economies that import but export nothing.", func(r *CoverageRow) int { return len(r.NoExports) }).AsDetail(),
	result.IntField("interrupted", "count", "Number of economies that trade in earlier and later years but not in this one.", func(r *CoverageRow) int { return len(r.Interruptions) }),
	result.TextField("incomplete_blocs", "Blocs with members that export but have no imports in the dataset, with the number of members that have imports.", func(r *CoverageRow) string { return strings.Join(r.Blocs, ", ") }),
	result.TextField("lacking_imports", "Codes of the economies in exporters_without_imports.", func(r *CoverageRow) string { return strings.Join(r.NoImports, " ") }).AsDetail(),
	result.TextField("lacking_exports", "Codes of the economies in importers_without_exports.", func(r *CoverageRow) string { return strings.Join(r.NoExports, " ") }).AsDetail(),
	result.TextField("interruptions", "Codes of the economies in interrupted.", func(r *CoverageRow) string { return strings.Join(r.Interruptions, " ") }).AsDetail(),
	result.TextField("status", "observed; partial, if products of the revision or imports of exporters are missing.", func(r *CoverageRow) string { return string(r.Status()) }),
)

// Coverage is the table of a dataset year by year, with where it comes from as provenance and the ingest's remarks as notes.
func Coverage(s *study.Source) (*result.Table, error) {
	m := s.Dataset.Manifest()
	t := CoverageSchema.Table(m.Name+": "+m.Title, coverageOf(s))
	t.Synthetic = m.Synthetic
	t.Provenance = s.Provenance()
	t.Provenance.Created = m.Created
	exact := "all values are whole dollars: sums are exact"
	if !m.Exact {
		exact = "values are not whole dollars: sums are rounded in the 16th digit"
	}
	t.Note("%s flows, %s; checksum %s", result.ShortInt(int(m.Rows)), exact, m.Checksum())
	if s.Engine == nil && !m.Protected() {
		t.Note("%s", "of an older format, without checksums of blocks: questions check only that values are within bounds; `chokepoint datasets upgrade "+m.Name+"` adds them")
	}
	for _, in := range m.Inputs {
		t.Note("from %s, %d bytes, SHA-256 %s", in.Name, in.Bytes, in.SHA256)
	}
	t.Add(missingYears(m)...)
	remarks, err := remarksOf(m.Report)
	t.Add(result.NotesOf(result.Origin, remarks...)...)
	return t, err
}

func coverageOf(s *study.Source) (rows []CoverageRow) {
	d, economies := s.Dataset, s.Dataset.Economies()
	m := d.Manifest()
	labels := func(set trade.Set) (list []string) {
		for _, code := range set.Codes() {
			list = append(list, economies.Label(code))
		}
		slices.Sort(list)
		return slices.Compact(list)
	}
	revision := len(sector.ProductsOf(m.Nomenclature))
	var first, last []trade.Set // who trades up to a year, and from it on
	for i := range m.Years {
		traders := d.Importers(m.Years[i].Year).Union(d.Exporters(m.Years[i].Year))
		first, last = append(first, traders), append(last, traders)
		if i > 0 {
			first[i] = first[i].Union(first[i-1])
		}
	}
	for i := len(last) - 2; i >= 0; i-- {
		last[i] = last[i].Union(last[i+1])
	}
	blocs := partiesOf(s)
	for i := range m.Years {
		y := &m.Years[i]
		importers, exporters := d.Importers(y.Year), d.Exporters(y.Year)
		r := CoverageRow{YearEntry: y, Revision: revision, NoImports: labels(s.AbsentCodes(y.Year)), NoExports: labels(importers.Minus(exporters)),
			Blocs: incompleteBlocs(s, blocs, y.Year)}
		r.Interruptions = labels(first[i].Intersect(last[i]).Minus(importers.Union(exporters)))
		rows = append(rows, r)
	}
	return rows
}

// partiesOf are the blocs of which the dataset's list has members.
func partiesOf(s *study.Source) (parties []trade.Party) {
	blocs := s.Blocs
	if blocs == nil {
		blocs = trade.BuiltinBlocs()
	}
	for _, b := range blocs.All() {
		if selection, err := trade.ParseSelection(b.ID, s.Dataset.Economies(), blocs); err == nil {
			parties = append(parties, selection.Parties[0])
		}
	}
	return parties
}

// incompleteBlocs lists the blocs of which members export in a year and import nothing: "EU27 23 of 27".
func incompleteBlocs(s *study.Source, blocs []trade.Party, year int) (list []string) {
	importers, exporters := s.Dataset.Importers(year), s.Dataset.Exporters(year)
	for _, b := range blocs {
		members := b.Any[0].Codes(year).Intersect(importers.Union(exporters))
		if lacking := members.Intersect(s.AbsentCodes(year)); lacking.Len() > 0 {
			list = append(list, fmt.Sprintf("%s %d of %d", b.Label, members.Len()-lacking.Len(), members.Len()))
		}
	}
	return list
}

// missingYears are the years inside the series that the dataset does not have.
func missingYears(m *store.Manifest) []result.Note {
	var absent []int
	for y := m.Years[0].Year; y < m.Years[len(m.Years)-1].Year; y = int(trade.Period(y).Back(-1)) {
		if !slices.ContainsFunc(m.Years, func(e store.YearEntry) bool { return e.Year == y }) {
			absent = append(absent, y)
		}
	}
	if len(absent) == 0 {
		return nil
	}
	return []result.Note{{Kind: result.MissingYears, Status: result.Missing, Subject: m.Name, Years: absent,
		Text: fmt.Sprintf("the series lacks %s; definitions that look back over them are not computable or partial", study.YearsText(absent))}}
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
