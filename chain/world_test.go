package chain

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"chokepoint/icio"
	"chokepoint/result"
	"chokepoint/study"
)

// small is a table for tests: areas by industries, with final demand of one category and inventories.
type small struct {
	areas, industries []string
	z                 [][]float64
	f                 [][]float64 // by node: demand and inventories of each area in turn
	output            []float64
}

var smallAreas = []string{"CHN", "USA", "DEU", "JPN", "ROW"}

// randomSmall balances: output is the sum of what is sold.
func randomSmall(seed uint64, areas, industries int) *small {
	r := rand.New(rand.NewPCG(seed, 7))
	s := &small{areas: smallAreas[:areas]}
	for i := range industries {
		s.industries = append(s.industries, fmt.Sprintf("c%d", 3+i))
	}
	n := areas * industries
	for i := range n {
		row, final := make([]float64, n), make([]float64, 2*areas)
		sum := 0.0
		for j := range row {
			if r.Float64() < 0.7 {
				row[j] = float64(r.IntN(100))
				if i/industries == j/industries {
					row[j] *= 3
				}
			}
			sum += row[j]
		}
		for a := range areas {
			final[2*a] = float64(50 + r.IntN(400*industries))
			final[2*a+1] = float64(r.IntN(21) - 10)
			sum += final[2*a] + final[2*a+1]
		}
		s.z, s.f, s.output = append(s.z, row), append(s.f, final), append(s.output, sum)
	}
	return s
}

// silence takes a node's output, what it buys and what it sells away, as of an industry that an economy does not have.
func (s *small) silence(node int) {
	for i := range s.z {
		s.output[i] -= s.z[i][node]
		s.z[i][node] = 0
	}
	clear(s.z[node])
	clear(s.f[node])
	s.output[node] = 0
}

// text is the table as a wide CSV.
func (s *small) text() string {
	var b strings.Builder
	b.WriteString("id")
	label := func(i int) string {
		return s.areas[i/len(s.industries)] + ":" + s.industries[i%len(s.industries)]
	}
	for i := range s.z {
		b.WriteString("," + label(i))
	}
	for _, a := range s.areas {
		b.WriteString("," + a + ":F1," + a + ":F5")
	}
	b.WriteString(",output\n")
	for i, row := range s.z {
		b.WriteString(label(i))
		for _, v := range append(append([]float64{}, row...), s.f[i]...) {
			fmt.Fprintf(&b, ",%v", v)
		}
		fmt.Fprintf(&b, ",%v\n", s.output[i])
	}
	return b.String()
}

// source ingests tables by year.
func source(t *testing.T, years map[int]*small) *study.Source {
	t.Helper()
	dir := t.TempDir()
	var paths []string
	for year, s := range years {
		path := filepath.Join(dir, fmt.Sprintf("world_%d.csv", year))
		if err := os.WriteFile(path, []byte(s.text()), 0o666); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	if _, err := icio.Ingest(t.Context(), paths, icio.Options{DataDir: dir, Name: "world", Synthetic: true}); err != nil {
		t.Fatal(err)
	}
	s := &study.Source{Program: "chokepoint test"}
	s.Tables = icio.Open(dir)
	return s
}

// ask puts a question, with its parameters by name and value.
func ask(t *testing.T, q *study.Question, s *study.Source, pairs ...string) (*result.Table, error) {
	t.Helper()
	values := map[string]string{}
	for name, value := range study.Pairs(pairs...) {
		values[name] = value
	}
	r, errs := q.Read(values)
	if len(errs) > 0 {
		return nil, errs[0]
	}
	return q.Answer(t.Context(), s, r)
}

func must(t *testing.T, q *study.Question, s *study.Source, pairs ...string) *result.Table {
	t.Helper()
	table, err := ask(t, q, s, pairs...)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// inverse is (I − Z ÷ output by column)⁻¹, by Gauss and Jordan.
func (s *small) inverse() [][]float64 {
	n := len(s.z)
	a, b := make([][]float64, n), make([][]float64, n)
	for i := range n {
		a[i], b[i] = make([]float64, n), make([]float64, n)
		for j := range n {
			if s.output[j] > 0 {
				a[i][j] = -s.z[i][j] / s.output[j]
			}
		}
		a[i][i]++
		b[i][i] = 1
	}
	for k := range n {
		d := a[k][k]
		for j := range n {
			a[k][j], b[k][j] = a[k][j]/d, b[k][j]/d
		}
		for i := range n {
			l := a[i][k]
			for j := 0; i != k && j < n; j++ {
				a[i][j], b[i][j] = a[i][j]-l*a[k][j], b[i][j]-l*b[k][j]
			}
		}
	}
	return b
}

// near says whether two numbers agree; both may be missing.
func near(got, want float64) bool {
	if math.IsNaN(want) {
		return math.IsNaN(got)
	}
	return math.Abs(got-want) <= 1e-8*(1+math.Abs(want))
}
