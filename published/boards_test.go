package published

import (
	"strings"
	"testing"
)

func TestBoards(t *testing.T) {
	if len(BoardNames()) == 0 {
		t.Fatal("no board comes with the program")
	}
	for _, name := range BoardNames() {
		b, err := OpenBoard(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if b.ID != name || len(b.Text) == 0 {
			t.Errorf("%s has the id %s", name, b.ID)
		}
	}
	if _, err := OpenBoard("nope"); err == nil || !strings.Contains(err.Error(), "merics-2025") {
		t.Error(err)
	}
}

func TestBoardFaults(t *testing.T) {
	const sound = `id = "mine"
title = "Mine"
date = "2026-01-31"
source = "me"
evidence = "own"
economy = "CHN"
year = 2024
list = "mic25"
[[statement]]
sector = "rail"
class = "leader"
says = "it leads"
`
	if _, err := ParseBoard("b.toml", []byte(sound)); err != nil {
		t.Fatal(err)
	}
	f := func(from, to, want string) {
		t.Helper()
		text := strings.Replace(sound, from, to, 1)
		if text == sound {
			t.Fatalf("%q is not in the text", from)
		}
		if _, err := ParseBoard("b.toml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q for %q: %v, want %q", to, from, err, want)
		}
	}
	f(`id = "mine"`, `id = "My Board"`, `b.toml:1: id "My Board"`)
	f(`source = "me"`, "", "no source")
	f(`evidence = "own"`, "", "no evidence")
	f(`"2026-01-31"`, `"31.1.2026"`, "b.toml:3: date")
	f("2024", "24", "year 24")
	f(`says = "it leads"`, "", "b.toml:10: statement 1: expected sector, class and says")
	f(sound[strings.Index(sound, "[[statement]]"):], "", "no statement")
	f("says = ", "say = ", `unknown key "statement.say"`)
	f("[[statement]]\n", "[[statement]]\nsector = \"rail\"\nclass = \"leader\"\nsays = \"so\"\n[[statement]]\n", "rail is leader in another one too")
}

func FuzzBoard(f *testing.F) {
	for _, name := range BoardNames() {
		b, err := OpenBoard(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b.Text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if b, err := ParseBoard("fuzz.toml", text); err == nil && (b.ID == "" || len(b.Statements) == 0) {
			t.Error("accepted a board without id or statements")
		}
	})
}
