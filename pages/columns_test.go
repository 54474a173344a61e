package pages

import (
	"os"
	"strings"
	"testing"

	"chokepoint/result"
)

// TestTitlesOfColumns: every title is of a column that some table has.
func TestTitlesOfColumns(t *testing.T) {
	codebook, err := os.ReadFile("../docs/columns.md")
	if err != nil {
		t.Fatal(err)
	}
	for name := range titles {
		if !strings.Contains(string(codebook), "| `"+name+"` |") {
			t.Errorf("no table has a column %s, of which there is a title", name)
		}
	}
}

// TestGridWantsItsColumns: a page that shows a column which the answer lacks is a mistake in the program, not a shorter table.
func TestGridWantsItsColumns(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a table without the column is shown")
		}
	}()
	(&pageRequest{}).grid(&answer{Table: result.New("t", "T", result.TextColumn("x", "X."))}, 0, "x", "y")
}
