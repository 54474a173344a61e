package method

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestBuiltin(t *testing.T) {
	want := []string{"bottle-2025", "dsece-2022", "ec-2021", "ec-2023-spof", "fki-2022", "geodep-2024", "hjs-2020", "iw-2024", "japan-2022", "korea-2021", "merics-2020", "merics-2024",
		"merics-2024-floor", "mgi", "oecd-2024"}
	var got []string
	for _, m := range Builtin() {
		got = append(got, m.ID)
		if m.Status == Own || m.Note == "" {
			t.Errorf("%s: a built-in method has a status and a note", m.ID)
		}
		if (m.Reason == "") != (m.Status == Published) {
			t.Errorf("%s: %s because %q: a built-in method that is not as published says why", m.ID, m.Status, m.Reason)
		}
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("got %v, want %v", got, want)
	}
	partner := map[string]bool{"bottle-2025": true, "dsece-2022": true, "fki-2022": true, "korea-2021": true, "merics-2024-floor": true, "hjs-2020": true, "iw-2024": true, "japan-2022": true, "merics-2020": true, "merics-2024": true}
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

// TestStatusOfCopies checks that a copy of a builtin definition has its status only while it asks for the same.
func TestStatusOfCopies(t *testing.T) {
	geodep, merics := builtinOf(t, "geodep-2024"), builtinOf(t, "merics-2024")
	change := func(text string, pairs ...string) string {
		t.Helper()
		for i := 0; i < len(pairs); i += 2 {
			if !strings.Contains(text, pairs[i]) {
				t.Fatalf("%q is not in the text", pairs[i])
			}
			text = strings.Replace(text, pairs[i], pairs[i+1], 1)
		}
		return text
	}
	threshold := []string{"import_hhi > 0.4", "import_hhi > 0.25"}
	for _, c := range []struct{ what, text, id, status, differs string }{
		{"the same", geodep, "geodep-2024", "published", ""},
		{"another spelling", change(geodep, "import_hhi > 0.4", "0.40<(import_hhi)", "world_export_hhi > 0.4", "world_export_hhi>4e-1"), "geodep-2024", "published", ""},
		{"another order, one criterion", change(geodep, `"world_export_hhi > 0.4",`, "", "imports > exports", "imports > exports and world_export_hhi > .4"), "geodep-2024", "published", ""},
		{"a renamed copy", change(geodep, `"geodep-2024"`, `"mine"`), "mine", "published", ""},
		{"a higher claim", change(builtinOf(t, "dsece-2022"), "reconstructed", "published"), "dsece-2022", "reconstructed", ""},
		{"a stand-in in another spelling", strings.ReplaceAll(merics, "partner_world_share >= 0.3", "partner_world_share>=0.30"), "merics-2024", "provisional", ""},
		{"a stand-in kept quiet", change(merics, `"provisional"`, `"published"`, "provisional = [", "# ["), "merics-2024", "provisional", ""},
		{"a threshold", change(geodep, threshold...), "geodep-2024-own", "own, based on geodep-2024", "with `import_hhi > 0.25`, without `import_hhi > 0.4`"},
		{"a threshold that is no stricter", change(geodep, "import_hhi > 0.4", "import_hhi >= 0.4"), "geodep-2024-own", "own, based on geodep-2024", "with `import_hhi >= 0.4`, without `import_hhi > 0.4`"},
		{"a renamed copy with a threshold", change(geodep, append(threshold, `"geodep-2024"`, `"mine"`)...), "mine", "own, based on geodep-2024", "with `import_hhi > 0.25`, without `import_hhi > 0.4`"},
		{"a source in other capitals", change(geodep, append(threshold, `"geodep-2024"`, `"mine"`, "GeoDep database", "geodep  database")...), "mine", "own, based on geodep-2024", "with `import_hhi > 0.25`, without `import_hhi > 0.4`"},
		{"a criterion less", change(geodep, `"imports > exports",`, ""), "geodep-2024-own", "own, based on geodep-2024", "without `imports > exports`"},
		{"persistence", change(geodep, `"2/3"`, `"1/1"`), "geodep-2024-own", "own, based on geodep-2024", "persistence 1/1, not 2/3"},
		{"world", geodep + "world = \"net\"\n", "geodep-2024-own", "own, based on geodep-2024", "world net, not gross"},
		{"a floor", geodep + "min_value = 1e6\n", "geodep-2024-own", "own, based on geodep-2024", "min_value 1000000, not 0"},
		{"another source", change(geodep, "CEPII, GeoDep", "Myself, GeoDep"), "geodep-2024-own", "own, based on geodep-2024", ""},
		{"a stand-in changed", strings.ReplaceAll(merics, "partner_world_share >= 0.3", "partner_world_share >= 0.2"), "merics-2024-own", "own, based on merics-2024", "with `partner_world_share >= 0.2`, without `partner_world_share >= 0.3`"},
		{"based_on", "based_on = \"mgi\"\n" + sound, "mine", "own, based on mgi", "with `imports >= 2 * exports` and `partner_share > 0.4`, without `import_hhi > 0.3`"},
		{"none of these", sound, "mine", "own", ""},
		{"none of these, published", "status = \"published\"\n" + sound, "mine", "published, by its own account", ""},
	} {
		m, err := Parse("m.toml", []byte(c.text))
		if err != nil {
			t.Errorf("%s: %v", c.what, err)
			continue
		}
		if m.ID != c.id || m.StatusText() != c.status || m.Differs != c.differs {
			t.Errorf("%s: got %s, %s, differs %q; want %s, %s, %q", c.what, m.ID, m.StatusText(), m.Differs, c.id, c.status, c.differs)
		}
		if (m.Status == Provisional) != (len(m.Provisional) > 0) {
			t.Errorf("%s: %s with the stand-ins %q", c.what, m.Status, m.Provisional)
		}
	}
	if _, err := Parse("m.toml", []byte("based_on = \"geodep\"\n"+sound)); err == nil || !strings.Contains(err.Error(), `m.toml:1:1: based_on "geodep": expected the id of a builtin definition: bottle-2025`) {
		t.Errorf("a base that is not there: %v", err)
	}
}

// TestStatusOfChanges checks that what a flag changes is said beside the status, and what it does not change is not.
func TestStatusOfChanges(t *testing.T) {
	once, window := &Persistence{1, 1}, &Persistence{2, 3}
	geodep, _ := Get("geodep-2024")
	for _, c := range []struct {
		m    *Method
		want string
	}{
		{geodep.With(0, nil, ""), "published"},
		{geodep.With(0, window, "gross"), "published"},
		{geodep.With(0, once, ""), "published, changed here: persistence 1/1, not 2/3"},
		{geodep.With(1e6, nil, "net"), "published, changed here: imports of at least 1000000 USD, world net, not gross"},
	} {
		if got := c.m.StatusText(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func builtinOf(t *testing.T, id string) string {
	t.Helper()
	m, err := Get(id)
	if err != nil {
		t.Fatal(err)
	}
	return m.Text
}
