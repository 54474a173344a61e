package method

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestBuiltin(t *testing.T) {
	want := []string{"bottle-2025", "dsece-2022", "ec-2021", "geodep-2024", "hjs-2020", "iw-2024", "japan-2022", "merics-2020", "merics-2024", "mgi", "oecd-2024"}
	var got []string
	for _, m := range Builtin() {
		got = append(got, m.ID)
		if m.Status == Own || m.Note == "" {
			t.Errorf("%s: a built-in method has a status and a note", m.ID)
		}
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("got %v, want %v", got, want)
	}
	partner := map[string]bool{"bottle-2025": true, "dsece-2022": true, "hjs-2020": true, "iw-2024": true, "japan-2022": true, "merics-2020": true, "merics-2024": true}
	for _, m := range Builtin() {
		if m.HasPartner() != partner[m.ID] {
			t.Errorf("%s: HasPartner is %v", m.ID, m.HasPartner())
		}
	}
}

const sound = `id = "mine"
title = "Mine"
source = "me"
criteria = ["imports >= 2 * exports", "partner_share > 0.4"]
`

func TestParseErrors(t *testing.T) {
	f := func(from, to, want string) {
		t.Helper()
		text := strings.Replace(sound, from, to, 1)
		if text == sound {
			t.Fatalf("%q is not in the text", from)
		}
		_, err := Parse("m.toml", []byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q for %q: got %v, want %q", to, from, err, want)
		}
	}
	f("partner_share", "partner_shar", "m.toml:4:40: criterion")
	f("partner_share", "partner_shar", `did you mean "partner_share"`)
	f("title", "titel", `m.toml:2:1: unknown key "titel"`)
	f(`source = "me"`, "", "no source")
	f(`"mine"`, `"My Method"`, "lower-case")
	f(`source`, "persistence = \"4/3\"\nsource", "m.toml:3:1: persistence")
	f(`source`, "world = \"both\"\nsource", "m.toml:3:1")
	f(`source`, "min_value = -1\nsource", "m.toml:3:1: min_value")
	f(`source`, "min_value = 1e-300\nsource", "m.toml:3:1: min_value")
	f(`source`, "status = \"provisional\"\nsource", "the two go together")
	f(`["imports`, `"imports`, "m.toml:4")
	f(`= "me"`, `= me`, "m.toml:3")
}

func TestGet(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mine.toml")
	if err := os.WriteFile(path, []byte(sound), 0o644); err != nil {
		t.Fatal(err)
	}
	m, err := Get(path)
	if err != nil {
		t.Fatal(err)
	}
	if m.Status != Own || m.Persistence != (Persistence{1, 1}) || m.World != "gross" {
		t.Errorf("defaults: %v %v %v", m.Status, m.Persistence, m.World)
	}
	if _, err := Get("geodep"); err == nil || !strings.Contains(err.Error(), "geodep-2024") {
		t.Errorf("got %v, want a suggestion", err)
	}
	with := m.With(1e6, &Persistence{2, 3}, "net")
	if len(with.Criteria) != 3 || with.Criteria[2].Text != "imports >= 1000000" || len(m.Criteria) != 2 || with.World != "net" {
		t.Errorf("With: %v", with.Criteria)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(sound))
	for _, m := range Builtin() {
		f.Add([]byte(m.Text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Parse("f.toml", data)
		if err != nil {
			return
		}
		if len(m.Criteria) == 0 || m.Source == "" || m.Persistence.Years < 1 {
			t.Fatalf("accepted %+v", m)
		}
		m.HasPartner()
		m.Indicators()
	})
}
