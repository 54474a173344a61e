package ingest

import (
	"archive/zip"
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"

	"chokepoint/fault"
	"chokepoint/textfile"
	"chokepoint/trade"
)

// input is one file on disk, which the manifest names with its checksum.
type input struct {
	path string
	size int64
	sum  string
}

// member is one table of an archive: a file, or a file in a zip.
type member struct {
	input   *input // the file on disk
	label   string // what messages call it
	name    naming
	parquet bool
	size    int64 // bytes on disk
	length  int64 // bytes of the text in a zip, as the zip says
	open    func() (io.ReadCloser, error)
	random  func() (io.ReaderAt, int64, io.Closer, error) // Parquet files need their end first
	years   map[int]int                                   // rows of each year, where the name states no year
	extra   []string                                      // columns that are not read
}

// rows guesses the number of rows: BACI's take about 30 bytes of text, and packed at least 5 on disk.
func (m *member) rows() int {
	switch {
	case m.length > 0:
		return int(m.length / 28)
	case m.parquet, extension(m.label) == ".csv.gz":
		return int(m.size / 5)
	}
	return int(m.size / 28)
}

// linesBefore is the number of lines before the first row.
func (m *member) linesBefore() int {
	if m.parquet {
		return 0
	}
	return 1
}

// failed says in words what went wrong with a file.
func (m *member) failed(err error) error {
	var row *RowError
	var corrupt flate.CorruptInputError
	var pathError *fs.PathError
	switch {
	case err == nil, errors.As(err, &row), errors.As(err, &pathError),
		errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%s ends in the middle: the file is cut off, fetch it again", m.label)
	case errors.As(err, &corrupt), errors.Is(err, zip.ErrChecksum), errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader):
		return fmt.Errorf("%s is damaged (%w), fetch it again", m.label, err)
	}
	return fmt.Errorf("%s %w", m.label, err)
}

// naming is what names of files and folders say about a table.
type naming struct {
	year         int
	nomenclature string
	release      string
}

var (
	namePart    = regexp.MustCompile(`[0-9A-Za-z]+`)
	yearPart    = regexp.MustCompile(`^[Yy][0-9]{4}$`)
	hsPart      = regexp.MustCompile(`^(?i:HS[0-9]{2}|H[0-6])$`)
	releasePart = regexp.MustCompile(`^[Vv][0-9]{6}[A-Za-z]?$`)
	releaseForm = regexp.MustCompile(`^[0-9]{6}[a-z]?$`)
)

// readName takes year, nomenclature and release from a name such as BACI_HS17_Y2024_V202601.csv. Comtrade's short names
// of nomenclatures (H5) count only beside another such part: a folder may be called h2 for reasons of its own.
func readName(name string) (naming, error) {
	var n naming
	short := ""
	for _, part := range namePart.FindAllString(name, -1) {
		switch {
		case yearPart.MatchString(part):
			n.year = yearOf([]byte(part[1:]))
		case releasePart.MatchString(part):
			n.release = strings.ToLower(part[1:])
		case hsPart.MatchString(part):
			hs, err := trade.ParseNomenclature(part)
			if err != nil {
				return naming{}, fmt.Errorf("the name %s: %w", name, err)
			}
			if len(part) == 2 {
				short = string(hs)
				continue
			}
			n.nomenclature = string(hs)
		}
	}
	if n.year != 0 || n.release != "" || strings.Contains(strings.ToLower(name), "baci") {
		n.nomenclature = cmp.Or(n.nomenclature, short)
	}
	return n, nil
}

// within completes a name by that of the folder or zip around it, which must not contradict it.
func (n naming) within(outer naming, name, around string) (naming, error) {
	for _, f := range []struct {
		what         string
		inner, outer string
	}{{"nomenclature", n.nomenclature, outer.nomenclature}, {"release", n.release, outer.release}} {
		if f.inner != "" && f.outer != "" && f.inner != f.outer {
			return naming{}, fmt.Errorf("%s: its %s is %s, but that of %s is %s", name, f.what, f.inner, around, f.outer)
		}
	}
	n.year = cmp.Or(n.year, outer.year)
	n.nomenclature = cmp.Or(n.nomenclature, outer.nomenclature)
	n.release = cmp.Or(n.release, outer.release)
	return n, nil
}

// sourceKind is a kind of source that is ingested.
type sourceKind struct {
	wanted string                  // for messages
	zips   bool                    // zip archives are read
	prefix string                  // of names of files that hold such flows; empty: none does
	header func(line []byte) error // says whether a file whose name says nothing holds such flows
}

var baciSource = sourceKind{wanted: "files such as BACI_HS17_Y2024_V202601.csv (.csv, .csv.gz, .parquet) or a BACI zip", zips: true, prefix: "baci_",
	header: func(line []byte) error { _, err := readHeader(line); return err }}

// named says whether a file has the name of one that holds such flows.
func (k sourceKind) named(base string) bool {
	return k.prefix != "" && strings.HasPrefix(strings.ToLower(base), k.prefix)
}

// archive is all that the paths of an ingest hold.
type archive struct {
	kind      sourceKind
	inputs    []*input
	flows     []*member
	economies []*member
	products  []*member
	ignored   []string
	closers   []io.Closer
	read      atomic.Int64 // bytes read from disk
}

func (a *archive) close() {
	for _, c := range a.closers {
		c.Close()
	}
}

// openArchive looks through the paths. The caller closes the archive, also after an error.
func openArchive(ctx context.Context, paths []string, kind sourceKind) (*archive, error) {
	a := &archive{kind: kind}
	if len(paths) == 0 {
		return a, fault.Questionf("no file or folder to ingest")
	}
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			return a, err
		}
		switch irregular := textfile.Irregular(info.Mode()); {
		case info.IsDir():
			err = a.addFolder(ctx, p)
		case irregular != "":
			err = fmt.Errorf("%s is %s, and files are read more than once: write its content to a file and ingest that", p, irregular)
		default:
			err = a.addFile(p, filepath.Base(p), naming{}, "", true)
		}
		if err != nil {
			return a, err
		}
	}
	if len(a.flows) == 0 {
		return a, fmt.Errorf("%s: no flow table in it; expected %s%s", strings.Join(paths, ", "), kind.wanted, a.ignoredNote())
	}
	return a, nil
}

func (a *archive) ignoredNote() string {
	if len(a.ignored) == 0 {
		return ""
	}
	return fmt.Sprintf("; skipped: %s", strings.Join(a.ignored[:min(len(a.ignored), 10)], ", "))
}

// hidden says whether a path in a folder or zip is something that file managers leave behind.
func hidden(name string) bool {
	for part := range strings.SplitSeq(name, "/") {
		if strings.HasPrefix(part, ".") || part == "__MACOSX" {
			return true
		}
	}
	return false
}

func (a *archive) addFolder(ctx context.Context, root string) error {
	return filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		switch {
		case rel == ".":
			return nil
		case hidden(rel) && d.IsDir():
			return fs.SkipDir
		case hidden(rel) || d.IsDir():
			return nil
		}
		switch extension(rel) {
		case ".csv", ".csv.gz", ".parquet", ".zip":
		default:
			a.ignored = append(a.ignored, rel)
			return nil
		}
		info, err := os.Stat(p) // of what a link leads to
		if err != nil {
			return err
		}
		switch what := textfile.Irregular(info.Mode()); {
		case info.IsDir():
			a.ignored = append(a.ignored, rel+" is a link to a folder")
			return nil
		case what != "":
			a.ignored = append(a.ignored, rel+" is "+what)
			return nil
		}
		absolute, err := filepath.Abs(root)
		if err != nil {
			return err
		}
		around := path.Join(filepath.Base(absolute), path.Dir(rel))
		outer, err := readName(around)
		if err != nil {
			return err
		}
		return a.addFile(p, rel, outer, around, false)
	})
}

// extension is the part of a name that says how to read it.
func extension(name string) string {
	name = strings.ToLower(name)
	if strings.HasSuffix(name, ".csv.gz") {
		return ".csv.gz"
	}
	return path.Ext(name)
}

// addFile adds a file by what its first bytes say it is. Named files hold flows unless their name says otherwise; others
// only if their header does.
func (a *archive) addFile(p, label string, outer naming, around string, named bool) error {
	name, err := readName(path.Base(label))
	if err != nil {
		return err
	}
	if name, err = name.within(outer, label, around); err != nil {
		return err
	}
	info, err := os.Stat(p)
	if err != nil {
		return err
	}
	magic, err := firstBytes(p)
	if err != nil {
		return err
	}
	in := &input{path: p, size: info.Size()}
	m := &member{input: in, label: label, name: name, size: info.Size()}
	plain := func() (io.ReadCloser, error) {
		f, err := os.Open(p)
		if err != nil {
			return nil, err
		}
		return &counted{f, f, &a.read}, nil
	}
	switch {
	case bytes.HasPrefix(magic, []byte("PK\x03\x04")) || bytes.HasPrefix(magic, []byte("PK\x05\x06")) || extension(p) == ".zip":
		return a.addZip(in, label, name, named)
	case bytes.HasPrefix(magic, []byte("\x1f\x8b")):
		m.open = func() (io.ReadCloser, error) { return unzipped(plain()) }
		if err := m.packedKind(); err != nil {
			return a.passOver(label, named, err)
		}
	case bytes.HasPrefix(magic, []byte("PAR1")):
		m.parquet = true
		m.random = func() (io.ReaderAt, int64, io.Closer, error) {
			f, err := os.Open(p)
			if err != nil {
				return nil, 0, nil, err
			}
			return countedAt{f, &a.read}, info.Size(), f, nil
		}
	case fileKindOf(magic) != nil:
		return a.passOver(label, named, fileKindOf(magic))
	case extension(p) == ".parquet":
		return fmt.Errorf("%s is not a Parquet file, or is damaged: it does not begin with PAR1", label)
	case extension(p) == ".csv.gz":
		return fmt.Errorf("%s is not a gzip file, or is damaged", label)
	case bytes.IndexByte(magic[:min(len(magic), 4)], 0) >= 0:
		return fmt.Errorf("%s is not CSV, gzipped CSV, Parquet or zip", label)
	default:
		m.open = plain
	}
	taken, err := a.add(m, named)
	if taken {
		a.inputs = append(a.inputs, in)
	}
	return err
}

// passOver is for a file of a kind that is not read: an error if it was named or should hold flows, else a note.
func (a *archive) passOver(label string, named bool, problem error) error {
	err := fmt.Errorf("%s %w", label, problem)
	if named || a.kind.named(path.Base(label)) {
		return err
	}
	a.ignored = append(a.ignored, err.Error())
	return nil
}

// packedKind says what is in a gzip file, if it is of a kind that is not read. Damage shows when it is read as a whole.
func (m *member) packedKind() error {
	file, err := m.open()
	if err != nil {
		return nil
	}
	defer file.Close()
	begin := make([]byte, kindBytes)
	n, _ := io.ReadFull(file, begin)
	return fileKindOf(begin[:n])
}

func firstBytes(p string) ([]byte, error) {
	f, err := os.Open(p)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	magic := make([]byte, kindBytes)
	n, err := io.ReadFull(f, magic)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, err
	}
	return magic[:n], nil
}

func (a *archive) addZip(in *input, label string, outer naming, named bool) error {
	f, err := os.Open(in.path)
	if err != nil {
		return err
	}
	a.closers = append(a.closers, f)
	z, err := zip.NewReader(countedAt{f, &a.read}, in.size)
	if err != nil {
		return fmt.Errorf("%s is not a whole zip archive (%w): it is cut off or damaged, fetch it again", label, err)
	}
	var names []string
	for _, f := range z.File {
		names = append(names, f.Name)
	}
	if err := workbook(names); err != nil {
		return a.passOver(label, named, err)
	}
	if !a.kind.zips {
		return a.passOver(label, named, fmt.Errorf("is a zip archive; %s", unpack))
	}
	a.inputs = append(a.inputs, in)
	z.RegisterDecompressor(zip.Deflate, func(packed io.Reader) io.ReadCloser {
		return flate.NewReader(bufio.NewReaderSize(packed, 256<<10)) // its own buffer is 4 kB
	})
	for _, f := range z.File {
		full := strings.ReplaceAll(f.Name, `\`, "/")
		if strings.HasSuffix(full, "/") || hidden(full) {
			continue
		}
		switch extension(full) {
		case ".csv", ".csv.gz":
		case ".parquet", ".zip":
			return fmt.Errorf("%s holds %s; unpack it and ingest the folder", label, full)
		default:
			a.ignored = append(a.ignored, label+"/"+full)
			continue
		}
		if f.Flags&1 != 0 {
			return fmt.Errorf("%s/%s is encrypted; unpack it and ingest the folder", label, full)
		}
		name, err := readName(path.Base(full))
		if err != nil {
			return err
		}
		around, err := readName(path.Dir(full))
		if err != nil {
			return err
		}
		if around, err = around.within(outer, full, label); err != nil {
			return err
		}
		if name, err = name.within(around, label+"/"+full, label); err != nil {
			return err
		}
		m := &member{label: label + "/" + full, name: name, size: int64(f.CompressedSize64)}
		m.length = int64(f.UncompressedSize64)
		m.open = func() (io.ReadCloser, error) { return f.Open() }
		if extension(full) == ".csv.gz" {
			m.length = 0
			m.open = func() (io.ReadCloser, error) { return unzipped(f.Open()) }
		}
		if _, err := a.add(m, false); err != nil {
			return err
		}
	}
	return nil
}

// add puts a table where it belongs; false when it is passed over.
func (a *archive) add(m *member, named bool) (bool, error) {
	base := strings.ToLower(path.Base(m.label))
	switch {
	case strings.Contains(base, "country_codes") && !m.parquet:
		a.economies = append(a.economies, m)
	case strings.Contains(base, "product_codes") && !m.parquet:
		a.products = append(a.products, m)
	case named || a.kind.named(base):
		a.flows = append(a.flows, m)
	default:
		if err := m.sniff(a.kind); err != nil {
			a.ignored = append(a.ignored, err.Error())
			return false, nil
		}
		a.flows = append(a.flows, m)
	}
	return true, nil
}

// sniff looks at the header of a file of which the name says nothing. An error says why it holds no flows.
func (m *member) sniff(kind sourceKind) error {
	if m.parquet {
		return m.sniffParquet()
	}
	file, err := m.open()
	if err != nil {
		return m.failed(err)
	}
	defer file.Close()
	b := &blockReader{source: file, ctx: context.Background()}
	line, err := b.headerLine()
	if err == nil {
		err = kind.header(line)
	}
	return m.failed(err)
}

// maxCodeList bounds the lists of economies and products, in bytes.
const maxCodeList = 64 << 20

// text reads a list of codes.
func (m *member) text() ([]byte, error) {
	file, err := m.open()
	if err != nil {
		return nil, m.failed(err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxCodeList+1))
	if err == nil && len(text) > maxCodeList {
		err = fmt.Errorf("has more than %d MB, unpacked; a list of codes has not", maxCodeList>>20)
	}
	return text, m.failed(err)
}

// sumInputs computes the checksums of the input files.
func (a *archive) sumInputs(ctx context.Context) error {
	buffer := make([]byte, 1<<20)
	for _, in := range a.inputs {
		f, err := os.Open(in.path)
		if err != nil {
			return err
		}
		sum := sha256.New()
		for err == nil && ctx.Err() == nil {
			var n int
			n, err = f.Read(buffer)
			sum.Write(buffer[:n])
		}
		f.Close()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != io.EOF {
			return err
		}
		in.sum = hex.EncodeToString(sum.Sum(nil))
	}
	return nil
}

// agree returns the one nomenclature and release of all flow tables, completed by what the options say.
func (a *archive) agree(nomenclature, release string) (string, string, error) {
	hs, err := agreed(a.flows, "nomenclature", "--nomenclature HS17", nomenclature, func(n naming) string { return n.nomenclature })
	if err != nil {
		return "", "", err
	}
	v, err := agreed(a.flows, "release", "--release 202601", release, func(n naming) string { return n.release })
	return hs, v, err
}

func agreed(flows []*member, what, flag, option string, of func(naming) string) (string, error) {
	said := make(map[string]*member)
	for _, m := range flows {
		if v := of(m.name); v != "" && said[v] == nil {
			said[v] = m
		}
	}
	values := make([]string, 0, len(said))
	for v := range said {
		values = append(values, v)
	}
	slices.Sort(values)
	switch {
	case len(values) > 1:
		return "", fmt.Errorf("%ss are mixed: %s is of %s, %s of %s; a dataset holds one, ingest them one by one",
			what, said[values[0]].label, values[0], said[values[1]].label, values[1])
	case len(values) == 1 && option != "" && option != values[0]:
		return "", fault.Questionf("%s: its name says %s %s, the option says %s", said[values[0]].label, what, values[0], option)
	case len(values) == 1:
		return values[0], nil
	case option == "":
		return "", fault.Questionf("%s: its name does not tell the %s; say it, for instance %s", flows[0].label, what, flag)
	}
	return option, nil
}

// counted counts the bytes that are read.
type counted struct {
	io.Reader
	io.Closer
	n *atomic.Int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n.Add(int64(n))
	return n, err
}

type countedAt struct {
	io.ReaderAt
	n *atomic.Int64
}

func (c countedAt) ReadAt(p []byte, at int64) (int, error) {
	n, err := c.ReaderAt.ReadAt(p, at)
	c.n.Add(int64(n))
	return n, err
}

// unzipped reads a gzip file.
func unzipped(packed io.ReadCloser, err error) (io.ReadCloser, error) {
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(packed)
	if err != nil {
		packed.Close()
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return &unzipping{z, packed}, nil
}

type unzipping struct {
	*gzip.Reader
	packed io.Closer
}

func (u *unzipping) Close() error { return errors.Join(u.Reader.Close(), u.packed.Close()) }
