package ingest

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// judged has one worker judge a block, by the fast way through plain rows or without it.
func judged(t testing.TB, l *lookup, j *judge, p pass, block string, plain bool) (*outcome, []storedRow) {
	t.Helper()
	head, err := readHeader([]byte("t,i,j,k,v,q"))
	if err != nil {
		t.Fatal(err)
	}
	w := &worker{judge: j, lookup: l, out: &outcome{}}
	w.begin(p, head)
	w.plain = w.plain && plain
	w.text([]byte(block), false)
	return w.out, w.rows.rows
}

// samePlain compares the two ways through a block.
func samePlain(t *testing.T, l *lookup, j *judge, p pass, block string) (kept int) {
	t.Helper()
	want, wantRows := judged(t, l, j, p, block, false)
	got, gotRows := judged(t, l, j, p, block, true)
	if d := cmp.Diff(want, got, cmp.AllowUnexported(outcome{}, largeFlows{}, tally{}, quoted{}, RowError{}, chunk{}, located{})); d != "" {
		t.Fatalf("outcome of %q (-slow +fast):\n%s", block, d)
	}
	if len(gotRows) != len(wantRows) {
		t.Fatalf("%d rows of %q, slow %d", len(gotRows), block, len(wantRows))
	}
	for i, want := range wantRows {
		got := gotRows[i]
		if want.quantity != want.quantity && got.quantity != got.quantity {
			want.quantity, got.quantity = 0, 0
		}
		if got != want {
			t.Fatalf("row %d of %q: %+v, slow %+v", i, block, got, want)
		}
	}
	return len(gotRows)
}

// plainPasses are the ways in which rows may be wanted.
var plainPasses = []pass{
	{file: "f"},
	{file: "f", year: 2024},
	{file: "f", years: map[int]bool{2023: true}},
	{file: "f", years: map[int]bool{2024: true}, again: true},
}

// plainTail is longer than plainMargin, so that what stands before it is read the fast way.
var plainTail = strings.Repeat("2024,4,24,000000,1.234,0.250\n", 6)

// plainForms are fields as they are, or nearly are, in BACI's files.
var plainForms = [columns][]string{
	{"2024", "2023", "1899", "20240", "0002024", "2o24", " 2024", "", "\x00\x00\x00\x00", `"2024"`},
	{"4", "24", "060", "0", "00", "000", "61", "999", "1000", "4.", "4 ", "-4", ":", "", "\x804"},
	{"8", "20", "004", "4", "0", "7777", "1/", "\xff", "", "2\r"},
	{"000000", "002503", "005006", "9999AA", "2503", "012345", "00000/", "00000:", "0000000", "\xb000000", ""},
	{"0.176", "12345678.123", "123456789.123", "1234.5", "12", "0.000", "0", ".5", ".125", "5.", ".", "1e3", "36.9707899148844",
		"1.23456", "0.0004", "0.1234567890123456789012345678901", "-1.000", "-0.000", "+1.250", "1.2/4", "1.2:4", "\xb1.234", "1.23\xb4",
		"90071992547409.93", "99999999.999", "1,5", "NA", ""},
	{"NA", "0.145", "13.2", "246.5", "550", "184.91514938626", "       13.235", "           NA", "                       NA", "0.000", "-0.000",
		"-1.000", "N/A", "NaN", "nan", "NAN", "NA ", "NA\r", "1.234\r", "\r", " ", "", "1.234,", "x"},
}

// TestPlainRowsAgreeWithSlowTwin puts every form of a field, and random pairs and triples of forms, through both ways.
func TestPlainRowsAgreeWithSlowTwin(t *testing.T) {
	j := testScanner().judge
	strict := *j
	strict.lenient = false
	l := newLookup(j.products)
	r := rand.New(rand.NewPCG(21, 22))
	row := func(odd int) string {
		var fields [columns]string
		for c := range fields {
			fields[c] = plainForms[c][0]
		}
		for range odd {
			c := r.IntN(int(columns))
			fields[c] = plainForms[c][r.IntN(len(plainForms[c]))]
		}
		return strings.Join(fields[:], ",") + "\n"
	}
	var blocks []string
	for c, forms := range plainForms {
		for _, form := range forms {
			var fields [columns]string
			for i := range fields {
				fields[i] = plainForms[i][0]
			}
			fields[c] = form
			blocks = append(blocks, strings.Join(fields[:], ",")+"\n")
		}
	}
	for range 1000 {
		var b strings.Builder
		for range 1 + r.IntN(5) {
			b.WriteString(row(r.IntN(4)))
		}
		blocks = append(blocks, b.String())
	}
	kept := 0
	for _, block := range blocks {
		for _, p := range plainPasses {
			kept += samePlain(t, l, j, p, block+plainTail)
			kept += samePlain(t, l, &strict, p, block+plainTail)
			kept += samePlain(t, l, j, p, block) // ends within the margin
		}
	}
	if kept < 15_000 {
		t.Errorf("only %d rows were taken in: the blocks test too little", kept)
	}
	open := &judge{lenient: true, products: newDictionary(true, nil), known: j.known}
	samePlain(t, newLookup(open.products), open, plainPasses[0], row(0)+row(0)+plainTail)
}

// TestPlainRowsTakesBACIForms makes sure that the fast way is taken at all.
func TestPlainRowsTakesBACIForms(t *testing.T) {
	head, _ := readHeader([]byte("t,i,j,k,v,q"))
	if !plainHeader(head) {
		t.Fatal("BACI's header is not plain")
	}
	if other, _ := readHeader([]byte("t,j,i,k,v,q")); plainHeader(other) {
		t.Fatal("a header in another order is plain")
	}
	block := "2024,4,24,000000,0.176,NA\n2024,4,20,002503,36.9707899148844,       13.235\n2023,60,4,005006,1234567.5,550\n"
	j := testScanner().judge
	w := &worker{judge: j, lookup: newLookup(j.products), out: &outcome{}}
	w.begin(pass{}, head)
	done, lines := w.plainRows([]byte(block + plainTail))
	if done < len(block) || lines < 3 {
		t.Errorf("%d bytes, %d rows read the fast way; want at least %d, 3", done, lines, len(block))
	}
}

// FuzzPlainRows compares the two ways through any text.
func FuzzPlainRows(f *testing.F) {
	j := testScanner().judge
	l := newLookup(j.products)
	for c, forms := range plainForms {
		for _, form := range forms {
			fields := []string{"2024", "4", "24", "000000", "0.176", "0.145"}
			fields[c] = form
			f.Add(strings.Join(fields, ",") + "\n")
		}
	}
	f.Fuzz(func(t *testing.T, body string) {
		for _, p := range plainPasses {
			samePlain(t, l, j, p, body+"\n"+plainTail)
		}
	})
}
