package spelling

import "testing"

func TestHint(t *testing.T) {
	known := []string{"importer", "imports_from_partner_usd", "imports_usd", "exports_usd", "status", "HS17", "HS92", ".dta"}
	for word, want := range map[string]string{
		"import_usd":  "; did you mean imports_usd?",
		"Imports_USD": "; did you mean imports_usd?",
		" staus ":     "; did you mean status?",
		"hs71":        "; did you mean HS17?",
		"imports":     "; did you mean imports_usd?",
		"expotrs_usd": "; did you mean exports_usd?",
		".doc":        "",
		"HS":          "",
		"zzzzzzzz":    "",
		"":            "",
	} {
		if got := Hint(word, known); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
	for word, want := range map[string]string{"3": "2-3", "7": "7+", "9": "1", "-": "2-3"} { // values that hold what was written
		if got := Nearest(word, []string{"1", "2-3", "7+"}); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
	if got := Nearest("staus", nil); got != "" {
		t.Errorf("of no words: got %q", got)
	}
}
