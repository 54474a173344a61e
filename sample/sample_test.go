package sample

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"chokepoint/suite"
)

var update = flag.Bool("update", false, "write the sample from the archive")

// TestPack checks that nothing is lost on the way into the packed form and back.
func TestPack(t *testing.T) {
	flows := []flow{{1995, 842, 156, "470710", 1000, 1}, {1999, 842, 156, "470710", 123456789, 0}, {2018, 4, 764, "470790", 1, 1 << 40}}
	data, err := pack(flows)
	if err != nil {
		t.Fatal(err)
	}
	got, err := unpack(data)
	if err != nil || !slices.Equal(got, flows) {
		t.Errorf("got %v, want %v: %v", got, flows, err)
	}
}

// TestFaults checks that a damaged sample is an error and no other figures.
func TestFaults(t *testing.T) {
	f := func(text string) {
		t.Helper()
		if flows, err := unpack(gzipped(t, text)); err == nil {
			t.Errorf("%q is taken for %v", text, flows)
		}
	}
	f("1 2 3\n") // of no pair
	f("470710,842,156\n1 2\n")
	f("470710,842,156\n1 2 x\n")
	f("470710,842,China\n1 2 3\n")
	if _, err := unpack(packed[:len(packed)/2]); err == nil {
		t.Error("half of the sample is taken for all of it")
	}
}

// TestFacts checks the sample against the figures that its archive is described with.
func TestFacts(t *testing.T) {
	if len(packed) > 1e6 {
		t.Errorf("%d bytes; want at most a megabyte", len(packed))
	}
	flows, err := unpack(packed)
	if err != nil {
		t.Fatal(err)
	}
	if len(flows) != 97816 {
		t.Errorf("%d flows, want 97816", len(flows))
	}
	millions, thousandTonnes := map[int]float64{}, map[int]float64{}
	for _, f := range flows {
		if f.importer == 156 && strings.HasPrefix(f.product, "4707") {
			millions[f.year] += float64(f.dollars) / 1e6
			thousandTonnes[f.year] += float64(f.kilograms) / 1e6
		}
	}
	for _, want := range []struct {
		year             int
		millions, tonnes float64
	}{{1995, 140.2, 771.8}, {2010, 4331.9, 24861.7}, {2016, 4273.1, 29237.7}, {2017, 4166.0, 24528.1}, {2018, 3426.6, 18524.7}} {
		if m, q := millions[want.year], thousandTonnes[want.year]; math.Abs(m-want.millions) > 0.06 || math.Abs(q-want.tonnes) > 0.06 {
			t.Errorf("China's recovered paper in %d: %.1f million dollars, %.1f thousand tonnes; want %.1f and %.1f", want.year, m, q, want.millions, want.tonnes)
		}
	}
}

// TestArchive checks that the archive has every flow and says whose the data are.
func TestArchive(t *testing.T) {
	var b bytes.Buffer
	if err := WriteArchive(&b); err != nil {
		t.Fatal(err)
	}
	flows, texts := readArchive(t, b.Bytes())
	packedAgain, err := pack(flows)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := unpack(packed)
	if got, _ := unpack(packedAgain); !slices.Equal(got, want) {
		t.Error("the archive holds other flows than the sample")
	}
	for _, part := range []string{"CEPII", "Open Licence 2.0", "Gaulier", "rounded", Address} {
		if !strings.Contains(texts["README.txt"], part) {
			t.Errorf("README.txt does not say %q", part)
		}
	}
}

// TestSampleReal makes the sample from the archive of which it is a part: nothing but the last digits differs. -update writes it.
func TestSampleReal(t *testing.T) {
	suite.Real.Request(t)
	data, err := os.ReadFile(suite.Real.File(t, "baci-hs92-paper-1995-2018", ArchiveName))
	if err != nil {
		t.Fatal(err)
	}
	flows, _ := readArchive(t, data)
	if *update {
		packed, err = pack(flows)
		if err == nil {
			err = os.WriteFile("paper.gz", packed, 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	made, _ := pack(flows)
	want, err := unpack(made)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := unpack(packed); err != nil || !slices.Equal(got, want) {
		t.Errorf("the sample is not the archive's: %v; run go test ./sample -update with real data", err)
	}
}

// readArchive gives the flows of an archive of BACI, rounded, and its other members.
func readArchive(t *testing.T, data []byte) (flows []flow, texts map[string]string) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	texts = map[string]string{}
	for _, m := range z.File {
		r, err := m.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(m.Name, "_Y") {
			texts[m.Name] = string(text)
			continue
		}
		rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows[1:] {
			flows = append(flows, flow{number(t, row[0]), number(t, row[1]), number(t, row[2]), row[3], thousands(t, row[4]), thousands(t, row[5])})
		}
	}
	return flows, texts
}

func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// thousands is a thousand times a number, rounded.
func thousands(t *testing.T, text string) int64 {
	t.Helper()
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return int64(math.RoundToEven(x * 1000))
}

func gzipped(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	fmt.Fprint(z, text)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
