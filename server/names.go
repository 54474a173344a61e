package server

import (
	"fmt"
	"slices"
	"strings"

	"chokepoint/spelling"
	"chokepoint/study"
)

// unknownName says that there is no parameter of that name, and which is meant where one is near.
func unknownName(name string, known []study.Parameter) error {
	var names []string
	for _, p := range known {
		names = append(names, p.Name)
	}
	if near := spelling.Nearest(name, names); near != "" {
		return fmt.Errorf("unknown parameter; did you mean %s? It takes %s", near, strings.Join(names, ", "))
	}
	return fmt.Errorf("unknown parameter; it takes %s", strings.Join(names, ", "))
}

// meantNames puts the names of a question in the place of other usual words for them, where the question has none of that word.
func meantNames(q *study.Question, values map[string]string) {
	for name, value := range values {
		if _, ok := q.Parameter(name); ok {
			continue
		}
		meant := study.Meant(name, func(other string) bool { _, ok := q.Parameter(other); return ok })
		if _, twice := values[meant]; meant != "" && !twice {
			delete(values, name)
			values[meant] = value
		}
	}
}

// wholeDataset is the dataset of which name is the whole or, where it is that of one alone, the beginning; without a name it is that of the
// server.
func (s *Server) wholeDataset(name string) string {
	if name == "" {
		return s.Dataset
	}
	list, err := s.Datasets.Manifests()
	if err != nil && len(list) == 0 {
		return name // opening it says what is wrong
	}
	var begin []string
	for _, m := range list {
		if m.Name == name {
			return name
		}
		if strings.HasPrefix(m.Name, name) {
			begin = append(begin, m.Name)
		}
	}
	if slices.Sort(begin); len(begin) == 1 {
		return begin[0]
	}
	return name
}
