package trade

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

func lower(text string) string { return strings.ToLower(strings.TrimSpace(text)) }

// fold reduces a name to what two spellings of it share: words of lower-case letters and digits without accents and
// punctuation, abbreviations of the UN's lists written out, one space between words. Commas are words if keepCommas.
func fold(name string, keepCommas bool) string {
	var words []string
	var word strings.Builder
	flush := func() {
		w := word.String()
		if long, ok := abbreviations[w]; ok {
			w = long
		}
		if w != "" {
			words = append(words, w)
		}
		word.Reset()
	}
	for _, r := range norm.NFD.String(strings.ToLower(name)) {
		switch {
		case unicode.Is(unicode.Mn, r) || r == '.' || strings.ContainsRune("'’`´", r):
		case plainLetters[r] != "":
			word.WriteString(plainLetters[r])
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			word.WriteRune(r)
		case r == '&':
			flush()
			words = append(words, "and")
		case r == ',' && keepCommas:
			flush()
			words = append(words, ",")
		default:
			flush()
		}
	}
	flush()
	return strings.Join(words, " ")
}

// oneWord takes the spaces out of a folded name: Hongkong is Hong Kong.
func oneWord(folded string) string { return strings.ReplaceAll(folded, " ", "") }

var abbreviations = map[string]string{"the": "", "st": "saint", "island": "islands", "isds": "islands", "isl": "islands", "is": "islands",
	"rep": "republic", "dem": "democratic", "fmr": "former", "terr": "territory", "ter": "territory", "fed": "federal", "so": "southern"}

// plainLetters are letters that canonical decomposition leaves alone.
var plainLetters = map[rune]string{'ø': "o", 'ł': "l", 'ß': "ss", 'æ': "ae", 'œ': "oe", 'ı': "i", 'đ': "d", 'ð': "d", 'þ': "th"}

// repair undoes two faults of the releases' code lists: Latin-1 bytes taken for UTF-8, and UTF-8 bytes taken for Latin-1
// or Windows-1252 and encoded again ("CuraÃ§ao").
func repair(name string) string {
	if !utf8.ValidString(name) {
		decoded, err := charmap.Windows1252.NewDecoder().String(name)
		if err != nil {
			return strings.ToValidUTF8(name, "\uFFFD")
		}
		return decoded
	}
	for _, table := range []*charmap.Charmap{charmap.Windows1252, charmap.ISO8859_1} {
		raw, err := table.NewEncoder().String(name)
		if err == nil && raw != name && utf8.ValidString(raw) {
			return raw
		}
	}
	return name
}
