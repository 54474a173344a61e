package ingest

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Progress says how far an ingest is.
type Progress struct {
	Stage string // counting, reading, storing or checking
	File  string // the table
	Done  int64  // bytes read from disk
	Total int64  // bytes to be read
	Rows  int    // rows read
}

// The stages of an ingest. While tables are read, storing and checking go on unmentioned.
const (
	stageCount  = "counting"
	stageRead   = "reading"
	stageStore  = "storing"
	stageLocate = "checking"
)

// progressMeter tells the caller how far the goroutines of an ingest are.
type progressMeter struct {
	call func(Progress) // nil: nobody listens
	read *atomic.Int64  // bytes read from disk

	mu       sync.Mutex
	progress Progress
	told     time.Time
	reading  []int // numbers of the units that are being read
}

// await adds bytes to those that are to be read.
func (t *progressMeter) await(bytes int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.progress.Total += bytes
}

func (t *progressMeter) beginReading(unit int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.reading = append(t.reading, unit)
}

func (t *progressMeter) endReading(unit int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.reading = slices.DeleteFunc(t.reading, func(u int) bool { return u == unit })
}

// addRows counts rows that were read. Of the tables that are read at the same time the first one is named.
func (t *progressMeter) addRows(unit int, file string, rows int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.progress.Rows += rows
	if unit == slices.Min(t.reading) {
		t.reportNow(stageRead, file)
	}
}

// report says that another stage is under way.
func (t *progressMeter) report(stage, file string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.reading) == 0 {
		t.reportNow(stage, file)
	}
}

// reportNow calls ten times a second at most, and when the stage changes.
func (t *progressMeter) reportNow(stage, file string) {
	if t.call == nil || stage == t.progress.Stage && time.Since(t.told) < 100*time.Millisecond {
		return
	}
	t.told = time.Now()
	t.progress.Stage, t.progress.File = stage, file
	t.progress.Done = min(t.read.Load(), t.progress.Total)
	t.call(t.progress)
}
