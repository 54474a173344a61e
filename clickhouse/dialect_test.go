package clickhouse_test

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	answer "github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"chokepoint/clickhouse"
	"chokepoint/clickhouse/loopback"
	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/suite"
	"chokepoint/synth"
	"chokepoint/trade"
)

// dialectDifferences are statements that a modern ClickHouse must be sent in other words, by what they contain. None is known.
var dialectDifferences = map[string]string{}

// TestDialect lets a modern ClickHouse (chdb, 26.x) answer what an old server (Debian's, 18.16) answers: it is pushed the same
// data and asked the same questions, whose answers must be those of files; and each statement that the questions sent is sent
// to both, whose rows must be the same. Nothing here knows what the statements say.
func TestDialect(t *testing.T) {
	old := connect(t, "clickhouse://default@127.0.0.1:%d/default", loopback.Start(t, suite.Dialect, 1)[0].Port)
	engine := startModern(t, suite.Dialect)
	modern := clickhouse.Over(engine)
	dir := made(t, synth.Config{Seed: 5, FirstYear: 2023, LastYear: 2024, Products: 96, Economies: 30, FlowsPerYear: 3000, Quantities: true})
	files, err := store.Open(dir, "world")
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	local := &study.Source{Dataset: files, Blocs: trade.BuiltinBlocs(), Method: oddMethod}

	var mu sync.Mutex
	var sent []string
	listen := func(a clickhouse.Account) {
		mu.Lock()
		defer mu.Unlock()
		if text := strings.TrimSpace(a.Text); strings.HasPrefix(text, "SELECT") && !slices.Contains(sent, text) {
			sent = append(sent, text)
		}
	}
	modern.Listen(listen)
	for _, c := range []*clickhouse.Cluster{old, modern} {
		for range 2 { // the second finds everything there
			if err := c.Push(t.Context(), dir, files, func(int64, int64) {}); err != nil {
				t.Fatal(err)
			}
		}
	}
	modern.Listen(nil) // what is said of datasets has the time of the push
	e, err := modern.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	source := &study.Source{Dataset: e.Dataset, Engine: e, Blocs: trade.BuiltinBlocs(), Method: oddMethod}
	modern.Listen(listen)
	for _, question := range asked {
		t.Run(question, func(t *testing.T) {
			want, err := ask(t.Context(), local, question)
			if err != nil {
				t.Fatal(err)
			}
			got, err := ask(t.Context(), source, question)
			if err != nil {
				t.Fatal(err)
			}
			same(t, want, got, true)
		})
	}
	modern.Listen(nil)
	t.Logf("%d statements, %d of them in other words", len(sent), len(dialectDifferences))
	if len(sent) < 20 {
		t.Errorf("%d statements were heard: the comparison says nothing", len(sent))
	}
	rows := 0
	for _, statement := range sent {
		if strings.Contains(statement, "FROM system.") || strings.Contains(statement, "FROM chokepoint_proofs ") || strings.Contains(statement, "max(pushed)") { // a server's own files, and times
			continue
		}
		var want [][]any
		err := old.Ask(t.Context(), statement, func(_ int, rows answer.Rows) error {
			row, err := anyRow(rows)
			want = append(want, row)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for part, other := range dialectDifferences {
			statement = strings.ReplaceAll(statement, part, other)
		}
		got, err := engine.read(statement)
		if err != nil {
			t.Fatalf("%v\n%s", err, statement)
		}
		rows += len(want)
		if text := sameRows(want, got.values); text != "" {
			t.Fatalf("%s\n%s", text, statement)
		}
	}
	t.Logf("%d rows are the same", rows)
}

// anyRow reads a row of any columns.
func anyRow(rows answer.Rows) (row []any, err error) {
	var pointers []any
	for _, c := range rows.ColumnTypes() {
		pointers = append(pointers, reflect.New(c.ScanType()).Interface())
	}
	err = rows.Scan(pointers...)
	for _, p := range pointers {
		row = append(row, reflect.ValueOf(p).Elem().Interface())
	}
	return row, err
}

// flat writes a value in a form that can be compared: whole numbers and texts, and floats. The order within arrays is that of
// hash tables.
func flat(row []any) (key string, floats []float64) {
	var words []string
	var add func(v reflect.Value)
	add = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Slice:
			words = append(words, fmt.Sprint("[", v.Len(), "]"))
			items := make([]reflect.Value, v.Len())
			for i := range items {
				items[i] = v.Index(i)
				if items[i].Kind() == reflect.Interface {
					items[i] = items[i].Elem()
				}
			}
			slices.SortFunc(items, func(a, b reflect.Value) int {
				if a.CanFloat() {
					return cmp.Compare(a.Float(), b.Float())
				}
				return cmp.Compare(fmt.Sprintf("%20v", a), fmt.Sprintf("%20v", b))
			})
			for _, item := range items {
				add(item)
			}
		case reflect.Float64, reflect.Float32:
			floats = append(floats, v.Float())
		default:
			words = append(words, fmt.Sprint(v))
		}
	}
	for _, v := range row {
		add(reflect.ValueOf(v))
	}
	return strings.Join(words, " "), floats
}

// sameRows compares rows in any order, and says what differs.
func sameRows(want, got [][]any) string {
	if len(want) != len(got) {
		return fmt.Sprintf("%d rows, expected %d", len(got), len(want))
	}
	order := func(rows [][]any) {
		slices.SortFunc(rows, func(a, b []any) int {
			keyA, floatsA := flat(a)
			keyB, floatsB := flat(b)
			return cmp.Or(cmp.Compare(keyA, keyB), slices.Compare(floatsA, floatsB))
		})
	}
	order(want)
	order(got)
	for i := range want {
		keyA, floatsA := flat(want[i])
		keyB, floatsB := flat(got[i])
		if keyA != keyB || !slices.EqualFunc(floatsA, floatsB, func(x, y float64) bool {
			return x == y || math.IsNaN(x) && math.IsNaN(y) || math.Abs(x-y) <= closeEnough*math.Max(1, math.Abs(x))
		}) {
			return fmt.Sprintf("row %v, expected %v", got[i], want[i])
		}
	}
	return ""
}

// modernEngine is a connection to chdb.
type modernEngine struct {
	folder string
	mu     sync.Mutex
	in     io.Writer
	out    *bufio.Reader
}

func startModern(t *testing.T, asked suite.Suite) *modernEngine {
	t.Helper()
	node := asked.Tool(t, "node", "Debian: apt-get install nodejs npm")
	packages, err := filepath.Abs("../bench/peers/clickhouse")
	if err != nil {
		t.Fatal(err)
	}
	e := &modernEngine{folder: t.TempDir()}
	cmd := exec.Command(node, "testdata/modern.mjs", packages, filepath.Join(e.folder, "data"))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close() // without it, or with the end of this process, it ends by itself
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	e.in, e.out = in, bufio.NewReader(out)
	if text, err := e.reply(); err != nil || text != "ready" {
		t.Fatalf("chdb does not start (`make chdb` installs it): %s %v", text, err)
	}
	return e
}

func (e *modernEngine) reply() (text string, err error) {
	line, err := e.out.ReadBytes('\n')
	if err != nil {
		return "", err
	}
	return text, json.Unmarshal(line, &text)
}

// do sends a statement.
func (e *modernEngine) do(statement string) error {
	line, err := json.Marshal(statement)
	if err != nil {
		return err
	}
	if _, err := e.in.Write(append(line, '\n')); err != nil {
		return err
	}
	text, err := e.reply()
	if err == nil && text != "" {
		err = errors.New(text)
	}
	return err
}

// read asks for rows.
func (e *modernEngine) read(query string) (*modernRows, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	path := filepath.Join(e.folder, "answer")
	if err := e.do(query + " INTO OUTFILE '" + path + "' TRUNCATE FORMAT RowBinaryWithNamesAndTypes"); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return decode(bytes.NewReader(data))
}

// ServerVersion implements clickhouse.pool. It is not asked for.
func (e *modernEngine) ServerVersion() (*answer.ServerVersion, error) {
	return nil, errors.New("no version")
}

// Query implements clickhouse.pool.
func (e *modernEngine) Query(_ context.Context, query string, _ ...any) (answer.Rows, error) {
	return e.read(query)
}

// Exec implements clickhouse.pool.
func (e *modernEngine) Exec(_ context.Context, query string, _ ...any) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.do(query)
}

// Close implements clickhouse.pool.
func (e *modernEngine) Close() error { return nil }

// PrepareBatch implements clickhouse.pool.
func (e *modernEngine) PrepareBatch(_ context.Context, query string, _ ...answer.PrepareBatchOption) (answer.Batch, error) {
	return &modernBatch{engine: e, query: query}, nil
}

// modernBatch collects the columns of an insert.
type modernBatch struct {
	answer.Batch
	engine  *modernEngine
	query   string
	columns []reflect.Value // slices
}

// Append implements driver.Batch.
func (b *modernBatch) Append(row ...any) error {
	for i, v := range row {
		if len(b.columns) <= i {
			b.columns = append(b.columns, reflect.MakeSlice(reflect.SliceOf(reflect.TypeOf(v)), 0, 1))
		}
		b.columns[i] = reflect.Append(b.columns[i], reflect.ValueOf(v))
	}
	return nil
}

// Rows implements driver.Batch.
func (b *modernBatch) Rows() int {
	if len(b.columns) == 0 {
		return 0
	}
	return b.columns[0].Len()
}

// Abort implements driver.Batch.
func (b *modernBatch) Abort() error { return nil }

// Column implements driver.Batch.
func (b *modernBatch) Column(i int) answer.BatchColumn { return modernColumn{batch: b, i: i} }

type modernColumn struct {
	answer.BatchColumn
	batch *modernBatch
	i     int
}

// Append implements driver.BatchColumn.
func (c modernColumn) Append(values any) error {
	for len(c.batch.columns) <= c.i {
		c.batch.columns = append(c.batch.columns, reflect.Value{})
	}
	c.batch.columns[c.i] = reflect.ValueOf(values)
	return nil
}

// modernTypes are ClickHouse's names of types.
var modernTypes = map[reflect.Kind]string{reflect.Uint8: "UInt8", reflect.Uint16: "UInt16", reflect.Uint32: "UInt32", reflect.Uint64: "UInt64",
	reflect.Int64: "Int64", reflect.Float64: "Float64", reflect.String: "String"}

// Send implements driver.Batch. It writes one block in the format Native: columns one behind the other.
func (b *modernBatch) Send() error {
	b.engine.mu.Lock()
	defer b.engine.mu.Unlock()
	var data bytes.Buffer
	var structure []string
	number := func(n int) { data.Write(binary.AppendUvarint(nil, uint64(n))) }
	text := func(s string) { number(len(s)); data.WriteString(s) }
	number(len(b.columns))
	number(b.columns[0].Len())
	for i, c := range b.columns {
		name, kind := fmt.Sprint("c", i), modernTypes[c.Type().Elem().Kind()]
		structure = append(structure, name+" "+kind)
		text(name)
		text(kind)
		if list, ok := c.Interface().([]string); ok {
			for _, s := range list {
				text(s)
			}
		} else if err := binary.Write(&data, binary.LittleEndian, c.Interface()); err != nil {
			return err
		}
	}
	path := filepath.Join(b.engine.folder, "block")
	if err := os.WriteFile(path, data.Bytes(), 0o600); err != nil {
		return err
	}
	return b.engine.do(fmt.Sprintf("%s SELECT * FROM file('%s', 'Native', '%s')", b.query, path, strings.Join(structure, ", ")))
}

// modernRows are an answer in memory.
type modernRows struct {
	answer.Rows
	types  []string
	values [][]any
	at     int
}

// Next implements driver.Rows.
func (r *modernRows) Next() bool { r.at++; return r.at <= len(r.values) }

// Err implements driver.Rows.
func (r *modernRows) Err() error { return nil }

// Close implements driver.Rows.
func (r *modernRows) Close() error { return nil }

// Scan implements driver.Rows. As that of the driver it wants the type of the column and no other.
func (r *modernRows) Scan(dest ...any) error {
	for i, d := range dest {
		to, from := reflect.ValueOf(d).Elem(), reflect.ValueOf(r.values[r.at-1][i])
		if to.Kind() == reflect.Slice {
			list := reflect.MakeSlice(to.Type(), from.Len(), from.Len())
			for k := range from.Len() {
				if item := from.Index(k).Elem(); item.Kind() != to.Type().Elem().Kind() {
					return fmt.Errorf("column %d is %s, want %T", i, r.types[i], d)
				} else {
					list.Index(k).Set(item)
				}
			}
			from = list
		}
		if from.Kind() != to.Kind() {
			return fmt.Errorf("column %d is %s, want %T", i, r.types[i], d)
		}
		to.Set(from)
	}
	return nil
}

// decode reads RowBinaryWithNamesAndTypes.
func decode(r *bytes.Reader) (*modernRows, error) {
	n, err := binary.ReadUvarint(r)
	if err == io.EOF {
		return &modernRows{}, nil
	}
	if err != nil {
		return nil, err
	}
	rows := &modernRows{}
	for i := range 2 * n {
		text, err := decodeValue(r, "String")
		if err != nil {
			return nil, err
		}
		if i >= n {
			rows.types = append(rows.types, text.(string))
		}
	}
	for r.Len() > 0 {
		var row []any
		for _, kind := range rows.types {
			v, err := decodeValue(r, kind)
			if err != nil {
				return nil, err
			}
			row = append(row, v)
		}
		rows.values = append(rows.values, row)
	}
	return rows, nil
}

func decodeValue(r *bytes.Reader, kind string) (any, error) {
	if item, ok := strings.CutPrefix(kind, "Array("); ok {
		n, err := binary.ReadUvarint(r)
		list := []any{}
		for range n {
			v, err := decodeValue(r, strings.TrimSuffix(item, ")"))
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, err
	}
	if kind == "String" {
		n, err := binary.ReadUvarint(r)
		if err != nil {
			return nil, err
		}
		b := make([]byte, n)
		_, err = io.ReadFull(r, b)
		return string(b), err
	}
	for _, v := range []any{uint8(0), uint16(0), uint32(0), uint64(0), int64(0), float64(0)} {
		if modernTypes[reflect.TypeOf(v).Kind()] == kind {
			p := reflect.New(reflect.TypeOf(v))
			err := binary.Read(r, binary.LittleEndian, p.Interface())
			return p.Elem().Interface(), err
		}
	}
	return nil, fmt.Errorf("a column of type %s: the program reads none", kind)
}
