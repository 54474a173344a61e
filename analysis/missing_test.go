package analysis_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"chokepoint/analysis"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/study/studytest"
)

// missingWorld has flows in which Germany (276) sells and buys nothing, as in an archive that lacks its imports. The Netherlands (528),
// the other member of the European Union there, are whole. It holds two products.
func missingWorld(t *testing.T, years ...int) *study.Source {
	var flows []studytest.Flow
	for _, y := range years {
		flows = append(flows,
			studytest.Flow{y, 156, 842, "850760", 90e6}, studytest.Flow{y, 156, 528, "850760", 50e6}, studytest.Flow{y, 276, 842, "850760", 10e6},
			studytest.Flow{y, 276, 156, "848620", 400e6}, studytest.Flow{y, 276, 528, "848620", 30e6}, studytest.Flow{y, 842, 156, "848620", 20e6},
			studytest.Flow{y, 528, 842, "848620", 10e6}, studytest.Flow{y, 410, 842, "848620", 5e6}, studytest.Flow{y, 842, 410, "850760", 5e6})
	}
	return studytest.Source(t, flows)
}

// about are the parameters with which each question is asked about an economy. Those without an entry are about no importer.
func about(economy string) map[string]map[string]string {
	return map[string]map[string]string{
		"count": {"importers": economy, "partners": "CHN"}, "dependencies": {"importers": economy, "partners": "CHN"}, "indicators": {"importers": economy},
		"explain": {"importers": economy, "products": "850760"}, "asymmetry": {"a": economy, "b": "CHN"}, "chokepoints": {"importers": economy, "products": "all"},
		"scoreboard": {"economy": economy, "list": "hs-sections"}, "breadth": {"economy": economy}, "similarity": {"economy": economy, "partners": "CHN"},
		"displacement": {"economy": economy}, "complexity": {"economies": economy}, "balance": {"economy": economy, "partners": "CHN,USA"},
		"policy": {"policy": "mic25", "economy": economy, "outcome": "dependency"}, "sensitivity": {"importers": economy, "partners": "CHN"},
		"compare": {"importers": economy, "partners": "CHN", "method": "all"}, "scenario cut": {"suppliers": "CHN", "importers": economy},
		"scenario ranges": {"suppliers": "CHN", "importers": economy}, "scenario path": {"suppliers": "CHN", "importers": economy}, "scenario sources": {"suppliers": "CHN", "importers": economy},
	}
}

// withoutImporter are the questions that are about no importer, or that need more than one dataset or file.
var withoutImporter = []string{"firms", "revisions", "products", "search", "calibrate", "diff", "compare published", "backtest", "scenario compare", "scenario tariff", "scenario cascade",
	"loop", "loop inputs", "loop sensitivity", "loop learning", "loop backtest"}

// onImports are the columns of figures that rest on what an economy buys.
var onImports = regexp.MustCompile(`^(products|imports_.*|.*_imports|.*_imports_usd|own_.*|balance|net_exports.*|import_.*|.*_of_imports|both|either|jaccard|ratio|a_on_b_.*|downstream_gap|share_difference|share_of_products|products_[ab])$`)

// onVerdicts are columns of text that are a verdict.
var onVerdicts = regexp.MustCompile(`^(class|class_sells|class_needs|verdict)$`)

// TestAbsentImporter: no figure, class or verdict stands for imports that the dataset lacks, in any answer.
func TestAbsentImporter(t *testing.T) {
	questions := about("DEU")
	for _, q := range analysis.Questions() {
		if q.Tables {
			continue // they ask no dataset
		}
		values, asked := questions[q.Name]
		if !asked {
			if !slices.Contains(withoutImporter, q.Name) {
				t.Errorf("%s is not asked about an importer that is missing", q.Name)
			}
			continue
		}
		r, errs := q.Read(values)
		if errs != nil {
			t.Fatal(q.Name, errs)
		}
		table, err := q.Answer(t.Context(), missingWorld(t, 2015, 2017, 2018), r)
		if err != nil {
			if !strings.Contains(err.Error(), "missing") {
				t.Errorf("%s: %v", q.Name, err)
			}
			continue
		}
		for row := range table.Rows() {
			for _, c := range table.Columns {
				if strings.HasPrefix(c.Name, "b_on_a_") || strings.HasPrefix(c.Name, "others_") || q.Name == "scoreboard" && c.Name == "products" {
					continue // what others buy; products of a sector
				}
				switch {
				case c.Type != result.Text && c.Type != result.Bool && onImports.MatchString(c.Name) && !c.IsMissing(row),
					c.Type == result.Text && onVerdicts.MatchString(c.Name) && c.Text[row] != "" && c.Name != "class_sells":
					t.Errorf("%s: row %d has %s = %s, of an economy without imports", q.Name, row, c.Name, c.Exact(row))
				}
			}
		}
		if table.Rows() == 0 && !slices.ContainsFunc(table.Notes, tellsOfMissing) {
			t.Errorf("%s: no rows, and no note that says why: %q", q.Name, result.Texts(table.Notes))
		}
	}
}

func tellsOfMissing(n result.Note) bool {
	return n.Kind == result.MissingImports || n.Kind == result.NoEstimate || n.Kind == result.PartialWorld
}

// TestIncompleteBloc: figures of a bloc of which a member is missing are partial in every row, or are none.
func TestIncompleteBloc(t *testing.T) {
	for name, values := range about("EU27") {
		q, _ := analysis.QuestionOf(name)
		r, errs := q.Read(values)
		if errs != nil {
			t.Fatal(name, errs)
		}
		table, err := q.Answer(t.Context(), missingWorld(t, 2015, 2017, 2018), r)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		statuses := 0
		for _, c := range table.Columns {
			if c.Type != result.Text || !strings.Contains(c.Name, "status") {
				continue
			}
			statuses++
			if name == "balance" && c.Name == "exports_status" || name == "asymmetry" && c.Name == "b_on_a_status" {
				continue // what a partner with imports buys
			}
			for row, s := range c.Text {
				if result.Status(s) == result.Observed {
					t.Errorf("%s: row %d has %s = %s", name, row, c.Name, s)
				}
			}
		}
		if statuses == 0 {
			t.Errorf("%s has no column of statuses: %v", name, table.Columns)
		}
	}
}

// TestAbsentProductAndYear: what a dataset does not hold is an error or a note, never an answer.
func TestAbsentProductAndYear(t *testing.T) {
	for name, change := range map[string][2]string{"product": {"products", "010121"}, "year": {"years", "2016"}} {
		for _, question := range []string{"count", "dependencies", "indicators", "explain", "chokepoints", "sensitivity", "compare"} {
			q, _ := analysis.QuestionOf(question)
			values := about("USA")[question]
			values[change[0]] = change[1]
			r, errs := q.Read(values)
			if errs != nil {
				t.Fatal(question, errs)
			}
			if table, err := q.Answer(t.Context(), missingWorld(t, 2015, 2017, 2018), r); err == nil {
				t.Errorf("%s of a %s that the dataset lacks has %d rows", question, name, table.Rows())
			}
		}
	}
	q, _ := analysis.QuestionOf("count")
	r, _ := q.Read(map[string]string{"importers": "USA", "years": "2015:2018"})
	if table := studytest.Must(t)(q.Answer(t.Context(), missingWorld(t, 2015, 2017, 2018), r)); !slices.ContainsFunc(table.Notes, func(n result.Note) bool { return n.Kind == result.MissingYears }) {
		t.Errorf("no note on 2016: %q", result.Texts(table.Notes))
	}
}

// TestOneYear: a definition that looks back further than the dataset goes has no figure.
func TestOneYear(t *testing.T) {
	for _, question := range []string{"count", "dependencies", "asymmetry", "chokepoints", "scoreboard", "sensitivity", "compare"} {
		q, _ := analysis.QuestionOf(question)
		values := about("USA")[question]
		values["method"] = "geodep-2024"
		r, errs := q.Read(values)
		if errs != nil {
			t.Fatal(question, errs)
		}
		table, err := q.Answer(t.Context(), missingWorld(t, 2015), r)
		if err != nil {
			t.Errorf("%s: %v", question, err)
			continue
		}
		for _, name := range []string{"products", "products_a", "a_on_b_products", "own_dependencies", "others_dependencies", "single_points", "dependents"} {
			c := table.Column(name)
			for row := range table.Rows() {
				if c != nil && !c.IsMissing(row) && !(question == "scoreboard" && name == "products") {
					t.Errorf("%s: row %d has %s = %s", question, row, name, c.Exact(row))
				}
			}
		}
		if !slices.ContainsFunc(table.Notes, func(n result.Note) bool { return n.Status == result.NotComputable }) {
			t.Errorf("%s: no note says that it is not computable: %q", question, result.Texts(table.Notes))
		}
	}
}
