package server

import (
	"encoding/csv"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"chokepoint/server/servertest"
)

type structureMessage struct {
	Data struct {
		Dataflows []struct{ ID, Structure string }
		Codelists []struct {
			ID    string
			Codes []struct{ ID, Name string }
		}
		ConceptSchemes []struct{ Concepts []struct{ ID string } }
		DataStructures []struct {
			ID                      string
			DataStructureComponents struct {
				DimensionList struct {
					Dimensions    []component
					TimeDimension component
				}
				MeasureList   struct{ Measures []component }
				AttributeList struct{ Attributes []component }
			}
		}
	}
}

type component struct {
	ID, ConceptIdentity string
	LocalRepresentation struct{ Enumeration string }
}

// TestSDMXStructures checks that every dataflow has a structure whose references lead to what the document has, with valid ids, and that the
// columns and codes of SDMX-CSV are those of the structure.
func TestSDMXStructures(t *testing.T) {
	s := newServer(t, nil)
	ids := regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]*$`)
	codes := regexp.MustCompile(`^[A-Za-z0-9_@$-]+$`)
	var all structureMessage
	get := func(path string, m *structureMessage) {
		t.Helper()
		if err := json.Unmarshal(servertest.Body(t, servertest.Get(s, sdmxPath+path), 200), m); err != nil {
			t.Fatal(err)
		}
	}
	get("", &all)
	if len(all.Data.Dataflows) < 10 {
		t.Errorf("%d dataflows", len(all.Data.Dataflows))
	}
	for _, flow := range all.Data.Dataflows {
		var m structureMessage
		get("/"+flow.ID, &m)
		d := m.Data.DataStructures[0]
		if !ids.MatchString(flow.ID) || !strings.HasSuffix(m.Data.Dataflows[0].Structure, ":"+d.ID+"(1.0)") {
			t.Errorf("%s: structure %s", flow.ID, m.Data.Dataflows[0].Structure)
		}
		c := d.DataStructureComponents
		for _, part := range slices.Concat(c.DimensionList.Dimensions, []component{c.DimensionList.TimeDimension}, c.MeasureList.Measures, c.AttributeList.Attributes) {
			if !ids.MatchString(part.ID) {
				t.Errorf("%s: id %q", flow.ID, part.ID)
			}
			concept := part.ConceptIdentity[strings.LastIndexByte(part.ConceptIdentity, '.')+1:]
			if !slices.ContainsFunc(m.Data.ConceptSchemes[0].Concepts, func(c struct{ ID string }) bool { return c.ID == concept }) {
				t.Errorf("%s: no concept %s", flow.ID, concept)
			}
			if list := part.LocalRepresentation.Enumeration; list != "" && m.codelist(list) == nil {
				t.Errorf("%s: no code list %s", flow.ID, list)
			}
		}
		for _, list := range m.Data.Codelists {
			seen := map[string]bool{}
			for _, code := range list.Codes {
				if !codes.MatchString(code.ID) || code.Name == "" || seen[code.ID] {
					t.Errorf("%s: code %+v of %s", flow.ID, code, list.ID)
				}
				seen[code.ID] = true
			}
		}
	}
	var m structureMessage
	get("/count", &m)
	text := string(servertest.Body(t, servertest.Get(s, APIRoot+"/count.sdmx.csv?importers=all,EU27&partners=CHN"), 200))
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	c := m.Data.DataStructures[0].DataStructureComponents
	for _, part := range slices.Concat(c.DimensionList.Dimensions, c.AttributeList.Attributes) {
		at := slices.Index(rows[0], part.ID)
		if at < 0 {
			t.Errorf("SDMX-CSV lacks %s", part.ID)
			continue
		}
		if part.LocalRepresentation.Enumeration == "" {
			continue
		}
		known := m.codelist(part.LocalRepresentation.Enumeration)
		for _, row := range rows[1:] {
			if !slices.Contains(known, row[at]) {
				t.Errorf("%s: the code %q is not in its list", part.ID, row[at])
				break
			}
		}
	}
	servertest.Body(t, servertest.Get(s, sdmxPath+"/nope"), 404)
}

// codelist are the codes of the list that a reference names; nil where there is none.
func (m *structureMessage) codelist(reference string) (codes []string) {
	for _, list := range m.Data.Codelists {
		if strings.HasSuffix(reference, ":"+list.ID+"(1.0)") {
			for _, code := range list.Codes {
				codes = append(codes, code.ID)
			}
		}
	}
	return codes
}
