package analysis

import (
	"strings"
	"testing"
)

// TestMisspeltValues: each parameter with a list of values asks whether the nearest is meant, of every question.
func TestMisspeltValues(t *testing.T) {
	lists := 0
	for _, q := range Questions() {
		for _, p := range q.Parameters {
			for _, value := range p.Values {
				lists++
				misspelt := value + value[len(value)-1:]
				_, errs := q.Read(map[string]string{p.Name: misspelt})
				found := false
				for _, err := range errs {
					found = found || strings.Contains(err.Error(), "did you mean ")
				}
				if !found && len(value) > 1 {
					t.Errorf("%s: %s=%s: %v; expected the nearest value", q.Name, p.Name, misspelt, errs)
				}
			}
		}
	}
	if lists < 30 {
		t.Errorf("%d values of lists were tried", lists)
	}
}
