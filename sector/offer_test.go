package sector

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestOffer: a list in a file is opened by its name once it is offered; another of the same name is refused.
func TestOffer(t *testing.T) {
	file := filepath.Join(t.TempDir(), "offered-here.csv")
	if err := os.WriteFile(file, []byte("code,revision,sector,confidence,reason\n720820,all,metals,high,flat-rolled steel\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenBuiltin("offered-here"); err == nil {
		t.Fatal("the list is open before it is offered")
	}
	l, err := Offer(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { offered.lists = nil })
	if got, err := OpenBuiltin("offered-here/metals"); err != nil || got.ID != l.ID || len(got.Entries) != 1 {
		t.Errorf("%v, %v", got, err)
	}
	if !slices.Contains(Builtin(), l.ID) || !slices.Contains(Offered(), l.ID) {
		t.Errorf("%v and %v lack %s", Builtin(), Offered(), l.ID)
	}
	for _, wrong := range []string{file, "mic25", "absent.csv"} {
		if _, err := Offer(wrong); err == nil {
			t.Errorf("%s is offered", wrong)
		}
	}
}
