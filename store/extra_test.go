package store

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"chokepoint/fault"
	"chokepoint/trade"
)

// extraBlocs are blocs of random worlds: one that is in another, two that overlap, one whose members do not trade.
func extraBlocs(period int) []trade.Set {
	return []trade.Set{trade.SetOf(4, 8, 12, 16, 20, 24), trade.SetOf(8, 12), trade.SetOf(12, 28, 32, trade.Code(1+period%39)), trade.SetOf(900, 901)}
}

// weighedWorld is a random world in whose years tonnes are known.
func weighedWorld(years, products int, whole bool) world {
	for seed := uint64(0); ; seed++ {
		w, all := randomWorld(rand.New(rand.NewPCG(16, seed)), years, products, whole), true
		for _, flows := range w {
			all = all && flows[0].Quantity != nil
		}
		if all {
			return w
		}
	}
}

// writeExtra writes a world with the inner trade of extraBlocs, in small batches.
func (w world) writeExtra(t *testing.T, dir string) *Dataset {
	t.Helper()
	d, err := Create(dir, "test", false)
	if err != nil {
		t.Fatal(err)
	}
	d.SetBlocs(extraBlocs)
	d.batch = 90
	w.commit(t, d)
	set, err := Open(dir, "test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { set.Close() })
	return set
}

// TestExtra states inner trade and known weights in plain loops over the flows, in their order.
func TestExtra(t *testing.T) {
	w := weighedWorld(3, 30, true)
	for i := range w[2000] { // without tonnes
		w[2000][i].Quantity = nil
	}
	d := w.writeExtra(t, t.TempDir())
	inside, weighed := 0, 0
	for year, products := range w {
		y, err := d.Year(year)
		if err != nil {
			t.Fatal(err)
		}
		blocs := append(extraBlocs(year), trade.SetOf(8, 12, 902)) // the last is the second, but for who does not trade
		for b, bloc := range blocs {
			of, ok := y.Inner(bloc)
			if !ok {
				t.Fatalf("%d: inner trade of %v is not there", year, bloc.Codes())
			}
			for k, f := range products {
				want := 0.0
				for i, v := range f.Value {
					if bloc.Has(trade.Code(f.Importer[i])) && bloc.Has(trade.Code(f.Exporter[i])) {
						want += v
					}
				}
				if got := of(k); got != want {
					t.Errorf("%d, %s: bloc %d sells %v inside, want %v", year, f.Product, b, got, want)
				}
				if want > 0 {
					inside++
				}
			}
		}
		if _, ok := y.Inner(trade.SetOf(8, 16)); ok {
			t.Errorf("%d: inner trade of a bloc that was not asked for", year)
		}
		for exporter := range trade.Code(41) {
			of, ok := y.Weighed(exporter)
			if !ok {
				t.Fatalf("%d: no known weights", year)
			}
			for k, f := range products {
				var own, world Weighed
				for i, q := range f.Quantity {
					if !(q > 0) {
						continue
					}
					world = Weighed{world.Value + f.Value[i], world.Tonnes + q}
					if f.Exporter[i] == uint16(exporter) {
						own = Weighed{own.Value + f.Value[i], own.Tonnes + q}
					}
				}
				if gotOwn, gotWorld := of(k); gotOwn != own || gotWorld != world {
					t.Errorf("%d, %s, exporter %d: %v of %v, want %v of %v", year, f.Product, exporter, gotOwn, gotWorld, own, world)
				}
				if own.Tonnes > 0 {
					weighed++
				}
			}
		}
	}
	if inside < 50 || weighed < 200 {
		t.Errorf("only %d sums of inner trade and %d of weights are not 0", inside, weighed)
	}
}

// TestExtraAbsent: files of older formats and values that are not whole dollars have no extra sums.
func TestExtraAbsent(t *testing.T) {
	for version := 1; version <= FormatVersion; version++ {
		d, err := Open(fmt.Sprintf("testdata/v%d", version), "")
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		for _, year := range d.Years() {
			y, err := d.Year(year)
			if err != nil {
				t.Fatal(err)
			}
			_, inner := y.Inner(trade.SetOf(156, 842))
			_, weighed := y.Weighed(156)
			if want := version >= 5; inner != want || weighed != want {
				t.Errorf("version %d, %d: inner trade %v, weights %v", version, year, inner, weighed)
			}
		}
	}
	d := weighedWorld(1, 10, false).writeExtra(t, t.TempDir())
	y, err := d.Year(d.Years()[0])
	if err != nil {
		t.Fatal(err)
	}
	_, inner := y.Inner(extraBlocs(d.Years()[0])[0])
	if _, weighed := y.Weighed(4); inner || !weighed || y.Exact() {
		t.Errorf("values that are not whole: exact %v, inner trade %v, weights %v; want weights alone, which are in the order of the flows", y.Exact(), inner, weighed)
	}
}

// TestExtraIsProved: a question that reads an extra sum ends where it is not what was written, and no other does; verify names the file.
func TestExtraIsProved(t *testing.T) {
	dir := t.TempDir()
	w := weighedWorld(1, 600, true)
	d, err := Create(dir, "test", false)
	if err != nil {
		t.Fatal(err)
	}
	d.SetBlocs(extraBlocs)
	w.commit(t, d)
	const year = 2000
	open := func() (*Dataset, *Year) {
		set, err := Open(dir, "test")
		if err != nil {
			t.Fatal(err)
		}
		y, err := set.Year(year)
		if err != nil {
			t.Fatal(err)
		}
		return set, y
	}
	set, y := open()
	x := y.chunks[0].index
	row := y.Len() / 2
	path := filepath.Join(set.dir, set.manifest.Years[0].Index.File)
	places := map[int]int{ // of the product in the middle, by column
		innerColumn:       x.at[indexNumbers[innerColumn]].from + 8*4*row,
		worldPricedColumn: x.at[indexNumbers[worldPricedColumn]].from + 8*row,
		worldTonnesColumn: x.at[indexNumbers[worldTonnesColumn]].from + 8*row,
		pricedColumn:      x.at[indexNumbers[pricedColumn]].from + 8*int(x.exporters[row]),
		tonnesColumn:      x.at[indexNumbers[tonnesColumn]].from + 8*int(x.exporters[row]),
	}
	exporter := trade.Code(y.Index(row).Exporter[0])
	for column, at := range places {
		if x.file.sound.has(at / indexBlock) {
			t.Fatalf("column %d is read when the year is opened: a larger world is needed", column)
		}
	}
	set.Close()
	sound, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for column, at := range places {
		data := bytes.Clone(sound)
		data[at] ^= 1
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		set, y := open()
		inner := func() error { of, _ := y.Inner(extraBlocs(year)[0]); of(row); return nil }
		weighed := func() error { of, _ := y.Weighed(exporter); of(row); return nil }
		damaged, other := inner, weighed
		if column != innerColumn {
			damaged, other = weighed, inner
		}
		if err := fault.Do(other); err != nil {
			t.Errorf("column %d: a question that does not read it ends with %v", column, err)
		}
		wantError(t, fault.Do(damaged), "index-", "not what was written")
		set.Close()
		wantError(t, Verify(t.Context(), dir, "test", nil), "index-", "damaged")
	}
}

// TestExtraFollows: verify compares extra sums with the flows, whatever the checksums say.
func TestExtraFollows(t *testing.T) {
	for _, spoil := range []func(x *extraColumns){
		func(x *extraColumns) { x.inner[0]++ },
		func(x *extraColumns) { x.worldPriced[0]++ },
		func(x *extraColumns) { x.worldTonnes[0]++ },
		func(x *extraColumns) { x.priced[0]++ },
		func(x *extraColumns) { x.tonnes[0]++ },
	} {
		w := weighedWorld(1, 3, true)
		d := w.writeExtra(t, t.TempDir())
		y, err := d.Year(d.Years()[0])
		if err != nil {
			t.Fatal(err)
		}
		c, f := &y.chunks[0], y.Flows(0)
		x := *c.index.extra
		for _, column := range []*[]float64{&x.inner, &x.worldPriced, &x.worldTonnes, &x.priced, &x.tonnes} {
			*column = append([]float64(nil), *column...)
		}
		extra := newExtraIndexer(y.blocs)
		extra.add(f.Importer, f.Exporter, f.Value, f.Quantity, y.Index(0).Exporter)
		if !x.same(&extra.extraSums, c.index, 0) {
			t.Error("the sums of sound flows differ")
		}
		if spoil(&x); x.same(&extra.extraSums, c.index, 0) {
			t.Error("a sum that is not that of the flows is taken for it")
		}
	}
}

// TestVerifyExtra: a file that was written with wrong sums has sound checksums; verify finds that they do not follow from the flows.
func TestVerifyExtra(t *testing.T) {
	dir := t.TempDir()
	d, err := Create(dir, "test", false)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Abort()
	d.SetBlocs(extraBlocs)
	w := world{2024: {flowsOf("010101", []uint16{4, 8}, []uint16{8, 12}, []float64{5, 7}, nil)}}
	year, err := d.Year(2024, false)
	if err != nil {
		t.Fatal(err)
	}
	year.extra = newExtraIndexer([]trade.Set{trade.SetOf(4, 8), {}, {}, {}})
	f := w[2024][0]
	if err := year.Append(f.Product, f.Importer, f.Exporter, f.Value, f.Quantity); err != nil {
		t.Fatal(err)
	}
	if _, err := year.Close(); err != nil {
		t.Fatal(err)
	}
	err = errors.Join(d.SetEconomies(everyEconomy()), d.SetProducts([]trade.Product{{Code: f.Product}}), d.Commit(Manifest{Title: "test", Nomenclature: "HS17", Release: "202601"}))
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, Verify(t.Context(), dir, "test", nil), "product 010101", "inner trade")
}

// TestBlocsText: what is written of blocs is read back, and what nobody writes is refused.
func TestBlocsText(t *testing.T) {
	for _, blocs := range [][]trade.Set{nil, extraBlocs(2024), trade.StandingBlocs(2024), trade.StandingBlocs(199501)} {
		got, err := parseBlocs(blocsText(blocs))
		if err != nil || fmt.Sprint(got) != fmt.Sprint(blocs) {
			t.Errorf("%v is read as %v, %v", blocs, got, err)
		}
	}
	for text, want := range map[string]string{"1 2;0": `bloc 2 has the member "0"`, "1024": "from 1 to 1023", "x": `"x"`, strings.Repeat("1;", maxBlocs) + "1": "expected at most 32 blocs", "1;;2": "bloc 2 has 0 members"} {
		_, err := parseBlocs(text)
		wantError(t, err, want)
	}
	d, err := Create(t.TempDir(), "test", false)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Abort()
	d.SetBlocs(func(int) []trade.Set { return slices.Repeat([]trade.Set{trade.SetOf(1, 2)}, maxBlocs+1) })
	_, err = d.Year(2024, true)
	wantError(t, err, "blocs of year 2024", "at most 32")
	if n := len(trade.StandingBlocs(2024)); n < 15 || n > maxBlocs {
		t.Errorf("%d blocs come with the program", n)
	}
}

// TestExtraLists: lists that do not fit the products, the blocs or the exporters are refused.
func TestExtraLists(t *testing.T) {
	_, index := goldenFiles(t, 2024)
	flows, _ := goldenFiles(t, 2024)
	read := func(blocs string) error {
		d := golden()
		i, _ := d.index(2024)
		y := &Year{entry: &d.manifest.Years[i], exact: true}
		defer y.unmap()
		none := func() error { return nil }
		if err := undamaged(&mapped{data: flows, release: none}, y.readFlows); err != nil {
			t.Fatal(err)
		}
		data := bytes.ReplaceAll(bytes.Clone(index), []byte("156 842;490 736 842"), []byte(blocs))
		return undamaged(&mapped{data: data, release: none}, y.readIndex)
	}
	if err := read("156 842;490 736 842"); err != nil {
		t.Error(err)
	}
	wantError(t, read("156 842;490 736;842"), "column inner", "for 3 blocs")
	wantError(t, read("156 842 490 736 842"), "column inner", "for 1 blocs")
	wantError(t, read("156 842;490 736 84x"), `the member "84x"`)
	_, other := goldenFiles(t, 2023)
	index = bytes.ReplaceAll(other, []byte("2023"), []byte("2024"))
	wantError(t, read("156 842;490 736 842"), "8 columns beside flows with tonnes: true; expected 8 without and 12 with")
}
