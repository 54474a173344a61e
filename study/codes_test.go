package study_test

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"chokepoint/dependence"
	"chokepoint/explanation"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/study/studytest"
)

// A code that the dataset lacks is answered with what the revisions know of it.
func TestUnknownProducts(t *testing.T) {
	s := studytest.Source(t, []studytest.Flow{{2020, 842, 156, "854140", 40}, {2020, 842, 156, "850760", 2}, {2021, 842, 156, "850760", 2}})
	f := func(products, want string) {
		t.Helper()
		errs := s.Check(study.Request{Query: study.Query{Products: products}}, 0)
		if len(errs) != 1 || !strings.Contains(errs[0].Error(), want) {
			t.Errorf("%s: %v; want %q", products, errs, want)
		}
		if _, err := dependence.Count(t.Context(), s, study.Query{Importers: "USA", Partners: "CHN", Products: products}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", products, err, want)
		}
	}
	f("854142", "854142 is a product of HS22; in HS17 it is part of 854140")
	f("85,854142", "854142 is a product of HS22")
	f("300241", "300241 is a product of HS22; in HS17 it is 300220")
	f("8524", "8524 is a heading of HS92-HS02 and HS22; in HS17")
	f("010121", "010121 is a product of HS17, but dataset test does not have it")
	f("010121", "only 850760, 854140")
	f("01", "01 is a chapter of HS17, but dataset test does not have it")
	f("123456", "no revision of the Harmonized System")
	f("TOTAL", `"TOTAL" is a total over all products`)
	f("AG6", "leave products out, or write all")
	f("85076000", "its first six digits, 850760")
	for _, products := range []string{"8507.60", "85.07", "8507 60", "85.07.60"} {
		if errs := s.Check(study.Request{Query: study.Query{Products: products}}, 0); len(errs) > 0 {
			t.Errorf("%s: %v", products, errs)
		}
	}
}

// What a dataset lists and has no flows of is missing: nobody is said to import none of it.
func TestProductsNotHeld(t *testing.T) {
	s := studytest.Source(t, []studytest.Flow{{2020, 842, 156, "854140", 40}, {2020, 842, 156, "850760", 2}, {2021, 842, 156, "850760", 2}}, "470710", "470720")
	fails := func(products, years, want string) {
		t.Helper()
		q := study.Query{Importers: "USA", Partners: "CHN", Products: products, Years: years, Method: "iw-2024"}
		_, explained := explanation.Explain(t.Context(), s, q)
		_, counted := dependence.Count(t.Context(), s, q)
		for _, err := range []error{explained, counted} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s in %s: %v; want %q", products, years, err, want)
			}
			if of := new(study.ParameterError); !errors.As(err, &of) || of.Parameter != "products" || of.Value != products {
				t.Errorf("%s in %s: %v does not say that the products are wrong, so that a form could mark them", products, years, err)
			}
		}
	}
	fails("854140", "2021", "dataset test has no flows of 854140 in 2021; it has them in 2020")
	fails("470710", "2021", "dataset test has no flows of 470710 in 2021, nor in any other year, so nothing can be said about it; in 2021 it has flows of only 850760")
	fails("47", "2020:2021", "no flows of 47 in 2020:2021")
	table, err := dependence.Count(t.Context(), s, study.Query{Importers: "USA", Partners: "CHN", Products: "85", Years: "2021", Method: "iw-2024"})
	want := "dataset test has flows of 1 of the 2 products asked for in 2021 (all but 854140); what it lacks is missing, not zero"
	if err != nil || !slices.Contains(result.Texts(table.Notes), want) {
		t.Errorf("%v, %v; want the note %q", table, err, want)
	}
	table, err = dependence.Count(t.Context(), s, study.Query{Importers: "USA", Partners: "CHN", Products: "85", Years: "2020", Method: "iw-2024"})
	if err != nil || slices.ContainsFunc(result.Texts(table.Notes), func(n string) bool { return strings.Contains(n, "what it lacks is missing") }) {
		t.Errorf("%v, %v; want no note of missing products", table, err)
	}
}

// TestProductsWithout: what without: names is taken out of the rest, or of all; nothing left is an error, and so is an unknown code.
func TestProductsWithout(t *testing.T) {
	s := studytest.Source(t, []studytest.Flow{{2020, 842, 156, "270900", 40}, {2020, 842, 156, "260300", 5}, {2020, 842, 156, "850760", 2}, {2020, 842, 156, "850650", 2}})
	f := func(products string, want ...string) {
		t.Helper()
		got, _, err := s.ParseProducts(products)
		if err != nil || !slices.Equal(got.Codes(), want) {
			t.Errorf("%s: %v, %v; want %v", products, got.Codes(), err, want)
		}
	}
	f("all,without:27", "260300", "850650", "850760")
	f("without:27", "260300", "850650", "850760")
	f("without:list:bec/primary", "850650", "850760")
	f("8507,8506,without:850760", "850650")
	f("without:27, without:26", "850650", "850760")
	for products, want := range map[string]string{"85,without:85": "nothing is left", "all,without:99": "without: ", "85,without:list:nope": "nope", "all,without:": "empty product"} {
		if _, _, err := s.ParseProducts(products); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", products, err, want)
		}
	}
}

// TestChosenGoods: each term of a selection that stands for a list is a sector; what is packed, or has something taken out of it, is one.
func TestChosenGoods(t *testing.T) {
	s := studytest.Source(t, []studytest.Flow{{2020, 842, 156, "270900", 40}, {2020, 842, 156, "260300", 5}, {2020, 842, 156, "850760", 2}, {2020, 842, 156, "850650", 2}})
	f := func(products, want string) {
		t.Helper()
		groups, _, err := s.Groups(study.ChosenGoods(products))
		var got []string
		for _, g := range groups {
			if len(g.Products) > 0 {
				got = append(got, g.ID+": "+strings.Join(g.Products, " "))
			}
		}
		if err != nil || strings.Join(got, "; ") != want {
			t.Errorf("%s: %s, %v; want %s", products, strings.Join(got, "; "), err, want)
		}
	}
	f("8507,27", "8507: 850760; 27: 270900")
	f("850760, 850650", "850760: 850760; 850650: 850650")
	f("list:hs-sections/v,85", "v: 260300 270900; 85: 850650 850760")
	f("all,without:27", "chosen: 260300 850650 850760")
	f("all", "chosen: 260300 270900 850650 850760")
	for products, want := range map[string]string{"8507,8507": "is there twice", "9": "one digit", "list:nope": "no product list"} {
		if _, _, err := s.Groups(study.ChosenGoods(products)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %q", products, err, want)
		}
	}
}

// TestListLacks: of a list that a dataset lacks in part, a note names ten codes and says how many more there are.
func TestListLacks(t *testing.T) {
	s := studytest.Source(t, []studytest.Flow{{2020, 842, 156, "850760", 2}})
	_, notes, err := s.ParseProducts("list:mic25")
	if err != nil {
		t.Fatal(err)
	}
	want := regexp.MustCompile(`^[0-9]+ codes of the list are not in the dataset: ([0-9]{6}[^,]*, ){9}[0-9]{6}[^,]* and [0-9]+ more$`)
	if !slices.ContainsFunc(result.Texts(notes), want.MatchString) {
		t.Errorf("%v; want a note like %s", result.Texts(notes), want)
	}
}
