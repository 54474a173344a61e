package elasticity

import (
	"math"
	"strings"
	"testing"

	"chokepoint/suite"
)

func TestFormats(t *testing.T) {
	f := func(text, product string, want float64, of string) {
		t.Helper()
		s, err := Parse("e.csv", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		x, from, ok := s.Of(product)
		if ok != (of != "") || from != of || ok && math.Abs(x-want) > 1e-12 {
			t.Errorf("%s: %v of %q, %v; want %v of %q", product, x, from, ok, want, of)
		}
	}
	own := "# mine\ncode,sigma\n850760,4\n85,2.5\n"
	f(own, "850760", 4, "850760")
	f(own, "850650", 2.5, "85")
	f(own, "010121", 0, "")
	protee := "HS6,zero,positive,sigma\n010110,1,0,\n010210,0,0,-12.11\n010290,0,1,7\n010310,1,0,-3\n010390,0,0,-0.5\n"
	f(protee, "010210", 12.11, "010210")
	f(protee, "010110", 0, "") // no number
	f(protee, "010290", 0, "") // wrong sign
	f(protee, "010310", 0, "") // not significant
	f(protee, "010390", 0, "") // not above 1
	broda := "\"iso3c\",\"HS0_3d\",\"HS0_2d\",\"sigma\"\n\"AUS\",\"010\",\"01\",\"25\"\n\"USA\",\"010\",\"01\",\"3\"\n\"CHN\",\"010\",\"01\",\"5\"\n"
	f(broda, "010121", 5, "010")
}

func TestErrors(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if _, err := Parse("e.csv", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	f("code,value\n850760,4\n", "e.csv:1: columns code,value: expected code,sigma")
	f("code,sigma\n50760,4\n", `e.csv:2: code "50760": expected [2 3 4 6] digits`)
	f("code,sigma\n850760,4\n850760,5\n", "e.csv:3: 850760 is already in line 2")
	f("code,sigma\n850760,four\n", `e.csv:2: sigma "four" of 850760: expected a number`)
	f("code,sigma\n850760,1\n", "none of 1 rows has an elasticity above 1")
	f("iso3c,HS0_3d,sigma\nUSA,010,3\nUSA,010,4\n", "e.csv:3: USA 010 is already in line 2")
}

func TestPriceFactor(t *testing.T) {
	if got := PriceFactor(0.5, 4); math.Abs(got-math.Cbrt(2)) > 1e-12 { // a rise by 26 %
		t.Errorf("%v", got)
	}
	if PriceFactor(0, 4) != 1 {
		t.Error("who loses nothing pays no more")
	}
	for _, x := range []float64{PriceFactor(1, 4), PriceFactor(0.5, 1), PriceFactor(math.NaN(), 4), PriceFactor(-0.1, 4)} {
		if !math.IsNaN(x) {
			t.Errorf("%v, want no number", x)
		}
	}
}

// TestSharedFiles reads the published elasticities where they are. The figures are those of the README beside them.
func TestSharedFiles(t *testing.T) {
	s, err := Open(suite.Real.File(t, "scenarios", "elasticities", "ProTEE_0_1.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if s.Rows != 5050 || s.Revision != "HS07" {
		t.Errorf("%d rows of %s, unused %v", s.Rows, s.Revision, s.Unused)
	}
	unused := 0
	for _, n := range s.Unused {
		unused += n
	}
	if len(s.values)+unused != s.Rows {
		t.Errorf("%d taken and %d unused of %d rows", len(s.values), unused, s.Rows)
	}
	if s, err = Open(suite.Real.File(t, "nomenclature", "elasticities", "sigma_hs0.csv.gz")); err != nil || s.Rows != 11293 || len(s.values) != 171 {
		t.Errorf("%+v, %v", s, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("code,sigma\n850760,4\n85,2.5\n")
	f.Add("HS6,zero,positive,sigma\n010110,1,0,\n010210,0,0,-12.11\n")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse("e.csv", []byte(text))
		if err != nil {
			return
		}
		for code := range s.values {
			if x, of, ok := s.Of(code); !ok || !(x > 1) || of != code {
				t.Fatalf("%s: %v of %s, %v", code, x, of, ok)
			}
		}
	})
}

// TestPriceFactorOfTwo: the short way for the usual elasticity gives the same to the last bit.
func TestPriceFactorOfTwo(t *testing.T) {
	for i := range 10_000 {
		share := float64(i) / 10_000
		if got, want := PriceFactor(share, 2), math.Pow(1-share, -1); got != want {
			t.Fatalf("share %v: %v, want %v", share, got, want)
		}
	}
}
