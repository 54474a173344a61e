package published

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// geodep has the columns of CEPII's file; its values are made up.
const geodep = `iso_d,hs6,year,import_dpt,c1,c2,c3,c4,dependent,sect_health,first_odpt,share_odpt
CHN,010121,2022,1,0.9,0.5,9999,1,1,0,EUN,0.9
CHN,850760,2022,1,0.3,0.5,0.2,0,0,0,KOR,0.5
EUN,850760,2022,1,0.6,0.5,3,1,1,0,CHN,0.8
USA,850760,2022,1,,.,3,1,,0,CHN,0.8
`

func read(t *testing.T, text string) ([]Flag, *Account) {
	t.Helper()
	var flags []Flag
	a, err := Read("f.csv", strings.NewReader(text), func(f Flag) error {
		flags = append(flags, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return flags, a
}

func TestGeoDep(t *testing.T) {
	flags, a := read(t, geodep)
	want := "4 rows: 2 taken, 1 without a verdict, 1 of EUN, which BACI does not have as an economy; columns not read: import_dpt, c4, sect_health"
	if a.String() != want {
		t.Errorf("%s\nwant\n%s", a, want)
	}
	checks := strings.Join(a.Checks(), "\n")
	if !strings.Contains(checks, "published: 47 (Lefebvre and Wibaux, CEPII Policy Brief 2024-47: China's dependent products; of which year is not stated); the file has 1 in 2022") ||
		!strings.Contains(checks, "published: 61 % (") || !strings.HasSuffix(checks, "the file has 100 % in 2022") {
		t.Errorf("checks:\n%s", checks)
	}
	f := flags[0]
	if f.Economy != "CHN" || f.Product != "010121" || !f.Dependent || !math.IsInf(f.ImportsExports, 1) || f.TopSupplier != "EUN" || f.ImportHHI != 0.9 || f.Line != 2 {
		t.Errorf("%+v", f)
	}
	if f := flags[1]; f.Dependent || f.TopShare != 0.5 {
		t.Errorf("%+v", f)
	}
}

func TestOwnList(t *testing.T) {
	flags, a := read(t, "\ufeffFlag,Year,Product,Economy\nyes,2020,850760,\"Korea, Rep.\"\nFALSE,2020,850760,156\n")
	if len(flags) != 2 || flags[0].Economy != "KOR" || !flags[0].Dependent || flags[1].Economy != "CHN" || flags[1].Dependent || !math.IsNaN(flags[0].ImportHHI) {
		t.Errorf("%+v", flags)
	}
	if a.String() != "2 rows: 2 taken" || a.Checks() != nil {
		t.Error(a, a.Checks())
	}
}

func TestErrors(t *testing.T) {
	f := func(from, to, want string) {
		t.Helper()
		text := strings.Replace(geodep, from, to, 1)
		if text == geodep {
			t.Fatalf("%q is not in the text", from)
		}
		if _, err := Read("f.csv", strings.NewReader(text), func(Flag) error { return nil }); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q for %q: %v, want %q", to, from, err, want)
		}
	}
	f("CHN,010121", "CHN,10121", `f.csv:2: product "10121": expected six digits; a leading zero`)
	f("CHN,010121,2022", "CHN,010121,22", `f.csv:2: year "22"`)
	f("CHN,010121", "Chyna,010121", `f.csv:2: economy: unknown economy "Chyna"; did you mean`)
	f("CHN,850760", "CHN,010121", "f.csv:3: CHN, 010121 in 2022 is already in line 2")
	f("0.9,0.5,9999,1,1,", "0.9,0.5,9999,1,2,", `f.csv:2: flag "2": expected 1 or 0`)
	f("0.9,0.5,9999", "many,0.5,9999", `f.csv:2: c1 "many": expected a number of at least 0`)
	f("0.9,0.5,9999", "0.9,0.5", "f.csv:2: 11 fields where the header has 12")
	f(",dependent,", ",verdict,", "f.csv:1: no column flag or dependent")
	f(",c4,", ",flag,", "f.csv:1: more than one of the columns flag, dependent")
	f(geodep[strings.Index(geodep, "\n"):], "\n", "no row below the header")
	stop := errors.New("enough")
	if _, err := Read("f.csv", strings.NewReader(geodep), func(Flag) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("who takes rows may stop: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(geodep)
	f.Add("economy,product,year,flag\nCHN,850760,2020,1\n")
	f.Fuzz(func(t *testing.T, text string) {
		taken := 0
		a, err := Read("f.csv", strings.NewReader(text), func(f Flag) error {
			taken++
			if len(f.Economy) != 3 || len(f.Product) != 6 {
				t.Fatalf("took %+v", f)
			}
			return nil
		})
		if err != nil {
			return
		}
		others := a.NoVerdict
		for _, n := range a.NoEconomy {
			others += n
		}
		if taken != a.Taken || a.Rows != taken+others {
			t.Fatalf("%d rows, %d taken, %d others", a.Rows, taken, others)
		}
	})
}

func TestFile(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "geodep-synthetic.csv")
	if err := os.WriteFile(path, []byte(geodep), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil || f.Name != "geodep-synthetic.csv" {
		t.Fatal(f, err)
	}
	for range 2 { // each question reads it anew
		n := 0
		a, sum, err := f.Read(func(Flag) error { n++; return nil })
		if err != nil || n != 2 || a.Taken != 2 || sum != fmt.Sprintf("%x", sha256.Sum256([]byte(geodep))) {
			t.Errorf("%d taken, %v, %s, %v", n, a, sum, err)
		}
	}
	for _, wrong := range []string{folder, filepath.Join(folder, "absent.csv")} {
		if _, err := Open(wrong); err == nil || !strings.HasPrefix(err.Error(), "flags: ") {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}
