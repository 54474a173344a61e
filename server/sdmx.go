package server

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"chokepoint/analysis"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/trade"
)

// flow is a table that can be given as SDMX, and the question that it answers.
type flow struct {
	study.Schema
	question *study.Question
}

// flows are the tables that have years and economies: the first form of each name, to which what is asked may add indicators.
func flows() (list []flow) {
	seen := map[string]bool{}
	for _, q := range analysis.Questions() {
		for _, s := range q.Schemas {
			if !seen[s.Name()] && result.SDMXFlow(s.Name(), s.Columns()) {
				seen[s.Name()] = true
				list = append(list, flow{s, q})
			}
		}
	}
	return list
}

// sdmxPath is where the structures of SDMX are.
const sdmxPath = APIRoot + "/sdmx"

// sdmxOperations documents what SDMX-CSV means: all dataflows, and the structure of each.
func (s *Server) sdmxOperations(api huma.API) {
	list := flows()
	op := func(id, path, short string) huma.Operation {
		return huma.Operation{OperationID: id, Method: http.MethodGet, Path: path, Summary: short, Tags: []string{"SDMX"},
			Errors:    []int{http.StatusUnauthorized, http.StatusNotFound},
			Responses: map[string]*huma.Response{"200": {Description: "SDMX-JSON 2.0.0, a structure message", Content: map[string]*huma.MediaType{result.SDMXStructureType: {}}}}}
	}
	huma.Register(api, op("sdmx", sdmxPath, "List the dataflows of SDMX: tables that SDMX-CSV can hold"), func(context.Context, *asked) (*huma.StreamResponse, error) {
		m := result.NewSDMXMessage("DATAFLOWS", sdmxPrepared)
		for _, f := range list {
			m.AddFlow(f.Name(), f.question.Short)
		}
		return s.structure(m, "dataflows")
	})
	huma.Register(api, op("sdmx-structure", sdmxPath+"/{name}", "Describe a dataflow: its data structure, code lists and concepts"), func(_ context.Context, in *named) (*huma.StreamResponse, error) {
		for _, f := range list {
			if strings.EqualFold(f.Name(), strings.ReplaceAll(in.Name, "_", "-")) {
				m := result.NewSDMXMessage(f.Name(), sdmxPrepared)
				m.AddStructure(f.Name(), f.question.Short, f.Columns(), s.areas())
				return s.structure(m, f.Name())
			}
		}
		var names []string
		for _, f := range list {
			names = append(names, f.Name())
		}
		return nil, notListed("sdmx", "dataflow", in.Name, names)
	})
}

// sdmxPrepared is the date of version 1.0 of the structures, which do not change with the day on which they are asked for.
var sdmxPrepared = time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)

func (s *Server) structure(m *result.SDMXMessage, name string) (*huma.StreamResponse, error) {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, err
	}
	return s.response("", &format{MediaType: result.SDMXStructureType}, name, nil, strings.NewReader(string(text)+"\n")), nil
}

// areas are the economies that the program knows and the blocs of the server.
func (s *Server) areas() (codes []result.SDMXCode) {
	seen := map[string]bool{"_Z": true}
	add := func(id, name string) {
		if id = result.SDMXAreaCode(id); !seen[id] {
			seen[id] = true
			codes = append(codes, result.SDMXCode{ID: id, Name: name})
		}
	}
	known := trade.BuiltinEconomies()
	for _, e := range known.All() {
		add(known.Label(e.Code), e.Name)
	}
	for _, b := range s.Blocs.All() {
		add(b.ID, b.Name)
	}
	return codes
}
