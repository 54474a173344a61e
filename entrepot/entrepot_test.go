package entrepot

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestBuiltin(t *testing.T) {
	var have []string
	for _, e := range Builtin().Entrepots {
		have = append(have, e.Economy)
		if !strings.HasPrefix(e.URL, "http") {
			t.Errorf("%s: url %q", e.Economy, e.URL)
		}
	}
	if want := []string{"HKG", "SGP", "NLD", "BEL", "ARE", "PAN"}; !slices.Equal(have, want) {
		t.Errorf("%v, want %v", have, want)
	}
	if e, ok := Builtin().Get("HKG"); !ok || e.Since != 2004 || len(Builtin().SHA256) != 64 {
		t.Errorf("%+v", e)
	}
	if _, ok := Builtin().Get("DEU"); ok {
		t.Error("Germany is an entrepôt")
	}
}

func TestTogether(t *testing.T) {
	f := func(iso3 string, want ...string) {
		t.Helper()
		if got := Builtin().Together(iso3); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", iso3, got, want)
		}
	}
	f("CHN", "CHN", "HKG")
	f("HKG", "HKG", "CHN")
	f("SGP")
	f("USA")
	for iso3, want := range map[string]string{"CHN": "CHN+HKG", "HKG": "CHN+HKG", "USA": ""} {
		if got := Builtin().Merged(iso3); got != want {
			t.Errorf("%s: %q, want %q", iso3, got, want)
		}
	}
}

const sound = `id = "mine"
title = "Mine"
date = "2026-01-31"
source = "me"
least_share = 0.2

[[entrepot]]
economy = "Hong Kong"
since = 2004
together_with = "156"
why = "because"
source = "somebody"
`

func TestParse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "my.toml")
	if err := os.WriteFile(path, []byte(sound), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if e := l.Entrepots[0]; e.Economy != "HKG" || e.TogetherWith != "CHN" {
		t.Errorf("%+v", e)
	}
	f := func(from, to, want string) {
		t.Helper()
		text := strings.Replace(sound, from, to, 1)
		if text == sound {
			t.Fatalf("%q is not in the text", from)
		}
		if _, err := Parse("my.toml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q for %q: %v, want %q", to, from, err, want)
		}
	}
	f("Hong Kong", "Hong Kung", `my.toml:8: economy "Hong Kung": unknown economy "Hong Kung"; did you mean`)
	f(`"Hong Kong"`, `"EU27"`, `my.toml:8: economy "EU27"`)
	f(`"156"`, `"HKG"`, "HKG is together with itself")
	f("since = 2004\n", "", "my.toml:8: Hong Kong: since 0")
	f("why = \"because\"\n", "", "expected why and source")
	f("economy = ", "economi = ", `my.toml:8:1: unknown key "entrepot.economi"`)
	f("2026-01-31", "today", `my.toml:3: date "today"`)
	f("least_share = 0.2\n", "", "least_share 0: expected the share from which on an entrepôt marks a row")
	f("0.2", "1.2", "my.toml:5: least_share 1.2")
	f(sound[strings.Index(sound, "[[entrepot]]"):], "", "no [[entrepot]]")
	f(sound, sound+"[[entrepot]]\neconomy = \"HKG\"\nsince = 2000\nwhy = \"w\"\nsource = \"s\"\n", "my.toml:14: HKG appears twice")
	if _, err := Open(filepath.Join(t.TempDir(), "nope.toml")); err == nil {
		t.Error("a file that is not there is read")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(sound))
	f.Add(builtinTOML)
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := Parse("f.toml", text)
		if err != nil {
			return
		}
		for _, e := range l.Entrepots {
			if len(e.Economy) != 3 || e.Source == "" || e.TogetherWith == e.Economy {
				t.Fatalf("accepted %+v", e)
			}
		}
	})
}
