package trade

import (
	"errors"
	"testing"
)

func TestAggregates(t *testing.T) {
	for _, text := range []string{"World", "world", "WLD", "W00", "w00", "0", "Total", "All countries", " ALL "} {
		if a, ok := AggregateOf(text); !ok || a.Kind != AggregateWorld {
			t.Errorf("%q: %+v, %v; want a total", text, a, ok)
		}
		_, err := BuiltinEconomies().Resolve(text)
		if aggregate := (*AggregateError)(nil); !errors.As(err, &aggregate) || aggregate.Kind != AggregateWorld {
			t.Errorf("%q: %v; want a total", text, err)
		}
	}
	for _, text := range []string{"NATO", "eu-15", "EU 15", "G20", "Sub-Saharan Africa", "LIC", "IDA & IBRD total"} {
		if a, ok := AggregateOf(text); !ok || a.Kind != AggregateGroup {
			t.Errorf("%q: %+v, %v; want a group", text, a, ok)
		}
	}
	for _, text := range []string{"USA", "China", "Atlantis", "", "842", "TWN"} {
		if a, ok := AggregateOf(text); ok {
			t.Errorf("%q is %+v", text, a)
		}
	}
	for _, text := range []string{"TOTAL", "total", "AG2", "ag6", "All commodities"} {
		if _, ok := ProductAggregateOf(text); !ok {
			t.Errorf("product %q is no total", text)
		}
	}
	for _, text := range []string{"850760", "85", "8541", "01", ""} {
		if a, ok := ProductAggregateOf(text); ok {
			t.Errorf("product %q is %+v", text, a)
		}
	}
}

// No economy hides an aggregate, and each points to blocs that exist.
func TestAggregateTable(t *testing.T) {
	blocs := BuiltinBlocs()
	for _, row := range embedded(aggregatesCSV, 5) {
		name := row[0]
		if row[3] == "" {
			t.Errorf("%s has no source", name)
		}
		if row[1] == string(AggregateProducts) {
			continue
		}
		if _, ok := AggregateOf(name); !ok {
			t.Errorf("%q is not found", name)
		}
		if _, err := BuiltinEconomies().Resolve(name); !errors.As(err, new(*AggregateError)) {
			t.Errorf("%q is an economy: %v", name, err)
		}
		a, _ := AggregateOf(name)
		for _, id := range a.Blocs {
			if b, ok := blocs.Get(id); !ok || b.ID != id {
				t.Errorf("%q points to the bloc %s, which does not exist", name, id)
			}
		}
	}
}
