// Package sample has a part of BACI that comes with the program, so that its first answers are about real trade: recovered paper
// and fuel wood, 1995–2018.
package sample

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What the sample is. Licence and citation are CEPII's; the notice is what the Open Licence 2.0 asks of those who pass data on.
const (
	Name         = "baci-paper-1995-2018"
	Title        = "Sample of BACI: recovered paper and fuel wood, 1995–2018"
	Source       = "CEPII, BACI, release 202001, HS92: five products, values rounded to dollars, quantities to kilograms (" + Address + ")"
	Licence      = "Etalab Open Licence 2.0"
	Address      = "https://www.cepii.fr/CEPII/en/bdd_modele/bdd_modele_item.asp?id=37"
	Release      = "202001"
	Nomenclature = "HS92"
	ArchiveName  = "BACI_" + Nomenclature + "_V" + Release + ".zip"
	FirstYear    = 1995
	LastYear     = 2018
)

const notice = `Part of BACI, the International Trade Database at the Product-Level, by CEPII (%s).

Release 202001, nomenclature HS92, all economies, 1995 to 2018, five products. Published under the Etalab Open Licence 2.0
(https://github.com/etalab/licence-ouverte/blob/master/open-licence.md). Changed here: all other products are left out, values
are rounded to whole dollars and quantities to whole kilograms.

Cite: Gaulier, G. and Zignago, S. (2010), BACI: International Trade Database at the Product-Level. The 1994-2007 Version,
CEPII Working Paper 2010-23.
`

// packed holds the flows, as pack writes them.
//
//go:embed paper.gz
var packed []byte

// products are the codes of the sample with BACI's descriptions.
//
//go:embed products.csv
var products []byte

// A flow is a line of BACI, in whole dollars and kilograms.
type flow struct {
	year, exporter, importer int
	product                  string
	dollars, kilograms       int64
}

// WriteArchive writes the sample as a zip laid out like a download from CEPII.
func WriteArchive(out io.Writer) error {
	flows, err := unpack(packed)
	if err != nil {
		return fmt.Errorf("the sample that the program contains: %w", err)
	}
	slices.SortStableFunc(flows, func(a, b flow) int { return a.year - b.year })
	z := zip.NewWriter(out)
	member := func(name string, write func(io.Writer)) {
		m, e := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)})
		if err = errors.Join(err, e); e == nil {
			write(m)
		}
	}
	member("README.txt", func(m io.Writer) { fmt.Fprintf(m, notice, Address) })
	for year := FirstYear; year <= LastYear; year++ {
		member(fmt.Sprintf("BACI_%s_Y%d_V%s.csv", Nomenclature, year, Release), func(m io.Writer) {
			b := bufio.NewWriter(m)
			fmt.Fprintln(b, "t,i,j,k,v,q")
			for _, f := range flows {
				if f.year == year {
					fmt.Fprintf(b, "%d,%d,%d,%s,%s,%s\n", f.year, f.exporter, f.importer, f.product, thousandths(f.dollars), thousandths(f.kilograms))
				}
			}
			err = errors.Join(err, b.Flush())
		})
	}
	member("product_codes_"+Nomenclature+"_V"+Release+".csv", func(m io.Writer) {
		_, e := m.Write(products)
		err = errors.Join(err, e)
	})
	return errors.Join(err, z.Close())
}

// thousandths writes n/1000 with three decimals.
func thousandths(n int64) string { return fmt.Sprintf("%d.%03d", n/1000, n%1000) }

// pack writes flows as text, compressed: a line PRODUCT,EXPORTER,IMPORTER before the years of each, then a line a year, which is
// the number of years since the first, dollars and kilograms.
func pack(flows []flow) ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	flows = slices.Clone(flows)
	slices.SortFunc(flows, func(a, b flow) int {
		return cmpAll(strings.Compare(a.product, b.product), a.exporter-b.exporter, a.importer-b.importer, a.year-b.year)
	})
	before := ""
	for _, f := range flows {
		if key := fmt.Sprintf("%s,%d,%d\n", f.product, f.exporter, f.importer); key != before {
			fmt.Fprint(z, key)
			before = key
		}
		fmt.Fprintf(z, "%d %d %d\n", f.year-FirstYear, f.dollars, f.kilograms)
	}
	err = z.Close()
	return b.Bytes(), err
}

// cmpAll is the first comparison that is not equal.
func cmpAll(list ...int) int {
	for _, c := range list {
		if c != 0 {
			return c
		}
	}
	return 0
}

// unpack undoes pack.
func unpack(data []byte) (flows []flow, err error) {
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	var f flow
	lines := bufio.NewScanner(z)
	for n := 1; lines.Scan(); n++ {
		var err error
		if key := strings.Split(lines.Text(), ","); len(key) == 3 {
			f.product = key[0]
			f.exporter, f.importer, err = twoNumbers(key[1], key[2])
		} else if fields := strings.Split(lines.Text(), " "); len(fields) == 3 && f.product != "" {
			if f.year, err = strconv.Atoi(fields[0]); err == nil {
				f.year += FirstYear
				f.dollars, f.kilograms, err = twoNumbers64(fields[1], fields[2])
			}
			flows = append(flows, f)
		} else {
			err = fmt.Errorf("%q", lines.Text())
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w; expected PRODUCT,EXPORTER,IMPORTER or three numbers", n, err)
		}
	}
	return flows, lines.Err()
}

func twoNumbers64(a, b string) (x, y int64, err error) {
	x, err = strconv.ParseInt(a, 10, 64)
	if err == nil {
		y, err = strconv.ParseInt(b, 10, 64)
	}
	return x, y, err
}

func twoNumbers(a, b string) (int, int, error) {
	x, y, err := twoNumbers64(a, b)
	return int(x), int(y), err
}
