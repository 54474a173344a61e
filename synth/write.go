package synth

import (
	"archive/zip"
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"sync"
	"time"

	"chokepoint/trade"
)

// Release marks the files of a synthetic world as those of no release of CEPII: January 1900, letter s. Nomenclature is what
// their names say of product codes; the codes have the form of HS codes and the meaning of none.
const (
	Release      = "190001s"
	Nomenclature = "HS17"
	ArchiveName  = "SYNTHETIC_BACI_" + Nomenclature + "_V" + Release + ".zip"
)

// readme is the archive's explanation of itself.
const readme = `SYNTHETIC DATA. NOT REAL TRADE.

This archive is laid out like CEPII's BACI, and every flow in it was made by a random number generator
(package synth of Chokepoint). The codes and names of economies are real; no figure says anything about them.
The product codes have the form of HS codes; the products do not exist.

seed %d, years %d to %d, %d products, %d economies
`

// WriteArchive writes the world as a zip laid out like a download from CEPII: a member BACI_HS17_Y<year>_V190001s.csv for
// each year, country_codes_V190001s.csv, product_codes_HS17_V190001s.csv and README_SYNTHETIC.txt. The same Config gives
// the same bytes on one platform. progress, which may be nil, is called after each year with the rows of that year.
func (w *World) WriteArchive(out io.Writer, progress func(year int, rows int64)) error {
	z := zip.NewWriter(out)
	z.RegisterCompressor(zip.Deflate, newDeflater)
	member := func(name string, write func(io.Writer) error) error {
		m, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)})
		if err != nil {
			return err
		}
		return write(m)
	}
	err := member("README_SYNTHETIC.txt", func(m io.Writer) error {
		_, err := fmt.Fprintf(m, readme, w.cfg.Seed, w.cfg.FirstYear, w.cfg.LastYear, w.cfg.Products, w.cfg.Economies)
		return err
	})
	if err != nil {
		return err
	}
	for year := w.cfg.FirstYear; year <= w.cfg.LastYear; year++ {
		var rows int64
		err := member(fmt.Sprintf("BACI_%s_Y%d_V%s.csv", Nomenclature, year, Release), func(m io.Writer) (err error) {
			rows, err = w.WriteYear(m, year)
			return err
		})
		if err != nil {
			return err
		}
		if progress != nil {
			progress(year, rows)
		}
	}
	if err := member("country_codes_V"+Release+".csv", w.writeEconomies); err != nil {
		return err
	}
	if err := member("product_codes_"+Nomenclature+"_V"+Release+".csv", w.writeProducts); err != nil {
		return err
	}
	return z.Close()
}

func (w *World) writeEconomies(out io.Writer) error {
	names := make(map[trade.Code]trade.Economy)
	for _, e := range trade.BuiltinEconomies().All() {
		names[e.Code] = e
	}
	c := csv.NewWriter(out)
	c.Write([]string{"country_code", "country_name", "country_iso2", "country_iso3"})
	for _, e := range w.economies {
		known := names[e.code]
		c.Write([]string{strconv.Itoa(int(e.code)), known.Name, known.ISO2, e.iso3})
	}
	c.Flush()
	return c.Error()
}

func (w *World) writeProducts(out io.Writer) error {
	b := bufio.NewWriter(out)
	fmt.Fprintln(b, "code,description")
	for k, code := range w.codes {
		fmt.Fprintf(b, "%s,SYNTHETIC product %d of chapter %s\n", code, k+1, code[:2])
	}
	return b.Flush()
}

// WriteYear writes the flows of a year as BACI does: t,i,j,k,v,q with v in thousand USD and q in tonnes, three decimals each,
// ascending by exporter, importer and product. It returns the number of flows.
func (w *World) WriteYear(out io.Writer, year int) (rows int64, err error) {
	if year < w.cfg.FirstYear || year > w.cfg.LastYear {
		return 0, fmt.Errorf("synth: year %d is not one of %d to %d", year, w.cfg.FirstYear, w.cfg.LastYear)
	}
	if _, err := io.WriteString(out, "t,i,j,k,v,q\n"); err != nil {
		return 0, err
	}
	y := w.year(year)
	// Pieces are made ahead on all processors, at most a few at a time, and written in order.
	const importers = 32
	type piece struct {
		text []byte
		rows int64
	}
	n := len(w.economies)
	workers := runtime.GOMAXPROCS(0)
	queue := make(chan chan piece, 2*workers)
	free := sync.Pool{New: func() any { return new([]byte) }}
	stop := make(chan struct{})
	go func() {
		defer close(queue)
		limit := make(chan struct{}, workers)
		for i := range n {
			for j := 0; j < n; j += importers {
				done := make(chan piece, 1)
				select {
				case <-stop:
					return
				case queue <- done:
				}
				limit <- struct{}{}
				go func() {
					text, rows := y.appendCSV((*free.Get().(*[]byte))[:0], i, j, min(j+importers, n))
					<-limit
					done <- piece{text, rows}
				}()
			}
		}
	}()
	for done := range queue {
		p := <-done
		if err == nil {
			if _, err = out.Write(p.text); err != nil {
				close(stop)
			}
			rows += p.rows
		}
		free.Put(&p.text)
	}
	return rows, err
}

// appendCSV appends the lines of exporter i and importers from … to-1.
func (y *year) appendCSV(dst []byte, i, from, to int) (text []byte, rows int64) {
	var flows []flow
	var prefix []byte
	for j := from; j < to; j++ {
		flows = y.flows(flows[:0], i, j)
		prefix = fmt.Appendf(prefix[:0], "%d,%d,%d,", y.t, y.w.economies[i].code, y.w.economies[j].code)
		for _, f := range flows {
			dst = append(dst, prefix...)
			dst = append(dst, y.w.codes[f.k]...)
			dst = append(dst, ',')
			dst = appendThousandths(dst, f.usd)
			dst = append(dst, ',')
			if f.kg < 0 {
				dst = append(dst, "NA"...)
			} else {
				dst = appendThousandths(dst, f.kg)
			}
			dst = append(dst, '\n')
		}
		rows += int64(len(flows))
	}
	return dst, rows
}

// appendThousandths appends x/1000 with three decimals; x is not negative.
func appendThousandths(dst []byte, x int64) []byte {
	dst = strconv.AppendInt(dst, x/1000, 10)
	r := x % 1000
	return append(dst, '.', byte('0'+r/100), byte('0'+r/10%10), byte('0'+r%10))
}
