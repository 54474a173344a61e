package method

import "testing"

// TestMixesUnits: whoever asks about suppliers and about the world's exporters counts a bloc in two ways, with whichever sums.
func TestMixesUnits(t *testing.T) {
	for criterion, want := range map[string]bool{
		"top_supplier_share > top_exporter_world_share": true,
		"top3_share > top3_exporters_share":             true,
		"import_hhi > 0.4":                              false,
		"top3_exporters_share > 0.9":                    false,
	} {
		m, err := Parse("a", []byte("id = \"a\"\ntitle = \"a\"\nsource = \"a\"\ncriteria = [\""+criterion+"\"]\n"))
		if err != nil {
			t.Fatal(err)
		}
		if m.MixesUnits() != want {
			t.Errorf("%s mixes units: %v, want %v", criterion, m.MixesUnits(), want)
		}
	}
}
