package limit

import (
	"testing"

	"chokepoint/store"
)

// TestSum: all bytes are read, whatever the number of flows.
func TestSum(t *testing.T) {
	dir := t.TempDir()
	d, err := store.Create(dir, "test", false)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Abort()
	w, err := d.Year(2020, false)
	if err != nil {
		t.Fatal(err)
	}
	want := 0.0
	for p, n := range []int{1, 7, 8, 9, 30} {
		var importer, exporter []uint16
		var value []float64
		for i := range n {
			importer, exporter, value = append(importer, 1), append(exporter, uint16(2+i)), append(value, float64(10+i))
			want += float64(1 + 2 + i + 10 + i)
		}
		if err := w.Append([]string{"010121", "010129", "010130", "010190", "010221"}[p], importer, exporter, value, nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := d.Commit(store.Manifest{}); err != nil {
		t.Fatal(err)
	}
	data, err := store.Open(dir, "test")
	if err != nil {
		t.Fatal(err)
	}
	defer data.Close()
	if got, err := Sum(data); err != nil || got != want {
		t.Errorf("sum %v, %v; want %v", got, err, want)
	}
}
