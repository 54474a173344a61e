package scenario

import (
	"fmt"
	"slices"
	"strings"

	"chokepoint/datafile"
	"chokepoint/study"
	"chokepoint/textfile"
	"chokepoint/trade"
)

var tariffFileParameter = study.Parameter{Name: "tariffs", File: ".csv", Example: "duties.csv",
	Usage: "tariffs by product and economy: a CSV file with product (2, 4 or 6 digits, or empty for all), tariff, and where wanted tariff_before, exporter and importer (ISO3, empty for all); the longest code decides, then the row that names more economies"}

var elasticitiesParameter = study.Parameter{Name: "elasticities", File: ".csv", Example: "ProTEE_0_1.csv",
	Usage: "elasticities of substitution by code, for the products that it has: a CSV file with code,sigma, or ProTEE's or Broda and Weinstein's"}

// Duties are tariffs by product and economy from a file. A product is a code or a beginning of one.
type Duties struct {
	File                 string
	Products, Importers  []string // that it names, ascending; nil Importers where a row is for all
	rates                map[string]map[dutyPair]rate
	everybody, hasBefore bool
	Rows                 int
}

// dutyPair is an exporter and an importer by ISO3; "" is all.
type dutyPair struct{ exporter, importer string }

// rate is a tariff before and after, as parts of the price.
type rate struct{ before, after float64 }

// mostTariff is the largest tariff taken, ten times the price.
const mostTariff = 10

// ParseDuties reads a file of tariffs. Rows without tariff_before have the one given.
func ParseDuties(name string, text []byte, before float64, economies *trade.Economies) (*Duties, error) {
	t := textfile.NewTable(name, text)
	t.Comment = '#'
	if err := t.Header([]string{"product", "tariff"}, []string{"tariff_before", "exporter", "importer"}, nil); err != nil {
		return nil, err
	}
	known := map[string]bool{"": true}
	for _, e := range economies.All() {
		known[economies.Label(e.Code)] = true
	}
	d := &Duties{File: name, rates: map[string]map[dutyPair]rate{}, hasBefore: t.Has("tariff_before")}
	err := t.Each(func(_ int, field func(string) string) error {
		optional := func(column string) string {
			if !t.Has(column) {
				return ""
			}
			return strings.Clone(field(column))
		}
		product, pair, r := strings.Clone(field("product")), dutyPair{optional("exporter"), optional("importer")}, rate{before: before}
		if product != "" && !productCode.MatchString(product) {
			return fmt.Errorf("product %q: expected an HS code of 2, 4 or 6 digits, or nothing for all products", product)
		}
		for _, name := range []string{pair.exporter, pair.importer} {
			if !known[name] {
				return fmt.Errorf("economy %q: the dataset does not know it; expected ISO3, or nothing for all", name)
			}
		}
		var err error
		if r.after, err = amount("tariff", field("tariff"), mostTariff); err != nil {
			return err
		}
		if text := optional("tariff_before"); text != "" {
			if r.before, err = amount("tariff_before", text, mostTariff); err != nil {
				return err
			}
		}
		return d.add(product, pair, r)
	})
	if err == nil && d.Rows == 0 {
		err = &datafile.Error{File: name, Msg: "no tariff; expected rows below the header"}
	}
	slices.Sort(d.Products)
	slices.Sort(d.Importers)
	if d.everybody {
		d.Importers = nil
	}
	return d, err
}

func (d *Duties) add(product string, pair dutyPair, r rate) error {
	if d.rates[product] == nil {
		d.rates[product] = map[dutyPair]rate{}
		d.Products = append(d.Products, product)
	}
	if _, twice := d.rates[product][pair]; twice {
		return fmt.Errorf("product %q, exporter %q, importer %q: appears twice", product, pair.exporter, pair.importer)
	}
	d.rates[product][pair] = r
	d.Rows++
	if pair.importer == "" {
		d.everybody = true
	} else if !slices.Contains(d.Importers, pair.importer) {
		d.Importers = append(d.Importers, pair.importer)
	}
	return nil
}

// Of is the tariff of an importer on a product of an exporter; ok is false where the file has none.
func (d *Duties) Of(product, exporter, importer string) (before, after float64, ok bool) {
	for n := len(product); n >= 0; n-- {
		pairs := d.rates[product[:n]]
		if pairs == nil {
			continue
		}
		for _, pair := range []dutyPair{{exporter, importer}, {exporter, ""}, {"", importer}, {"", ""}} {
			if r, ok := pairs[pair]; ok {
				return r.before, r.after, true
			}
		}
	}
	return 0, 0, false
}

// openDuties reads the file that a question names; nil where it names none.
func openDuties(s *study.Source, name string, before float64) (*Duties, error) {
	return openOwn(s, tariffFileParameter, "tariffs", name, func(name string, text []byte) (*Duties, error) {
		return ParseDuties(name, text, before, s.Dataset.Economies())
	})
}
